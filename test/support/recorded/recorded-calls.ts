import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordedTools } from "../../../gateway/cli/trace/replay/recorded-tools.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { serveAgents } from "../../../gateway/compose/serve-agents.ts";
import { readConfig } from "../../../gateway/config/read-config.ts";
import { mintDevToken, openDevIssuer } from "../../../gateway/identify/dev-issuer.ts";
import { copyPolicy, type PolicyCopy } from "../policy-copy.ts";
import { quiet } from "../quiet.ts";
import { wholeLines } from "../record/whole-lines.ts";

/** One call of an agent: a POST to the tool's path. */
export interface MadeCall {
  readonly agent: string;
  readonly role: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: object;
}

/** The members of a decision record that tests look at. */
export interface DecisionLine {
  readonly kind: string;
  readonly decision_id: string;
  readonly tool: string;
  readonly subject: string;
  readonly result: { readonly effect: string };
  readonly input: { readonly context: { readonly arguments?: Readonly<Record<string, unknown>> } };
}

/** A folder with a configuration, a copy of the policy library, and the log of calls that a whole gateway in this process has judged. */
export interface RecordedCalls {
  readonly dir: string;
  readonly config: string;
  readonly policy: PolicyCopy;
  decisions(): readonly DecisionLine[];
  remove(): void;
}

const audience = "urn:sallyport:recorded";
const atOnce = 16;

/** Makes the calls through the whole request path, in their order for each agent, and returns when the log is closed. */
export async function recordCalls(
  calls: readonly MadeCall[],
  prepare: (policy: PolicyCopy) => Promise<void> = () => Promise.resolve(),
): Promise<RecordedCalls> {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-recorded-"));
  const policy = copyPolicy(dir);
  await prepare(policy);
  const tools = await recordedTools();
  const file = writeConfig(dir, calls, tools.origin);
  const config = readConfig(file);
  const agents = await serveAgents(config, quiet, systemClock);
  try {
    const [issuer] = config.issuers;
    if (issuer?.keys.kind !== "file") throw new Error("a development issuer keeps its key in a file");
    const key = { ...openDevIssuer(issuer.keys.path), issuer: issuer.issuer };
    const tokenOf = (agent: string, role: string): string =>
      mintDevToken(key, { sub: agent, roles: [role], audience, ttl: 3_600 }, systemClock.now());
    await sendAll(agents.url, calls, tokenOf);
  } finally {
    await agents.close();
    await tools.close();
  }
  return {
    dir,
    config: file,
    policy,
    decisions: () => readDecisions(join(dir, "data", "log")),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function writeConfig(dir: string, calls: readonly MadeCall[], origin: string): string {
  const servers = Map.groupBy(calls, ({ server }) => server);
  const routes = [...servers].map(([server, made]) => {
    const paths = [...new Set(made.map(({ tool }) => tool))].map((tool) => [
      `/${server}/${tool}`,
      { post: { operationId: tool } },
    ]);
    const document = {
      openapi: "3.1.0",
      info: { title: server, version: "1" },
      paths: Object.fromEntries(paths) as object,
    };
    writeFileSync(join(dir, `${server}.openapi.json`), JSON.stringify(document));
    return {
      id: server,
      prefix: `/${server}`,
      protocol: "http",
      server,
      openapi: `${server}.openapi.json`,
      audience,
      issuers: ["dev"],
      durability: "buffered",
      upstream: { origin, allow_addresses: ["loopback"] },
    };
  });
  const config = {
    version: 1,
    instance: "recorded",
    data_dir: "data",
    routes,
    issuers: [{ id: "dev", development: true }],
    listeners: { agents: { host: "127.0.0.1", port: 0 }, console: { port: 0 } },
    policy: { sources: ["rego"], poll: "1h" },
  };
  const file = join(dir, "sallyport.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function sendAll(
  url: string,
  calls: readonly MadeCall[],
  tokenOf: (agent: string, role: string) => string,
): Promise<void> {
  const waiting = [...Map.groupBy(calls, ({ agent }) => agent).values()];
  const worker = async (): Promise<void> => {
    for (let own = waiting.pop(); own !== undefined; own = waiting.pop()) {
      const { agent, role } = own[0] as MadeCall;
      const token = tokenOf(agent, role);
      for (const { server, tool, arguments: args } of own) {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const request = { method: "POST", headers, body: JSON.stringify(args) };
        await (await fetch(`${url}/${server}/${tool}`, request)).arrayBuffer();
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function readDecisions(log: string): DecisionLine[] {
  const segments = readdirSync(log).filter((name) => name.endsWith(".jsonl"));
  const lines = segments.flatMap((name) => wholeLines(readFileSync(join(log, name), "utf8")));
  const records = lines.map((line) => JSON.parse(line) as DecisionLine);
  return records.filter(({ kind }) => kind === "decision");
}
