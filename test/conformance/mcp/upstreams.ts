import { fileURLToPath } from "node:url";
import { freePort } from "../../../demo/gate/config-file.ts";
import { startChild } from "../../../demo/tools/child.ts";
import { transportSecurity } from "./compare.ts";
import { type Revision, revisions } from "./suite.ts";

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
  /** The revisions that it answers: no gateway makes a server speak another. */
  readonly speaks: readonly Revision[];
  /** The only scenarios that say anything of it; null for any. */
  readonly only: readonly string[] | null;
}

const packages = fileURLToPath(new URL("../../../node_modules/@modelcontextprotocol/", import.meta.url));
const examples = `${packages}sdk/dist/esm/examples/server/`;

const own = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** A server that judges nothing of what the transport says; other scenarios pass because of that. */
export const lax: UpstreamScript = {
  name: "lax (SDK 1)",
  script: own("lax/main.ts"),
  args: [],
  speaks: revisions,
  only: [...new Set(Object.values(transportSecurity).flat())],
};

/** Published servers: one with a bit of everything, one of the SDK 1.x with tasks of its own, and one of the SDK 2.x of both eras. */
export const published: readonly UpstreamScript[] = [
  {
    name: "server-everything",
    script: `${packages}server-everything/dist/index.js`,
    args: ["streamableHttp"],
    speaks: ["2025-11-25"],
    only: null,
  },
  {
    name: "own tasks (SDK 1)",
    script: `${examples}simpleStreamableHttp.js`,
    args: [],
    speaks: ["2025-11-25"],
    only: null,
  },
  { name: "SDK 2", script: own("sdk-two/main.ts"), args: [], speaks: revisions, only: null },
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
