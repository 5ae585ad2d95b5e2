// Tools of others as nodes of a graph: an MCP server that nobody here wrote, and
// a runtime that answers plain JSON.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { freePort, root, run, up } from "./onset.mjs";

const here = join(root, "peers");
const typescript = join(root, "examples/runtime-typescript");

let onset, everything, runtime;

before(async () => {
  await run("npm", ["run", "build"], { cwd: typescript });
  everything = await served("node_modules/@modelcontextprotocol/server-everything/dist/index.js", "streamableHttp", /listening on port/);
  runtime = await served(join(typescript, "dist/main.js"), "", /listens at/);
  onset = await up({ allow: [everything.address, runtime.address] });
});

after(async () => {
  await onset?.down();
  everything?.child.kill();
  runtime?.child.kill();
});

/** Runs a server on a port of its own, and waits until it says that it listens. */
async function served(file, argument, listening) {
  const port = await freePort();
  const child = spawn(process.execPath, [file, argument || String(port)], {
    cwd: here,
    env: { PATH: process.env.PATH, PORT: String(port), RUNTIME_TOKEN: "open-sesame" },
  });
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (told += text));
  const says = (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => pattern.test(told) && resolve();
      for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
      child.once("exit", () => reject(new Error(`${file} ended:\n${told}`)));
      look();
    });
  await says(listening);
  return { child, says, address: `127.0.0.1:${port}` };
}

async function call(method, path, body) {
  const answer = await fetch(`${onset.server}/api/v1/workspaces/${onset.workspace}/${path}`, {
    method,
    headers: { Authorization: `Bearer ${onset.key}`, "Content-Type": "application/json", Prefer: "wait=30" },
    body: body && JSON.stringify(body),
  });
  const document = await answer.json();
  assert.ok(answer.ok, JSON.stringify(document));
  return document;
}

/** Executes one node, and gives the run when it has ended or waits. */
async function play(name, node) {
  await call("PUT", `graphs/${name}`, {
    name,
    nodes: [{ id: "start", kind: "start" }, { id: "it", ...node }, { id: "end", kind: "end" }],
    edges: [{ from: "start", to: "it" }, { from: "it", to: "end" }],
  });
  const { number } = await call("POST", `graphs/${name}/builds`);
  await call("PUT", `environments/DEV/assignments/${name}`, { build: number });
  await call("PUT", `triggers/${name}`, { name, kind: "background", graph: name, environments: ["DEV"] });
  return settled((await call("POST", `triggers/${name}/run`, { environment: "DEV" })).id);
}

async function settled(id) {
  for (;;) {
    const run = await call("GET", `runs/${id}`);
    if (!["pending", "running"].includes(run.status)) return run;
  }
}

const mcp = (name, tool, args) =>
  play(name, {
    kind: "mcp",
    config: { server: { url: `http://${everything.address}/mcp` }, tool, arguments: args },
    capture: { text: "output.text", structured: "output.structured", attachments: "output.attachments" },
  });

test("a tool of an MCP server is called", async () => {
  const { status, response } = await mcp("mcp-sum", "get-sum", { a: 2, b: 40 });
  assert.equal(status, "completed");
  assert.match(response.text, /42/);
});

test("its JSON and its images arrive", async () => {
  const weather = await mcp("mcp-weather", "get-structured-content", { location: "Chicago" });
  assert.equal(typeof weather.response.structured.temperature, "number");
  const image = await mcp("mcp-image", "get-tiny-image", {});
  assert.deepEqual(image.response.attachments.map((a) => [a.type, a.mimeType]), [["image", "image/png"]]);
});

test("a tool that takes a while is awaited", async () => {
  const { status, response } = await mcp("mcp-long", "trigger-long-running-operation", { duration: 2, steps: 4 });
  assert.equal(status, "completed");
  assert.match(response.text, /2 seconds/);
});

test("arguments that the tool refuses end the run with its words", async () => {
  const { status, error_code, error } = await mcp("mcp-wrong", "get-sum", { a: "two", b: 40 });
  assert.deepEqual({ status, error_code }, { status: "failed", error_code: "node_failed" });
  assert.match(error, /number/);
});

test("a tool that is not there is named", async () => {
  const { status, error } = await mcp("mcp-nothing", "get-rich", {});
  assert.equal(status, "failed");
  assert.match(error, /get-rich/);
});

test("an agent uses the tools that its author allows, and no others", async () => {
  const run = await play("mcp-agent", {
    kind: "agent",
    config: {
      model: "onset/echo", // obeys the lines of its prompt
      prompt: '@call get-env {}\n@call get-sum {"a": "two", "b": 40}\n@call get-sum {"a": 2, "b": 40}\n@say done',
      tools: [{ mcp: { url: `http://${everything.address}/mcp` }, allow: ["echo", "get-sum"] }],
    },
    capture: { said: "output" },
  });
  assert.deepEqual([run.status, run.response.said], ["completed", "done"]);
  const { items } = await call("GET", `runs/${run.id}/steps`);
  const tools = items.filter((step) => step.call?.startsWith("tool:"));
  assert.deepEqual(tools.map((step) => [step.call, step.status, step.input]), [["tool:1:get-sum", "completed", { a: 2, b: 40 }]]);
  assert.match(tools[0].output.text, /42/);
});

test("a runtime in TypeScript executes nodes over plain JSON", async () => {
  const env = { RUNTIME_URL: `http://${runtime.address}`, RUNTIME_TOKEN: "open-sesame" };
  await run(join(root, "bin/onset"), ["apply", "-f", join(typescript, "manifest.yaml"), "--server", onset.server, "--key", onset.key], { env });
  const { id } = await call("POST", "triggers/runtime-typescript/run", { environment: "DEV", message: "a few extraordinary words" });
  const { status, response } = await settled(id);
  assert.deepEqual({ status, words: response.words, spelled: response.spelled }, { status: "completed", words: 4, spelled: "e-x-t-r-a-o-r-d-i-n-a-r-y" });
  const events = await run("curl", ["-sSN", "-H", `Authorization: Bearer ${onset.key}`, `${onset.server}/api/v1/workspaces/${onset.workspace}/runs/${id}/events`]);
  assert.match(events, /4 words/);
  assert.match(events, /"done":13,"total":13/);
});

const remote = (name, node, args) =>
  play(name, { kind: "remote", config: { runtime: { url: `http://${runtime.address}`, protocol: "json", headers: { Authorization: "Bearer open-sesame" } }, node, arguments: args } });

test("what a runtime refuses it says itself, and which nodes it knows", async () => {
  const wrong = await remote("remote-wrong", "words", { text: 7 });
  assert.deepEqual([wrong.status, wrong.error], ["failed", "text is a string"]);
  const nothing = await remote("remote-nothing", "dance", {});
  assert.equal(nothing.status, "failed");
  assert.match(nothing.error, /there is no node "dance".*it knows spell, words/);
});

test("a runtime is told when its run is cancelled", async () => {
  const name = "remote-slow";
  const running = remote(name, "spell", { text: "x".repeat(1000), each_ms: 100 });
  let id;
  while (!id) ({ id } = (await call("GET", `runs?graph=${name}&status=running`)).items[0] ?? {});
  await call("POST", `runs/${id}/cancel`);
  assert.equal((await running).status, "cancelled");
  await runtime.says(/spell has stopped: its caller left/);
});
