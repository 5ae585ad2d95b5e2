// Speaks the plain JSON form of Onset's runtime protocol
// (proto/runtime/v1/runtime.proto) with nothing but node's own HTTP server.
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What a node is asked, as far as it is of use here. */
export interface Ask {
  node: string;
  arguments?: Record<string, unknown>;
  /** The same in every attempt at one execution: what has an effect looks it up first. */
  idempotencyKey?: string;
  runId?: string;
  nodeId?: string;
  timeoutMs?: number;
}

/** What a node can do while it works. */
export interface Job {
  ask: Ask;
  /** Ends when the run is cancelled or out of time. */
  signal: AbortSignal;
  /** Both reach the reader of the run at once. */
  log(message: string): void;
  progress(done: number, total: number): void;
}

/** A node: what it takes, as a JSON schema, and what it does. */
export interface Executable {
  name: string;
  description: string;
  parameters?: Record<string, unknown>;
  do(args: Record<string, unknown>, job: Job): Promise<unknown> | unknown;
}

/** How a node fails, for Onset to know what to do. Any other error is tried again. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly marks: { retry?: boolean; retryAfterMs?: number; outcomeUnknown?: boolean } = {},
  ) {
    super(message);
  }
}

const service = "/onset.runtime.v1.AgentRuntime";

/** A server that executes the nodes. With a token, callers must have it. */
export function runtime(nodes: Executable[], token = ""): Server {
  return createServer((request, response) => {
    answer(nodes, token, request, response).catch(() => refuse(response, 500, "internal", "the runtime has a mistake"));
  });
}

async function answer(nodes: Executable[], token: string, request: IncomingMessage, response: ServerResponse) {
  if (token && !same(request.headers.authorization ?? "", `Bearer ${token}`)) {
    return refuse(response, 401, "unauthenticated", "the token is missing or wrong");
  }
  if (request.method !== "POST") return refuse(response, 405, "unimplemented", "calls are POSTs");
  const ask = await read(request);
  if (!ask) return refuse(response, 400, "invalid_argument", "the body is no JSON object of at most 1 MiB");
  switch (request.url) {
    case `${service}/Describe`:
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ nodes: nodes.map(({ name, description, parameters }) => ({ name, description, parameters })) }));
      return;
    case `${service}/ExecuteNode`: {
      const wanted = nodes.find((n) => n.name === ask.node);
      if (!wanted) return refuse(response, 404, "not_found", `there is no node ${JSON.stringify(ask.node)}`);
      return execute(wanted, ask, response);
    }
  }
  refuse(response, 404, "unimplemented", "there is no such call");
}

/** Executes a node and answers one line of JSON for each thing that it says. */
async function execute(wanted: Executable, ask: Ask, response: ServerResponse) {
  response.setHeader("Content-Type", "application/x-ndjson");
  const say = (message: object) => response.write(JSON.stringify(message) + "\n");
  const left = new AbortController();
  response.on("close", () => left.abort());
  const job: Job = {
    ask,
    signal: left.signal,
    log: (message) => say({ log: { message } }),
    progress: (done, total) => say({ progress: { done, total } }),
  };
  try {
    say({ result: { output: (await wanted.do(ask.arguments ?? {}, job)) ?? null } });
  } catch (e) {
    if (left.signal.aborted) return console.log(`${wanted.name} has stopped: its caller left`);
    const message = e instanceof Error ? e.message : String(e);
    say({ failure: { message, ...(e instanceof Failure ? e.marks : { retry: true }) } });
  }
  response.end();
}

/** Refuses a call by the error of Connect. */
function refuse(response: ServerResponse, status: number, code: string, message: string) {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ code, message }));
}

async function read(request: IncomingMessage): Promise<Ask | undefined> {
  let size = 0;
  const parts: Buffer[] = [];
  for await (const part of request) {
    if ((size += part.length) > 1 << 20) return undefined;
    parts.push(part);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"));
    return body && typeof body === "object" && !Array.isArray(body) ? (body as Ask) : undefined;
  } catch {
    return undefined;
  }
}

function same(a: string, b: string) {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
