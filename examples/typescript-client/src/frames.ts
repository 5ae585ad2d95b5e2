/** A server-sent event as it stands on the wire. */
export interface Frame {
  event: string;
  data: string;
}

/** Reads server-sent events. A frame that the connection cut is left out. */
export async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  let frame: Frame = { event: "message", data: "" };
  for await (const line of lines(body)) {
    if (line === "") {
      if (frame.data !== "") {
        yield frame;
      }
      frame = { event: "message", data: "" };
      continue;
    }
    const [field, value] = cut(line);
    if (field === "event") {
      frame.event = value;
    } else if (field === "data") {
      frame.data += (frame.data === "" ? "" : "\n") + value;
    }
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const whole = rest.split("\n");
    rest = whole.pop() ?? "";
    yield* whole.map((line) => line.replace(/\r$/, ""));
  }
}

/** `data: x` is the field data with the value x; a line `: x` has no field. */
function cut(line: string): [string, string] {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
}
