import { fileURLToPath } from "node:url";
import { freePort } from "../../../demo/gate/config-file.ts";
import { startChild } from "../../../demo/tools/child.ts";

/** A tool server that the suite asks, as a process. */
export interface Upstream {
  readonly name: string;
  /** scheme://host:port; its endpoint is /mcp. */
  readonly origin: string;
  stop(): Promise<void>;
}

export interface UpstreamScript {
  readonly name: string;
  /** Path of the script, which listens on the port that PORT names. */
  readonly script: string;
  readonly args: readonly string[];
}

const packages = fileURLToPath(new URL("../../../node_modules/@modelcontextprotocol/", import.meta.url));
const examples = `${packages}sdk/dist/esm/examples/server/`;

/** Published servers: one with a bit of everything, one of the SDK 1.x with tasks of its own, and one of the SDK 2.x of both eras. */
export const published: readonly UpstreamScript[] = [
  { name: "server-everything", script: `${packages}server-everything/dist/index.js`, args: ["streamableHttp"] },
  { name: "own tasks (SDK 1)", script: `${examples}simpleStreamableHttp.js`, args: [] },
  { name: "SDK 2", script: fileURLToPath(new URL("sdk-two/main.ts", import.meta.url)), args: [] },
];

export async function startUpstream({ name, script, args }: UpstreamScript): Promise<Upstream> {
  const port = await freePort();
  const child = startChild([script, ...args], { PORT: String(port), MCP_PORT: String(port) });
  const origin = `http://127.0.0.1:${port}`;
  await child.waitFor(async () => {
    const answer = await fetch(`${origin}/mcp`).catch(() => null);
    await answer?.body?.cancel();
    return answer === null ? null : true;
  }, 60_000);
  return { name, origin, stop: () => child.stop() };
}
