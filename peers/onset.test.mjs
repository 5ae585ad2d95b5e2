// What programs that nobody here wrote make of a running Onset: validators of
// its OpenAPI document, a client generated from it, and curl.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";

import { root, run, up } from "./onset.mjs";

const client = join(root, "examples/typescript-client");

let onset; // where it runs
let text; // its OpenAPI document
let Onset, Refused; // of the client

before(async () => {
  onset = await up();
  text = await (await fetch(`${onset.server}/api/v1/openapi.json`)).text();
  await run("npm", ["run", "types"], { cwd: client, env: { ONSET_SERVER: onset.server } });
  await run("npm", ["run", "build"], { cwd: client });
  ({ Onset, Refused } = await import(join(client, "dist/onset.js")));
});

after(() => onset?.down());

/** What redocly says against a document. The one rule that is left out wants no
 * references in extensions; x-event, which names what a stream sends, has one. */
async function against(source) {
  const config = await createConfig({ extends: ["spec"], rules: { "spec-strict-refs": "off" } });
  const problems = await lintFromString({ source, config });
  return problems.map((p) => `${p.ruleId}: ${p.message} ${p.location[0]?.pointer}`);
}

test("the document satisfies the JSON schema of OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(text));
  assert.deepEqual(errors ?? [], []);
  assert.ok(valid);
  assert.equal(validator.version, "3.1");
});

test("the document keeps the rules that no schema can state", async () => {
  assert.deepEqual(await against(text), []);
});

test("both validators see a mistake", async () => {
  const broken = JSON.parse(text);
  broken.paths["/api/v1/whoami"].get.responses = 7;
  assert.equal((await new Validator().validate(structuredClone(broken))).valid, false);
  const doubled = JSON.parse(text);
  doubled.paths["/api/v1/whoami"].get.operationId = "getRun";
  assert.notDeepEqual(await against(JSON.stringify(doubled)), []);
});

test("the types of the generated client fit their use, and only that", async () => {
  await run("npm", ["run", "check"], { cwd: client });
  const wrong = join(client, "src/wrong.ts");
  await writeFile(wrong, `import { Onset } from "./onset.js";\nnew Onset({ server: "", workspace: "", key: "" }).start("echo", { mesage: "hello" });\n`);
  try {
    await assert.rejects(run("npm", ["run", "check"], { cwd: client }), /mesage/);
  } finally {
    await rm(wrong);
  }
});

test("a run is started and awaited", async () => {
  const own = new Onset(onset);
  const started = await own.start("echo", { message: "hello", user_variables: { name: "Ada" }, tags: ["peers"] });
  const { id, status, response, tags } = await own.settled(started.id);
  assert.deepEqual({ id, status, tags }, { id: started.id, status: "completed", tags: ["peers"] });
  assert.equal(response.answer, "hello");
  assert.equal(response.name, "Ada");
});

test("the same start is one run", async () => {
  const own = new Onset(onset);
  const [a, b] = await Promise.all([1, 2].map(() => own.start("echo", { message: "once" }, "peers-once")));
  assert.equal(a.id, b.id);
});

test("a run that fails says why", async () => {
  const own = new Onset(onset);
  const { status, error, error_code } = await own.settled((await own.start("boom")).id);
  assert.deepEqual({ status, error, error_code }, { status: "failed", error: "boom", error_code: "node_failed" });
});

test("a run is cancelled, once", async () => {
  const own = new Onset(onset);
  const { id } = await own.start("slow");
  for await (const event of own.events(id)) {
    if (event.name === "node.started" && event.kind === "sleep") break;
  }
  await own.cancel(id);
  assert.equal((await own.settled(id)).status, "cancelled");
  await assert.rejects(own.cancel(id), (e) => e instanceof Refused && e.status === 409 && e.code === "already_finished");
});

test("what does not exist is refused with a code", async () => {
  const own = new Onset(onset);
  await assert.rejects(own.start("nobody"), (e) => e instanceof Refused && e.status === 404 && e.code === "not_found");
});

const night = (date) => ({ user_variables: { supplier: "fjordbok", export: date, within: "150ms" } });

test("a run is watched from its first event to its last", async () => {
  const own = new Onset(onset);
  const { id } = await own.start("catalogue-import", night("2026-11-18"));
  const seen = [];
  for await (const event of own.events(id)) seen.push(event);
  assert.deepEqual([seen[0].name, seen.at(-1).name], ["run.accepted", "run.completed"]);
  assert.deepEqual(seen.filter((e) => e.total).map((e) => e.done), Array.from({ length: 48 }, (_, i) => i + 1));
  const rest = [];
  for await (const event of own.events(id, seen[20].seq)) rest.push(event);
  assert.deepEqual(rest, seen.slice(21));
});

/** Passes connections on to the server and cuts each after so many bytes. */
async function cutting(bytes) {
  const { hostname, port } = new URL(onset.server);
  let cuts = 0;
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    let passed = 0;
    near.pipe(far);
    far.on("data", (chunk) => {
      near.write(chunk.subarray(0, bytes - passed));
      if ((passed += chunk.length) < bytes) return;
      cuts++;
      near.destroySoon();
      far.destroy();
    });
    far.on("end", () => near.end());
    for (const socket of [near, far]) socket.on("error", () => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return { server: `http://127.0.0.1:${proxy.address().port}`, cuts: () => cuts, close: () => proxy.close() };
}

test("a connection that breaks costs no event", async () => {
  const proxy = await cutting(15_000);
  try {
    const near = new Onset(onset);
    const far = new Onset({ ...onset, server: proxy.server });
    const { id } = await near.start("catalogue-import", night("2026-11-17"));
    const collect = async (events) => {
      const all = [];
      for await (const event of events) all.push(event);
      return all;
    };
    const [whole, pieced] = await Promise.all([collect(near.events(id)), collect(far.events(id))]);
    assert.deepEqual(pieced, whole);
    assert.ok(proxy.cuts() >= 3, `the connection was cut ${proxy.cuts()} times`);
  } finally {
    proxy.close();
  }
});

async function stands(id) {
  const answer = await fetch(`${onset.server}/api/v1/workspaces/${onset.workspace}/runs/${id}`, { headers: { Authorization: `Bearer ${onset.key}` } });
  return (await answer.json()).status;
}

test("curl -N shows a run while it goes", async () => {
  const own = new Onset(onset);
  const { id } = await own.start("catalogue-import", night("2026-11-19"));
  const curl = spawn("curl", ["-sSN", "-H", `Authorization: Bearer ${onset.key}`, `${onset.server}/api/v1/workspaces/${onset.workspace}/runs/${id}/events`]);
  let shown = "";
  let during;
  curl.stdout.on("data", (chunk) => {
    shown += chunk;
    if (!during && shown.includes('"done":3,"total":48')) during = stands(id);
  });
  const [code] = await once(curl, "exit");
  assert.equal(code, 0);
  assert.equal(await during, "running", "the third part is shown before the run has ended");
  assert.match(shown, /^event: run\.completed$/m);
});
