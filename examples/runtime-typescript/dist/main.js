import { nodes } from "./nodes.js";
import { runtime } from "./runtime.js";
const server = runtime(nodes, process.env.RUNTIME_TOKEN);
server.listen(Number(process.argv[2] ?? 9401), "127.0.0.1", () => {
    console.log(`the runtime listens at http://127.0.0.1:${server.address().port}`);
});
for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => server.close());
