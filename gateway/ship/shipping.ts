import { Worker } from "node:worker_threads";
import type { Finding, FindingSource, Logger } from "../domain/ports.ts";
import type { ShipSettings, ShipState } from "../domain/shipping.ts";
import type { FromShip, ShipThreadData, ToShip } from "./ship-messages.ts";

interface ShippingOptions extends ShipThreadData {
  readonly logger: Logger;
  /** What runs on it; see `ShipThreadData`. */
  readonly thread: URL;
  /** From the end of a thread to the next start. Default: 10 s. */
  readonly restartMs?: number;
}

const RESTART_MS = 10_000;
/** Beyond what the thread was given to end. */
const SLACK_MS = 1_000;

/** Sends the log to its destinations, on a thread of its own. What it knows is what the thread has told last. */
export class Shipping implements FindingSource {
  readonly #options: ShippingOptions;
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #states: readonly ShipState[] = [];
  /** Why there is no thread; null while there is one. */
  #ended: string | null = null;
  #isStopping = false;

  constructor(options: ShippingOptions) {
    this.#options = options;
  }

  start(): void {
    const { dir, cursors, destinations, sender, thread } = this.#options;
    const workerData: ShipThreadData = { dir, cursors, destinations, sender };
    const worker = new Worker(thread, { workerData });
    worker.unref();
    this.#worker = worker;
    this.#ended = null;
    let why = "its thread has ended";
    worker.on("message", (message: FromShip) => this.#heard(message));
    worker.once("error", (failure: Error) => (why = `its thread failed: ${failure.message}`));
    worker.once("exit", () => this.#lost(why));
  }

  /** Records that are on disk get so long to be sent; what is left is sent after the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === null) return;
    worker.ref();
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage({ kind: "stop", graceMs } satisfies ToShip);
    const late = setTimeout(() => void worker.terminate(), graceMs + SLACK_MS);
    await ended;
    clearTimeout(late);
  }

  states(): readonly ShipState[] {
    return this.#states;
  }

  findings(): Finding[] {
    if (this.#ended !== null)
      return [
        {
          name: "ship",
          problem: `the decision log is sent nowhere: ${this.#ended}`,
          fix: "it starts again by itself; if it does not, start the gateway again",
          severity: "degraded",
        },
      ];
    return this.#states.flatMap((state) => {
      const settings = this.#options.destinations.find(({ name }) => name === state.name);
      return settings === undefined ? [] : lagFinding(state, settings);
    });
  }

  #heard(message: FromShip): void {
    if (message.kind === "states") this.#states = message.states;
    else this.#options.logger[message.level](message.message, message.fields);
  }

  #lost(why: string): void {
    this.#worker = null;
    if (this.#isStopping) return;
    this.#options.logger.error("ship: the decision log is sent nowhere", { error: why });
    this.#ended = why;
    this.#restart = setTimeout(() => this.start(), this.#options.restartMs ?? RESTART_MS).unref();
  }
}

function lagFinding({ name, records, seconds, error }: ShipState, settings: ShipSettings): Finding[] {
  const { degradedAfterMs, unreadyAfterMs } = settings;
  const ms = seconds * 1_000;
  const isUnready = unreadyAfterMs !== null && ms > unreadyAfterMs;
  if (!isUnready && ms <= degradedAfterMs) return [];
  const why = error === null ? "" : `: ${error}`;
  return [
    {
      name: `ship-${name}`,
      problem: `${records} records wait to be sent to ${name}, the oldest for ${Math.floor(seconds)} s${why}`,
      fix: "look at the receiver; records are sent by themselves once it takes them, and none is lost meanwhile",
      severity: isUnready ? "unready" : "degraded",
    },
  ];
}
