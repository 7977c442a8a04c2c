import type { Obligation } from "../../domain/decision.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Judged } from "../../domain/judged.ts";
import { principalKey } from "../../domain/subject.ts";
import type { DutyContext } from "./types.ts";

type Limit = Extract<Obligation, { type: "limit" }>;

/** Fixed windows in memory, one count per key and window; forgotten when the window is over. */
export class CallWindows {
  readonly #counts = new Map<string, { until: number; count: number }>();
  readonly #capacity: number;

  constructor(capacity = 100_000) {
    this.#capacity = capacity;
  }

  /** Counts one call; false when the window is full, or there are more windows than can be remembered. */
  take(key: string, windowMs: number, max: number, now: number): boolean {
    const known = this.#counts.get(key);
    if (known === undefined || now >= known.until) {
      if (this.#counts.size >= this.#capacity) this.#forget(now);
      if (this.#counts.size >= this.#capacity) return false;
      this.#counts.set(key, { until: now + windowMs, count: 1 });
      return max >= 1;
    }
    known.count += 1;
    return known.count <= max;
  }

  #forget(now: number): void {
    for (const [key, { until }] of this.#counts) if (now >= until) this.#counts.delete(key);
  }
}

export function limitCalls(duty: Limit, judged: Judged, { windows, clock }: DutyContext): void {
  const windowMs = parseWindow(duty.per);
  if (windowMs === null) throw new Refusal("obligation_failed", { hint: `limit per ${duty.per}` });
  const key = JSON.stringify([duty.key, keyOf(duty, judged), duty.per, duty.max]);
  if (!windows.take(key, windowMs, duty.max, clock.now())) {
    throw new Refusal("limit_exceeded", { hint: `${duty.max} per ${duty.per} for each ${duty.key}` });
  }
}

function keyOf(duty: Limit, { subject, facts, call }: Judged): string {
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
