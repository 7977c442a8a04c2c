import { fileURLToPath } from "node:url";
import { freePort } from "../../demo/gate/config-file.ts";
import { startChild } from "../../demo/tools/child.ts";

const launcher = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
);

/** The reference MCP server with a bit of everything, by default over Streamable HTTP with sessions. */
export async function startEverything(
  transport: "streamableHttp" | "sse" = "streamableHttp",
): Promise<{ readonly origin: string; stop(): Promise<void> }> {
  const port = await freePort();
  const child = startChild([launcher, transport], { PORT: String(port) });
  await child.waitFor(({ output }) => (/(?:listening|running) on port/.test(output()) ? true : null), 60_000);
  return { origin: `http://127.0.0.1:${port}`, stop: () => child.stop() };
}
