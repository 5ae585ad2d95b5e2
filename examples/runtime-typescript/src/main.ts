// RUNTIME_TOKEN=… node dist/main.js [port]
import type { AddressInfo } from "node:net";

import { nodes } from "./nodes.js";
import { runtime } from "./runtime.js";

const server = runtime(nodes, process.env.RUNTIME_TOKEN);
server.listen(Number(process.argv[2] ?? 9401), "127.0.0.1", () => {
  console.log(`the runtime listens at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => server.close());
