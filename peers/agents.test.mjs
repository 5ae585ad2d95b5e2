// What agents make of a model server that nobody here wrote: aimock speaks
// OpenAI's chat completions, streams, throttles, refuses and breaks off.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { LLMock } from "@copilotkit/aimock";

import { root, run, up } from "./onset.mjs";

let mock; // the model server
let onset; // where it runs

const graph = {
  nodes: [
    { id: "start", kind: "start" },
    {
      id: "think",
      kind: "agent",
      config: { model: "aimock/{{ vars.model }}", fallbacks: ["aimock/spare"], prompt: "You forecast.", tools: [{ node: "look" }, { builtin: "finish" }] },
      capture: { answer: "output", city: { describe: "the city that was asked about" } },
      retry: { max: 1, backoff: "10ms" },
    },
    {
      id: "look",
      kind: "transform",
      callable: true,
      description: "Looks at a page",
      parameters: { type: "object", properties: { page: { type: "string" } }, required: ["page"] },
      config: { set: { seen: "{{ args.page }}" } },
    },
    { id: "end", kind: "end" },
  ],
  edges: [{ from: "start", to: "think" }, { from: "think", to: "end" }],
};

before(async () => {
  mock = new LLMock({ port: 0 });
  await mock.start();
  onset = await up({ allow: [new URL(mock.url).host] });
  await writeFile(join(onset.folder, "forecast.json"), JSON.stringify(graph));
  await writeFile(join(onset.folder, "manifest.yaml"), `
workspaces:
  - name: demo
    environments: {DEV: {secrets: {KEY: sk-of-the-tests}, models: {aimock: {base_url: "${mock.url}/v1", secret: KEY, usd_per_mtok: [1, 2]}}}}
    graphs: [{file: forecast.json, assign: [DEV]}]
    triggers: [{name: forecast, kind: background, graph: forecast, environments: [DEV]}]
`);
  await run(join(root, "bin/onset"), ["apply", "-f", join(onset.folder, "manifest.yaml")], { env: { ONSET_SERVER: onset.server, ONSET_API_KEY: onset.key } });
});

after(async () => {
  await onset?.down();
  await mock?.stop();
});

const at = (path) => `${onset.server}/api/v1/workspaces/${onset.workspace}${path}`;
const headers = () => ({ Authorization: `Bearer ${onset.key}`, "Content-Type": "application/json" });

/** Asks a question of one of the models and waits for the end. */
async function forecast(model, message) {
  const started = await fetch(at("/triggers/forecast/run"), { method: "POST", headers: headers(), body: JSON.stringify({ message, user_variables: { model } }) });
  const { id } = await started.json();
  for (;;) {
    const answer = await fetch(at(`/runs/${id}`), { headers: { ...headers(), Prefer: "wait=30" } });
    const run = await answer.json();
    if (["completed", "failed", "cancelled"].includes(run.status)) return run;
  }
}

/** The questions that a model of the server was asked in a run. */
const asked = (run, model) => mock.getRequests().filter((r) => r.headers["idempotency-key"]?.startsWith(run.id) && r.body?.model === model);

/** What a model derives when the conversation is over. */
const derives = (model) =>
  mock.on({ model, userMessage: "Extract from this conversation" }, { content: JSON.stringify({ city: "Oslo" }), usage: { prompt_tokens: 20, completion_tokens: 5 } });

test("an agent calls its tool, answers and derives, in streamed turns", async () => {
  derives("chat");
  mock.on({ model: "chat", userMessage: "umbrella", turnIndex: 0 }, { toolCalls: [{ name: "look", arguments: { page: "Oslo" } }], usage: { prompt_tokens: 30, completion_tokens: 7 } });
  mock.on({ model: "chat", userMessage: "umbrella", turnIndex: 1 }, { content: "It rains in Oslo.", usage: { prompt_tokens: 40, completion_tokens: 6 } });
  const run = await forecast("chat", "Do I need an umbrella?");
  assert.equal(run.status, "completed", run.error);
  assert.deepEqual([run.response.answer, run.response.city], ["It rains in Oslo.", "Oslo"]);
  assert.deepEqual([run.usage.model_calls, run.usage.tool_calls, run.usage.input_tokens, run.usage.output_tokens], [3, 1, 90, 18]);
  const requests = asked(run, "chat");
  assert.deepEqual(requests.map((r) => r.headers["idempotency-key"]), ["model:1", "model:2", "model:derive:1"].map((step) => `${run.id}/think/0/${step}`));
  for (const { body } of requests) assert.deepEqual([body.stream, body.stream_options], [true, { include_usage: true }]);
  const heard = requests[1].body.messages.at(-1);
  assert.deepEqual([heard.role, JSON.parse(heard.content)], ["tool", { seen: "Oslo" }]);
});

