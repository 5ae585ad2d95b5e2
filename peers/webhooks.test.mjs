// Signatures of others: the libraries of GitHub, Stripe and Standard Webhooks sign
// what Onset takes, and they and Slack's take what Onset signs.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Webhooks } from "@octokit/webhooks";
import bolt from "@slack/bolt";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

import { freePort, root, run, up } from "./onset.mjs";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const now = () => new Date();

/** How the library of each sender signs a body, and how it checks what was signed. */
const senders = {
  github: {
    body: { action: "opened", issue: { number: 1 }, repository: { full_name: "acme/shop" }, sender: { login: "ada" } },
    event: "issues.opened",
    sign: async (body) => ({ "x-hub-signature-256": await github.sign(body), "x-github-event": "issues", "x-github-delivery": "d-1" }),
    check: (body, headers) => github.verify(body, headers.get("x-hub-signature-256")),
  },
  stripe: {
    body: { id: "evt_1", object: "event", type: "invoice.paid", data: { object: { id: "in_1" } } },
    event: "invoice.paid",
    sign: async (payload) => ({ "stripe-signature": stripe.webhooks.generateTestHeaderString({ payload, secret }) }),
    check: (body, headers) => stripe.webhooks.constructEvent(body, headers.get("stripe-signature"), secret).id === "evt_1",
  },
  standard: {
    body: { type: "user.created", data: { id: 1 } },
    event: "user.created",
    sign: async (body) => {
      const at = now();
      return {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(at / 1000)),
        "webhook-signature": new Webhook(secret).sign("msg_1", at, body),
      };
    },
    check: (body, headers) => new Webhook(secret).verify(body, Object.fromEntries(headers)).type === "user.created",
  },
};
const github = new Webhooks({ secret });
const stripe = new Stripe("sk_test_nothing");

let onset;

before(async () => {
  onset = await up();
  await call("PUT", "graphs/heard", {
    nodes: [
      { id: "start", kind: "start" },
      { id: "hear", kind: "transform", config: { set: { heard: "{{ vars.event }}" } } },
      { id: "end", kind: "end" },
    ],
    edges: [
      { from: "start", to: "hear" },
      { from: "hear", to: "end" },
    ],
  });
  await call("POST", "graphs/heard/builds");
  await call("PUT", "environments/DEV/assignments/heard", { build: 1 });
});

after(() => onset?.down());

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

/** Sends a body and gives what it is answered. */
async function send(url, body, headers) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
  return { status: answer.status, body: await answer.json() };
}

for (const [kind, sender] of Object.entries(senders)) {
  test(`${kind}: what its library signs starts a run, once`, async () => {
    const made = await call("PUT", `triggers/${kind}`, { kind, graph: "heard", environments: ["DEV"], secret });
    const { webhook } = made.urls.DEV;
    const body = JSON.stringify(sender.body);
    const headers = await sender.sign(body);

    const first = await send(webhook, body, headers);
    assert.equal(first.status, 202, JSON.stringify(first.body));
    const again = await send(webhook, body, headers);
    assert.equal(again.body.status, "duplicate");
    assert.equal(again.body.run_id, first.body.run_id);

    const changed = await send(webhook, `${body} `, headers);
    assert.equal(changed.status, 401);

    const finished = await call("GET", `runs/${first.body.run_id}`);
    assert.equal(finished.status, "completed");
    assert.equal(finished.response.heard, sender.event);
  });

  test(`${kind}: its library takes what onset signs`, async () => {
    const body = JSON.stringify(sender.body);
    const headers = await signed(kind, body);
    assert.ok(await sender.check(body, headers));
    await assert.rejects(async () => {
      if (!(await sender.check(`${body} `, headers))) throw new Error("does not match");
    });
  });
}

test("slack: Bolt takes what onset signs, and nothing else", async () => {
  const heard = [];
  const app = new bolt.App({
    signingSecret: secret,
    authorize: async () => ({ botToken: "xoxb-nothing", botId: "B1", botUserId: "U1" }),
    logLevel: bolt.LogLevel.ERROR,
  });
  app.event("app_mention", async ({ event }) => heard.push(event.text));
  const port = await freePort();
  await app.start(port);
  try {
    const event = JSON.stringify({
      type: "event_callback",
      api_app_id: "A1",
      team_id: "T1",
      event_id: "Ev1",
      event: { type: "app_mention", user: "U2", channel: "C1", text: "hello", ts: "1.2" },
    });
    const url = `http://127.0.0.1:${port}/slack/events`;
    const headers = { "content-type": "application/json", ...Object.fromEntries(await signed("slack", event)) };
    assert.equal((await fetch(url, { method: "POST", headers, body: event })).status, 200);
    assert.deepEqual(heard, ["hello"]);
    assert.equal((await fetch(url, { method: "POST", headers, body: event.replace("hello", "goodbye") })).status, 401);
    assert.deepEqual(heard, ["hello"]);
  } finally {
    await app.stop();
  }
});

/** The headers that onset sign prints. */
async function signed(scheme, body) {
  const file = join(onset.folder, `${scheme}.json`);
  await writeFile(file, body);
  const lines = await run(join(root, "bin/onset"), ["sign", "--scheme", scheme, "--secret-env", "SECRET", "--body", file], { env: { SECRET: secret } });
  return new Headers(lines.trim().split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
}
