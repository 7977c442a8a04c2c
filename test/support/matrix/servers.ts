import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEverything } from "../everything-server.ts";
import { crmRoute, type RouteText } from "../routes.ts";
import { commandRoute } from "../stdio/command-route.ts";
import { thousandNames, thousandTools } from "../thousand-tools.ts";
import type { Place } from "./clients.ts";
import { startModern } from "./modern-server.ts";
import type { Plan } from "./plan.ts";
import { everything, filesystem, memory, modern, python, thousandCalls } from "./plans.ts";
import { startPython } from "./python.ts";

/** A published tool server. */
export interface Server {
  readonly name: string;
  readonly plan: Plan;
  /** Tools that are listed beside those that the plan calls. */
  readonly listed: readonly string[];
  /** Tools whose answers are the process's own, such as its environment: that they answer is what is compared. */
  readonly opaque: readonly string[];
  /** Tools that ask their client whatever it has declared. The gateway refuses that; Inspector's command line declares nothing. */
  readonly asking: readonly string[];
  /** Whether it speaks MCP 2026-07-28 itself. */
  readonly isModern: boolean;
  /** The clients that visit it; null for all. */
  readonly visitors: readonly string[] | null;
  start(): Promise<Started>;
  /** The same files for each client. */
  reset(): void;
  scrub(text: string): string;
}

export interface Started {
  /** Where a client finds the server itself. */
  readonly direct: Place;
  readonly route: RouteText;
  stop(): Promise<void>;
}

// Each in full, so that the check for unused packages finds them.
const published = {
  everything: new URL("../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js", import.meta.url),
  filesystem: new URL("../../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js", import.meta.url),
  memory: new URL("../../../node_modules/@modelcontextprotocol/server-memory/dist/index.js", import.meta.url),
};
function command(name: string, run: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const route = commandRoute(name, { run, env, per: "session" });
  return { start: () => Promise.resolve({ direct: { run, env }, route, stop: () => Promise.resolve() }) };
}

function atOrigin(name: string, origin: string, path: string, upstream: object = {}): Omit<Started, "stop"> {
  const isSse = path === "/sse";
  return {
    direct: { url: origin + path, token: null, isSse },
    route: crmRoute(origin, {
      id: name,
      prefix: `/mcp/${name}`,
      rewrite: path,
      server: name,
      credential: undefined,
      upstream: { origin, allow_addresses: ["loopback"], ...upstream },
    }),
  };
}

const plain = {
  listed: [],
  opaque: [],
  asking: [],
  isModern: false,
  visitors: null,
  reset: () => undefined,
  scrub: (text: string) => text,
};

/** The reference server, in the ways in which it is reached. */
const reference = {
  ...plain,
  plan: everything,
  opaque: ["get-env"],
  // A blob holds the time at which it was made too; over HTTP some answers name their session.
  scrub: (text: string) =>
    text
      .replace(/session [0-9a-f-]{36}/g, "a session")
      .replace(/^[0-9a-f]{32}$/, "a task")
      // Which level it logs at is left to chance.
      .replace(/"level":"\w+","data":"\w+[ -]level[ -]message[^"]*"/, "a message")
      .replace(/\d{1,2}:\d\d:\d\d\s?[AP]M|UmVzb3VyY2Ug[\w+/=]+/g, "(a time)"),
};

/** Clients with one session for all that they ask. For Inspector a command would be started for each item; over HTTP it sees the same server. */
const sdks = ["SDK 1", "SDK 2", "SDK 2 at 2026-07-28"];
const longLived = [...sdks, "mcp-remote", "the Python SDK"];

/** In a folder that the caller removes. `withPython`: an interpreter that has the SDK; null for none. */
export function servers(withPython: string | null): { readonly all: readonly Server[]; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-matrix-"));
  const files = join(folder, "files");
  const graph = join(folder, "graph.jsonl");
  const node = (name: keyof typeof published, ...args: string[]) => [
    process.execPath,
    fileURLToPath(published[name]),
    ...args,
  ];
  const all: Server[] = [
    {
      ...reference,
      visitors: longLived,
      name: "everything",
      ...command("everything", node("everything", "stdio")),
    },
    {
      ...reference,
      name: "everything-http",
      visitors: ["SDK 1", "SDK 2", "mcp-remote", "Inspector", "the Python SDK"],
      async start() {
        const { origin, stop } = await startEverything();
        return { ...atOrigin("everything-http", origin, "/mcp"), stop };
      },
    },
    {
      ...reference,
      name: "everything-sse",
      visitors: ["SDK 1"],
      async start() {
        const { origin, stop } = await startEverything("sse");
        return { ...atOrigin("everything-sse", origin, "/sse", { transport: "sse" }), stop };
      },
    },
    {
      ...plain,
      name: "modern",
      plan: modern,
      listed: ["change"],
      isModern: true,
      visitors: ["SDK 2 at 2026-07-28"],
      async start() {
        const { origin, stop } = await startModern();
        return { ...atOrigin("modern", origin, "/mcp"), stop };
      },
    },
    {
      ...plain,
      name: "filesystem",
      plan: filesystem(files),
      ...command("filesystem", node("filesystem", files)),
      scrub: (text) => text.replace(/^(?:created|modified|accessed): .*$/gm, "(a time)"),
      reset() {
        rmSync(files, { recursive: true, force: true });
        mkdirSync(files);
        writeFileSync(join(files, "dot.png"), Buffer.from("89504e470d0a1a0a", "hex"));
      },
    },
    {
      ...plain,
      name: "memory",
      plan: memory,
      ...command("memory", node("memory"), { MEMORY_FILE_PATH: graph }),
      reset: () => rmSync(graph, { force: true }),
    },
    thousandOf("thousand", 1, [...sdks, "mcp-remote"]),
    // For these two a thousand calls take minutes.
    thousandOf("thousand-tenth", 10, ["Inspector", "the Python SDK"]),
  ];
  if (withPython !== null) all.push(...pythonServers(withPython));
  return { all, folder };
}

function thousandOf(name: string, oneOf: number, visitors: readonly string[]): Server {
  return {
    ...plain,
    name,
    visitors,
    plan: thousandCalls(oneOf),
    listed: thousandNames,
    async start() {
      const { origin, close } = await thousandTools();
      return { ...atOrigin(name, origin, "/mcp"), stop: close };
    },
  };
}

const inPython = { ...plain, plan: python, opaque: ["environment"], asking: ["who", "think"] };

/** As a command for clients with a session, over HTTP for the one that connects for each item. */
function pythonServers(interpreter: string): Server[] {
  const script = fileURLToPath(new URL("../stdio/fastmcp_server.py", import.meta.url));
  return [
    {
      ...inPython,
      name: "python",
      visitors: longLived,
      ...command("python", [interpreter, script], { LANG: "C.UTF-8" }),
    },
    {
      ...inPython,
      name: "python-http",
      visitors: ["Inspector"],
      async start() {
        const { origin, stop } = await startPython(interpreter);
        return { ...atOrigin("python-http", origin, "/mcp"), stop };
      },
    },
  ];
}
