import type { Outcome } from "../domain/decision-record.ts";
import { type ErrorCode, Refusal } from "../domain/errors.ts";
import type { BreakerRule } from "../domain/limit.ts";
import type { BreakerState, Clock, Logger } from "../domain/ports.ts";
import { listens, type ToolCall } from "../domain/tool-call.ts";
import { Breaker } from "./breaker.ts";

export interface BreakersDeps {
  readonly rules: readonly BreakerRule[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onRefused: (limit: string) => void;
}

/** A call that breakers let through. */
export interface Admission {
  /** What came of it; null when it was not sent. Exactly once. */
  ended(outcome: Outcome | null): void;
}

/** The breakers of all tool servers: calls to one that fails are refused at once for a while. Each process has its own. */
export class Breakers {
  readonly #deps: BreakersDeps;
  readonly #byRoute = new Map<string, readonly Breaker[]>();
  readonly #all = new Map<string, Breaker>();

  constructor(deps: BreakersDeps) {
    this.#deps = deps;
  }

  /** Null when none is about this call. `asker`: see `principalKey`. @throws Refusal upstream_suspended */
  admit(call: ToolCall, asker: string): Admission | null {
    if (this.#deps.rules.length === 0 || call.route.protocol === "authzen") return null;
    const breakers = this.#of(call);
    if (breakers.length === 0) return null;
    // A stream says nothing about calls while it is open, and may be open for hours.
    const counts = !listens(call);
    const endings: ((failed: boolean | null) => void)[] = [];
    for (const breaker of breakers) {
      const admitted = breaker.admit(counts, asker);
      if (typeof admitted === "function") {
        endings.push(admitted);
        continue;
      }
      for (const end of endings) end(null);
      this.#refuse(breaker, admitted.retryAfterMs);
    }
    return { ended: (outcome) => endings.forEach((end, at) => end(failed(outcome, breakers[at]?.rule))) };
  }

  #refuse({ rule, origin }: Breaker, retryAfterMs: number): never {
    this.#deps.onRefused(rule.name);
    const retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1_000));
    throw new Refusal("upstream_suspended", { hint: `limit ${rule.name}`, detail: origin, retryAfterS });
  }

  /** Of those that have had calls. */
  states(): BreakerState[] {
    return [...this.#all.values()].map((breaker) => breaker.now());
  }

  #of({ route }: ToolCall): readonly Breaker[] {
    const known = this.#byRoute.get(route.id);
    if (known !== undefined) return known;
    const mine = this.#deps.rules.filter(({ routes }) => routes.length === 0 || routes.includes(route.id));
    const breakers = mine.map((rule) => this.#breaker(rule, route.upstream.origin));
    this.#byRoute.set(route.id, breakers);
    return breakers;
  }

  /** Routes to one tool server share it. */
  #breaker(rule: BreakerRule, origin: string): Breaker {
    const key = `${rule.name} ${origin}`;
    const known = this.#all.get(key);
    if (known !== undefined) return known;
    const breaker = new Breaker(rule, origin, this.#deps);
    this.#all.set(key, breaker);
    return breaker;
  }
}

/** The tool server was not there, or did not answer. */
const faults: ReadonlySet<ErrorCode | null> = new Set<ErrorCode>([
  "upstream_unreachable",
  "upstream_not_started",
  "upstream_ended",
  "upstream_timeout",
  "upstream_broken",
]);

/** Null when nothing follows for the tool server: policy or the gateway refused the call, or its caller left. */
function failed(outcome: Outcome | null, rule: BreakerRule | undefined): boolean | null {
  if (outcome === null || rule === undefined) return null;
  if (faults.has(outcome.code)) return true;
  return outcome.upstreamStatus === null ? null : rule.statuses.has(outcome.upstreamStatus);
}