test("what the model writes is watched as it comes, and the journal has it whole", async () => {
  const answer = "Clouds from the west, and a little sun at noon.";
  derives("slow");
  mock.on({ model: "slow", userMessage: "noon" }, { content: answer }, { latency: 40, chunkSize: 6 });
  const started = await fetch(at("/triggers/forecast/run"), { method: "POST", headers: headers(), body: JSON.stringify({ message: "And at noon?", user_variables: { model: "slow" } }) });
  const { id } = await started.json();
  const stream = await (await fetch(at(`/runs/${id}/events`), { headers: headers() })).text();
  const frames = stream.split("\n\n").filter((f) => f.includes("event: model.delta"));
  const pieces = frames.map((f) => JSON.parse(f.match(/^data: (.*)$/m)[1])).filter((d) => d.call === "model:1");
  assert.ok(pieces.length > 1, `${pieces.length} pieces`);
  assert.equal(pieces.map((p) => p.text).join(""), answer.slice(pieces[0].offset));
  assert.ok(frames.every((f) => !/^id:/m.test(f)), "a piece has no id");
  const later = await (await fetch(at(`/runs/${id}/events`), { headers: headers() })).text();
  assert.ok(!later.includes("model.delta") && later.includes(answer));
});

test("a model that throttles is asked again when it says so", async () => {
  derives("busy");
  mock.on({ model: "busy", userMessage: "storm", sequenceIndex: 0 }, { error: { message: "slow down", type: "rate_limit_error", code: "rate_limit_exceeded" }, status: 429, retryAfter: 1 });
  mock.on({ model: "spare", userMessage: "storm", sequenceIndex: 0 }, { error: { message: "slow down", type: "rate_limit_error", code: "rate_limit_exceeded" }, status: 429, retryAfter: 1 });
  mock.on({ model: "busy", userMessage: "storm", sequenceIndex: 1 }, { content: "A storm." });
  const run = await forecast("busy", "Is there a storm?");
  assert.deepEqual([run.status, run.response.answer], ["completed", "A storm."], run.error);
  const [first, second] = asked(run, "busy");
  assert.ok(second.timestamp - first.timestamp >= 1000, `${second.timestamp - first.timestamp} ms`);
});

for (const [how, response, opts] of [
  ["is not there", { error: { message: "no such model", code: "model_not_found" }, status: 404 }],
  ["fails", { error: { message: "oops", type: "server_error" }, status: 500 }],
  ["breaks off in the middle", { content: "It will be a long, long answer that never ends." }, { truncateAfterChunks: 2, chunkSize: 4 }],
  ["hangs up", { content: "x" }, { chaos: { disconnectRate: 1 } }],
  ["answers nonsense", { content: "x" }, { chaos: { malformedRate: 1 } }],
]) {
  test(`the fallback answers for a model that ${how}`, async () => {
    const model = how.replaceAll(/\W/g, "-");
    mock.on({ model, userMessage: how }, response, opts);
    mock.on({ model, userMessage: "Extract" }, response, opts);
    mock.on({ model: "spare", userMessage: how }, { content: `spare, since it ${how}` });
    mock.on({ model: "spare", userMessage: "Extract" }, { content: JSON.stringify({ city: null }) });
    const run = await forecast(model, how);
    assert.deepEqual([run.status, run.response.answer, run.response.city], ["completed", `spare, since it ${how}`, null], run.error);
    assert.equal(asked(run, model).length, 2, "one question, one derivation");
  });
}

test("what a model refuses is asked once", async () => {
  mock.on({ model: "prim", userMessage: "bomb" }, { error: { message: "not that", code: "content_policy_violation" }, status: 400 });
  const run = await forecast("prim", "bomb");
  assert.deepEqual([run.status, run.error_code, asked(run, "prim").length, asked(run, "spare").length], ["failed", "model_refused", 1, 0], run.error);
});
