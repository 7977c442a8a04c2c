import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import type { Gateway } from "./compose.ts";
import type { Finding, FindingSource } from "../domain/ports.ts";

export interface Listener {
  readonly server: Server | TlsServer;
  /** From now on each connection ends with the last of its answers. */
  closeBehind(): void;
}

interface PeopleListener extends Listener {
  /** Ends the live streams of open pages. */
  endStreams(): void;
}

const phases = {
  starting: { name: "starting", problem: "the gateway is starting", fix: null, severity: "unready" },
  running: null,
  stopping: { name: "draining", problem: "the gateway is stopping", fix: null, severity: "unready" },
} as const satisfies Record<string, Finding | null>;

/**
 * Until both listeners are open, and from the stop signal on, the gateway is not ready: load balancers send it nothing, also those that
 * ask one listener about both.
 */
export class Phase implements FindingSource {
  #current: keyof typeof phases = "starting";

  set(phase: "running" | "stopping"): void {
    this.#current = phase;
  }

  findings(): readonly Finding[] {
    const finding = phases[this.#current];
    return finding === null ? [] : [finding];
  }
}

/** Answers of the console are short; those of its streams have ended. */
const consoleMs = 5_000;
/** How often connections that have become idle are closed, and streams ended that were opened last. */
const sweepEveryMs = 250;

/**
 * Stops a gateway that is not ready any more, in three steps. While load balancers still send it calls it serves them, and every
 * answer ends its connection. Then nothing new comes in: whoever waits for people or only listens is sent away, to another
 * gateway. What runs may end; what has not ended in time is cut off.
 */
export async function stop(gateway: Gateway, agents: Listener, people: PeopleListener): Promise<void> {
  const { drainMs, finishMs } = gateway.config.listeners.agents.limits;
  agents.closeBehind();
  people.closeBehind();
  if (drainMs > 0) await pause(drainMs);
  gateway.approvals.drain();
  const sweep = (): void => gateway.access.underWay.stopListening();
  await closed(agents.server, finishMs, { sweep, cutOff: () => cutOff(gateway, agents.server) });
  people.endStreams();
  await closed(people.server, consoleMs, { cutOff: () => people.server.closeAllConnections() });
  await gateway.close();
  tellEnd(gateway);
}

/** The last line of the log: whoever reads it knows whether something is left to be found out. */
function tellEnd({ upstreams: { cutOff: cut }, logger }: Gateway): void {
  if (cut === 0) return logger.info("stopped: no call was cut off");
  const calls = cut === 1 ? "1 call was" : `${cut} calls were`;
  logger.warn(`stopped: ${calls} cut off at tool servers; whether they were executed is not known`, {
    code: "upstream_cut_off",
  });
}

interface Ending {
  readonly sweep?: () => void;
  /** When the time is over. */
  readonly cutOff: () => unknown;
}

/** Takes no new connections; resolves when the last one has ended. */
async function closed(server: Server | TlsServer, limitMs: number, { sweep, cutOff: cut }: Ending): Promise<void> {
  const all = new Promise<void>((resolve) => server.close(() => resolve()));
  sweep?.();
  const sweeping = setInterval(() => {
    sweep?.();
    server.closeIdleConnections();
  }, sweepEveryMs);
  const deadline = setTimeout(() => void cut(), limitMs);
  await all;
  clearTimeout(deadline);
  clearInterval(sweeping);
}

/**
 * Ends what still runs when the time to drain is over. Tool servers are cut off first, so that a call is recorded as one whose
 * execution nobody knows, and its caller is told so, instead of as one that its caller has left.
 */
async function cutOff({ upstreams, logger }: Gateway, server: Server | TlsServer): Promise<void> {
  try {
    await upstreams.destroy();
  } catch (failure) {
    logger.warn("connections to tool servers cannot be ended", { error: String(failure) });
  } finally {
    server.closeAllConnections();
  }
}
