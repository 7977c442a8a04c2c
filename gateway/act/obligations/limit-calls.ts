import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { Clock } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";
import type { DutyContext } from "./carry-out.ts";

type Limit = Extract<Obligation, { type: "limit" }>;

interface CallWindow {
  count: number;
}

/**
 * Fixed windows in memory, one count per key and window; gone when the window is over, by the monotonic clock. A subject has
 * at most a tenth of them: one that uses up its share, or has most when all are used, begins no new window for a while.
 */
export class CallWindows {
  readonly #windows: FairShare<CallWindow>;

  constructor(clock: Pick<Clock, "monotonic">, capacity = 100_000) {
    const perAsker = Math.max(1, Math.floor(capacity / 10));
    this.#windows = new FairShare({ capacity, perAsker, clock, full: "refuse" });
  }

  /** Counts one call of a subject; false when its window is full, or it may begin no further window. */
  take(subject: string, key: string, windowMs: number, max: number): boolean {
    const known = this.#windows.get(key);
    if (known === undefined) return this.#windows.set(subject, key, { count: 1 }, windowMs) && max >= 1;
    known.count += 1;
    return known.count <= max;
  }
}

export function limitCalls(duty: Limit, evaluated: EvaluatedCall, { windows }: DutyContext): void {
  const windowMs = parseWindow(duty.per);
  if (windowMs === null) throw new Refusal("obligation_failed", { hint: `limit per ${duty.per}` });
  const key = JSON.stringify([duty.key, keyOf(duty, evaluated), duty.per, duty.max]);
  if (!windows.take(principalKey(evaluated.subject), key, windowMs, duty.max)) {
    throw new Refusal("limit_exceeded", { hint: `${duty.max} per ${duty.per} for each ${duty.key}` });
  }
}

function keyOf(duty: Limit, { subject, facts, call }: EvaluatedCall): string {
  if (duty.key === "subject") return principalKey(subject);
  // A session that the caller names itself would begin a new window with each new name.
  if (duty.key === "session" && facts.session.trust === "token")
    return JSON.stringify([principalKey(subject), facts.session.id]);
  if (duty.key === "session") return principalKey(subject);
  return JSON.stringify([principalKey(subject), call.route.server, call.name]);
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "30s", "1m", "2h", "1d" in milliseconds; null for anything else. */
function parseWindow(text: string): number | null {
  const found = /^([1-9]\d{0,4})([smhd])$/.exec(text);
  return found === null ? null : Number(found[1]) * (units[found[2] ?? ""] ?? 0);
}
