import { Worker } from "node:worker_threads";
import type { Clock, Finding, FindingSource, Logger } from "../domain/ports.ts";
import type { ShipSettings, ShipState } from "../domain/shipping.ts";
import type { FromShip, ShipThreadData, ToShip } from "./ship-messages.ts";

interface ShippingOptions extends ShipThreadData {
  readonly logger: Logger;
  readonly clock: Clock;
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
  /** Why there is no thread, and since when; null when there is one that has told how far it is. */
  #ended: { readonly why: string; readonly since: number } | null = null;
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
    if (this.#ended !== null) return [endedFinding(this.#ended.why, this.#isUnready(this.#ended.since))];
    return this.#states.flatMap((state) => {
      const settings = this.#options.destinations.find(({ name }) => name === state.name);
      return settings === undefined ? [] : lagFinding(state, settings);
    });
  }

  /** Whether any destination has nothing sent to it for longer than it may. */
  #isUnready(since: number): boolean {
    const ms = this.#options.clock.now() - since;
    return this.#options.destinations.some(({ unreadyAfterMs }) => unreadyAfterMs !== null && ms > unreadyAfterMs);
  }

  #heard(message: FromShip): void {
    if (message.kind === "states") {
      this.#states = message.states;
      this.#ended = null;
    } else this.#options.logger[message.level](message.message, message.fields);
  }

  #lost(why: string): void {
    this.#worker = null;
    if (this.#isStopping) return;
    this.#options.logger.error("ship: the decision log is sent nowhere", { error: why });
    this.#ended = { why, since: this.#ended?.since ?? this.#options.clock.now() };
    this.#restart = setTimeout(() => this.start(), this.#options.restartMs ?? RESTART_MS).unref();
  }
}

function endedFinding(why: string, isUnready: boolean): Finding {
  return {
    name: "ship",
    problem: `the decision log is sent nowhere: ${why}`,
    fix: "it starts again by itself; if it does not, start the gateway again",
    severity: isUnready ? "unready" : "degraded",
  };
}

function lagFinding(state: ShipState, { degradedAfterMs, unreadyAfterMs }: ShipSettings): Finding[] {
  const { name, records, seconds, failingSeconds, error } = state;
  const ms = Math.max(seconds, failingSeconds) * 1_000;
  const isUnready = unreadyAfterMs !== null && ms > unreadyAfterMs;
  if (!isUnready && ms <= degradedAfterMs) return [];
  const why = error === null ? "" : `: ${error}`;
  const problem =
    failingSeconds > seconds
      ? `sending to ${name} fails for ${Math.floor(failingSeconds)} s, ${records} records wait${why}`
      : `${records} records wait to be sent to ${name}, the oldest for ${Math.floor(seconds)} s${why}`;
  return [
    {
      name: `ship-${name}`,
      problem,
      fix: "look at the receiver and at the error; records are sent by themselves once it takes them, and none is lost meanwhile",
      severity: isUnready ? "unready" : "degraded",
    },
  ];
}
