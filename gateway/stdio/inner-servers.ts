import type { CommandServer, EnvironmentEntry, Route } from "../domain/route.ts";
import type { Clock, Finding, Ids, InnerUpstream, InnerUpstreams, Logger } from "../domain/ports.ts";
import { Bridge, type BridgeOptions } from "./bridge.ts";
import { ServerProcess } from "./server-process.ts";
import type { Launched } from "./slot.ts";
import { openSse } from "./sse-server.ts";

export interface InnerServersDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The secret behind a reference. @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

/** Sessions of an SSE server that are open at once; each is one connection. */
const mostStreams = 1_000;
const sseIdleMs = 600_000;
/** Of the secrets that were rotated, so many earlier ones are looked for in answers. */
const mostEarlier = 4;

/** The bridges of all routes that have one. Nothing is started before the first call needs it. */
export class InnerServers implements InnerUpstreams {
  readonly #bridges: ReadonlyMap<string, Bridge>;

  constructor(routes: readonly Route[], deps: InnerServersDeps) {
    this.#bridges = new Map(
      routes.flatMap((route) => {
        const options = optionsOf(route, deps);
        return options === null ? [] : [[route.id, new Bridge(options)] as const];
      }),
    );
  }

  of(route: Route): InnerUpstream | null {
    return this.#bridges.get(route.id) ?? null;
  }

  findings(): Finding[] {
    return [...this.#bridges.values()].flatMap((bridge) =>
      bridge.findings().map((one) => ({ ...one, name: "tool-server", severity: "degraded" as const })),
    );
  }

  /** Ends all tool servers; resolves when they have ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#bridges.values()].map((bridge) => bridge.close()));
  }
}

function optionsOf(route: Route, deps: InnerServersDeps): BridgeOptions | null {
  const { bridge, maxResponseBytes } = route.upstream;
  if (bridge === undefined) return null;
  const { clock, ids, logger } = deps;
  const common = { route: route.id, maxUnread: 2 * maxResponseBytes, clock, ids, logger };
  if (bridge.kind === "sse") {
    const startTimeoutMs = route.upstream.connectTimeoutMs + route.upstream.headersTimeoutMs;
    const rest = { secrets: [], startTimeoutMs, idleMs: sseIdleMs, most: mostStreams } as const;
    return { ...common, ...rest, per: "session", launch: (request) => openSse(route, request) };
  }
  const first = secretsOf(bridge.env, deps);
  const secrets = first.length === 0 ? [] : [first];
  const { per, startTimeoutMs, idleMs, processes } = bridge;
  const launch = (): Launched => start(bridge, secrets, route, deps);
  return { ...common, per, secrets, startTimeoutMs, idleMs, most: processes, launch };
}

function start(server: CommandServer, secrets: string[][], route: Route, deps: InnerServersDeps): Launched {
  const { clock, logger, secret } = deps;
  const current = secretsOf(server.env, deps);
  // What an earlier process was given may still be on its way.
  if (current.length > 0 && String(secrets[0]) !== String(current))
    secrets.splice(0, Infinity, current, ...secrets.slice(0, mostEarlier));
  const env = Object.fromEntries(
    server.env.map(({ name, from }) => [name, "value" in from ? from.value : secret(from.reference)]),
  );
  const maxBytes = route.upstream.maxResponseBytes;
  const child = new ServerProcess({ server, env, secrets, route: route.id, maxBytes, logger, clock });
  const about = { command: server.named, pid: child.pid };
  logger.info("a tool server was started", { route: route.id, ...about });
  return {
    transport: child.transport,
    opened: Promise.resolve(),
    about,
    end: () => child.end(),
    kill: () => child.kill(),
  };
}

/** Read anew for each process, so that a rotated secret counts. */
function secretsOf(env: readonly EnvironmentEntry[], { secret }: InnerServersDeps): string[] {
  return env.flatMap(({ from }) => ("reference" in from ? [secret(from.reference)] : []));
}
