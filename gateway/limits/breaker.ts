import type { BreakerRule } from "../domain/limit.ts";
import type { BreakerState, Clock, Logger } from "../domain/ports.ts";

/** Into so many parts the window of results is divided; the oldest goes when a new one begins. */
const parts = 10;

/** Between two calls that try, when the first did not show whether the server works. */
const betweenTriesMs = 1_000;

interface Part {
  /** Number of this part of the clock's time. */
  readonly tick: number;
  calls: number;
  failures: number;
}

/** The state of one tool server: closed, calls go; open, none go; half-open, one goes and decides. Times on the monotonic clock. */
export class Breaker {
  readonly rule: BreakerRule;
  readonly origin: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #parts: Part[] = [];
  /** Until when it is open; null when it is closed. */
  #openUntil: number | null = null;
  /** When its last opening was, on the wall clock. */
  #opened: number | null = null;
  /** Until when the one call that tries is waited for; null when none tries. */
  #tryUntil: number | null = null;
  /** Callers whose call tried and showed nothing, and until when they let others try. */
  readonly #passed = new Map<string, number>();

  constructor(
    rule: BreakerRule,
    origin: string,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.rule = rule;
    this.origin = origin;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * How the result of the call is noted: whether it failed, or null when that is not known. `counts`: whether its result says
   * anything. `asker`: whose call it is.
   */
  admit(counts: boolean, asker: string): ((failed: boolean | null) => void) | { readonly retryAfterMs: number } {
    if (this.#openUntil === null) return counts ? (failed) => this.#note(failed) : ignore;
    const now = this.#clock.monotonic();
    if (now < this.#openUntil) return { retryAfterMs: this.#openUntil - now };
    // A call that tries and does not end is not waited for for ever.
    if (!counts || (this.#tryUntil !== null && now < this.#tryUntil)) return { retryAfterMs: betweenTriesMs };
    const passes = (this.#passed.get(asker) ?? now) - now;
    if (passes > 0) return { retryAfterMs: passes };
    const mine = now + this.rule.openMs;
    this.#tryUntil = mine;
    return (failed) => this.#tried(mine, failed, asker);
  }

  now(): BreakerState {
    const calls = this.#sum("calls");
    const failures = this.#sum("failures");
    return { limit: this.rule.name, origin: this.origin, state: this.#state(), opened: this.#opened, calls, failures };
  }

  #state(): BreakerState["state"] {
    if (this.#openUntil === null) return "closed";
    return this.#clock.monotonic() < this.#openUntil ? "open" : "half-open";
  }

  #note(failed: boolean | null): void {
    // A call from before it opened says nothing new.
    if (failed === null || this.#openUntil !== null) return;
    const part = this.#part();
    part.calls += 1;
    if (!failed) return;
    part.failures += 1;
    const calls = this.#sum("calls");
    if (calls >= this.rule.calls && this.#sum("failures") >= this.rule.failures * calls) this.#open();
  }

  #tried(mine: number, failed: boolean | null, asker: string): void {
    if (failed === null) this.#letOthers(asker);
    if (this.#tryUntil !== mine) return;
    // Its caller has left: callers that leave one after the other must not send a call each to a server that is down.
    this.#tryUntil = failed === null ? this.#clock.monotonic() + betweenTriesMs : null;
    if (failed === true) this.#stayOpen();
    if (failed === false) this.#close();
  }

  /** Else one caller that leaves each time, or has no room left in a limit, could keep a server that works again from all others. */
  #letOthers(asker: string): void {
    const now = this.#clock.monotonic();
    for (const [other, until] of this.#passed) if (until <= now) this.#passed.delete(other);
    this.#passed.set(asker, now + Math.max(this.rule.openMs, 3 * betweenTriesMs));
  }

  #open(): void {
    const failures = this.#sum("failures");
    this.#refuse();
    this.#logger.warn("the tool server fails; its calls are refused for a while", {
      limit: this.rule.name,
      origin: this.origin,
      failures,
      open_ms: this.rule.openMs,
    });
  }

  /** Of a server that is down for long, one line says that it is; what tries meanwhile is no news. */
  #stayOpen(): void {
    this.#refuse();
    const of = { limit: this.rule.name, origin: this.origin, open_ms: this.rule.openMs };
    this.#logger.debug("the call that tried failed too; calls to the tool server are still refused", of);
  }

  #refuse(): void {
    this.#openUntil = this.#clock.monotonic() + this.rule.openMs;
    this.#opened = this.#clock.now();
    this.#parts = [];
    this.#passed.clear();
  }

  #close(): void {
    this.#openUntil = null;
    this.#logger.info("the tool server answers again; its calls are sent", {
      limit: this.rule.name,
      origin: this.origin,
    });
  }

  #part(): Part {
    const tick = this.#tick();
    const latest = this.#parts.at(-1);
    if (latest?.tick === tick) return latest;
    const part = { tick, calls: 0, failures: 0 };
    this.#parts = [...this.#parts.filter((one) => one.tick > tick - parts), part];
    return part;
  }

  #sum(what: "calls" | "failures"): number {
    const oldest = this.#tick() - parts;
    return this.#parts.reduce((sum, part) => (part.tick > oldest ? sum + part[what] : sum), 0);
  }

  #tick(): number {
    return Math.floor((this.#clock.monotonic() * parts) / this.rule.withinMs);
  }
}

function ignore(): void {}
