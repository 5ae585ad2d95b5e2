// Starts the catalogue import, shows how far it is, and ends it on ctrl-C.
import { readFileSync } from "node:fs";

import { Onset, Refused } from "./onset.js";

const { base_url, workspace_id, admin_key } = JSON.parse(
  readFileSync(process.env.ONSET_BOOTSTRAP ?? "../../data/bootstrap.json", "utf8"),
);
const onset = new Onset({ server: base_url, workspace: workspace_id, key: admin_key });

const run = await onset.start("catalogue-import", {
  user_variables: { supplier: "fjordbok", export: process.argv[2] ?? "2026-11-21", within: "500ms" },
  tags: ["typescript"],
});
console.log(`run ${run.id} is ${run.status}`);

process.once("SIGINT", () => {
  onset.cancel(run.id).catch((e: unknown) => {
    console.error(e instanceof Refused ? e.code : e);
  });
});

for await (const event of onset.events(run.id)) {
  if (event.name === "node.progress" && event.total) {
    console.log(`${event.node_id}: ${event.done} of ${event.total}`);
  }
}
const { status, response } = await onset.settled(run.id);
console.log(status, { imported: response.imported, rejected: response.rejected });
