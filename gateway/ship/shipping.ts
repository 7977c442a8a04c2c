import type { Clock, Finding, FindingSource, Logger } from "../domain/ports.ts";
import type { ShipSettings, ShipState } from "../domain/shipping.ts";
import { KeptThread } from "../lib/kept-thread.ts";
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

/** Sends the log to its destinations, on a thread of its own. What it knows is what the thread has told last. */
export class Shipping implements FindingSource {
  readonly #options: ShippingOptions;
  readonly #thread: KeptThread<ToShip, FromShip>;
  #states: readonly ShipState[] = [];
  /** Why there is no thread, and since when; null when there is one that has told how far it is. */
  #ended: { readonly why: string; readonly since: number } | null = null;

  constructor(options: ShippingOptions) {
    this.#options = options;
    const { dir, cursors, destinations, sender, thread, restartMs = RESTART_MS } = options;
    this.#thread = new KeptThread({
      file: thread,
      data: { dir, cursors, destinations, sender } satisfies ShipThreadData,
      heard: (message: FromShip) => this.#heard(message),
      lost: (why) => this.#lost(why),
      restartMs,
    });
  }

  start(): void {
    this.#thread.start();
  }

  /** Records that are on disk get so long to be sent; what is left is sent after the next start. */
  stop(graceMs: number): Promise<void> {
    return this.#thread.stop({ kind: "stop", graceMs }, graceMs);
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
    this.#options.logger.error("ship: the decision log is sent nowhere", { error: why });
    this.#ended = { why, since: this.#ended?.since ?? this.#options.clock.now() };
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
