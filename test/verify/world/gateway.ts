import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, writeConfig } from "../../../demo/gate/config-file.ts";
import { startGateway } from "../../../demo/gate/start.ts";
import { mintToken } from "../../../demo/gate/token.ts";
import { copyPolicy } from "../../support/policy-copy.ts";
import { type DigestingUpstream, digestingUpstream } from "./upstream.ts";

/** Runs `use` between a gateway and its tool server; both are gone afterwards, whatever happens. */
export async function withGateway<Result>(
  limits: Limits,
  use: (gateway: VerifiedGateway, upstream: DigestingUpstream) => Promise<Result>,
): Promise<Result> {
  const upstream = await digestingUpstream();
  try {
    const gateway = await verifiedGateway(upstream.origin, limits);
    try {
      return await use(gateway, upstream);
    } finally {
      await gateway.stop();
      await gateway.remove();
    }
  } finally {
    await upstream.close();
  }
}

/** A gateway as users run it, as a process, in front of one tool server that answers everything. */
export interface VerifiedGateway {
  readonly port: number;
  readonly host: string;
  readonly pid: number;
  readonly logDir: string;
  /** Tokens for the two routes: `/payments` speaks plain HTTP, `/mcp/crm` MCP. */
  readonly tokens: { readonly payments: string; readonly crm: string };
  output(): string;
  /** Null while it runs; afterwards nothing else is to be expected of it. */
  running(): boolean;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export interface Limits {
  readonly headers_timeout?: string;
  readonly request_timeout?: string;
  readonly keep_alive?: string;
  readonly connections?: number;
  readonly stalled_reader?: string;
}

const openapi = fileURLToPath(new URL("echo.openapi.yaml", import.meta.url));
const tool = {
  sensitivity: "low",
  reversible: true,
  sink: "internal",
  owner: "payments-team",
  labels: [],
  returns: { own_text: true },
};

async function verifiedGateway(upstream: string, limits: Limits): Promise<VerifiedGateway> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-verify-"));
  const policy = copyPolicy(dir);
  await policy.addData("catalog", { payments: { echo: tool } });
  const [agentsPort, consolePort] = await Promise.all([freePort(), freePort()]);
  const configFile = await writeConfig(dir, {
    version: 1,
    instance: "verify",
    data_dir: "data",
    listeners: { agents: { port: agentsPort, limits }, console: { port: consolePort } },
    issuers: [{ id: "dev", development: true }],
    routes: [route(upstream, "payments", "http", "/payments"), route(upstream, "crm", "mcp", "/mcp/crm")],
    policy: { source: policy.dir },
  });
  const gateway = await startGateway({ configFile, agentsPort, consolePort, env: {} });
  const token = (sub: string, role: string, prefix: string): string =>
    mintToken(configFile, { sub, role, audience: gateway.agents + prefix });
  return {
    port: agentsPort,
    host: `127.0.0.1:${agentsPort}`,
    pid: gateway.pid,
    logDir: join(dir, "data/log"),
    tokens: { payments: token("refund-bot", "refunds", "/payments"), crm: token("support-bot", "support", "/mcp/crm") },
    output: gateway.output,
    running: () => isAlive(gateway.pid),
    stop: () => gateway.stop(),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

function route(origin: string, id: string, protocol: "http" | "mcp", prefix: string): object {
  return {
    id,
    prefix,
    rewrite: protocol === "mcp" ? "/mcp" : "/",
    protocol,
    server: id,
    upstream: { origin, allow_addresses: ["loopback"] },
    issuers: ["dev"],
    ...(protocol === "http" ? { openapi, methods: ["GET", "POST"] } : {}),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
