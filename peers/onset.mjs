// Runs `onset up` for the tests, on a data folder and ports of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Starts the product and comes back when it answers. Graphs may call the
 * addresses in allow. */
export async function up({ allow = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "onset-peers-"));
  const port = await freePort();
  const child = spawn(join(root, "bin/onset"), ["up"], {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      ONSET_DATA_DIR: folder,
      ONSET_ADDR: `127.0.0.1:${port}`,
      ONSET_ADMIN_ADDR: "127.0.0.1:0",
      ONSET_EGRESS_ALLOW: allow.join(","),
    },
  });
  const ended = once(child, "exit");
  const down = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  };
  let told = "";
  const running = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        told += text;
        if (told.includes("Onset is running at")) resolve();
      });
    }
    ended.then(() => reject(new Error(`onset up ended:\n${told}`)));
  });
  await running;
  const { base_url, workspace_id, admin_key } = JSON.parse(await readFile(join(folder, "bootstrap.json"), "utf8"));
  return { server: base_url, workspace: workspace_id, key: admin_key, folder, down };
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Runs a command to its end; what it prints becomes the error when it fails. */
export async function run(command, args, { cwd = root, env = {} } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (told += text));
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${told}`);
  return told;
}
