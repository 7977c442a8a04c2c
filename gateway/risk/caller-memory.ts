import { halved, type RiskReading, type RiskSignal } from "../domain/risk.ts";

/** Most of a kind that is kept of one caller; the oldest goes. */
const mostDestinations = 64;
const mostPurposes = 8;

const hours = 24;
const dayMs = 86_400_000;

/** What is kept of one caller: numbers and digests, never values. Times in milliseconds since the epoch. */
export class CallerMemory {
  /** Calls in all. */
  calls = 0;
  readonly #destinations = new Map<string, true>();
  readonly #purposes = new Map<string, ReadonlySet<string>>();
  /** On how many days the caller called in each hour, as far as one byte counts. */
  readonly #daysOfHour = new Uint8Array(hours);
  #days = 0;
  #latestHour = -1;
  #latestDay = -1;
  /** Calls of the time that begins at `from`, and of the one before it. */
  #current = { from: 0, calls: 0 };
  #before = 0;
  #denials = 0;
  #deniedAt = 0;
  /** What was found lately, as strong as it was then. */
  readonly #found = new Map<RiskSignal, RiskReading>();

  knows(destination: string): boolean {
    return this.#destinations.has(destination);
  }

  learn(destination: string): void {
    this.#destinations.delete(destination);
    this.#destinations.set(destination, true);
    dropOldest(this.#destinations, mostDestinations);
  }

  /** The words of the purpose that the session of this key had first. */
  purposeOf(session: string): ReadonlySet<string> | undefined {
    return this.#purposes.get(session);
  }

  keepPurpose(session: string, words: ReadonlySet<string>): void {
    if (this.#purposes.has(session)) return;
    this.#purposes.set(session, words);
    dropOldest(this.#purposes, mostPurposes);
  }

  /** Days on which the caller called at all, and in this hour or beside it. */
  daysOf(hour: number): { readonly all: number; readonly near: number } {
    const near = [hour + hours - 1, hour, hour + 1].map((one) => this.#daysOfHour[one % hours] ?? 0);
    return { all: this.#days, near: Math.max(...near) };
  }

  /** Notes a call: when it was, and that it counts among those of `perMs`. */
  called(now: number, perMs: number | null): void {
    this.calls += 1;
    this.#noteHour(now);
    if (perMs === null) return;
    this.#advance(now, perMs);
    this.#current.calls += 1;
  }

  /** About how many calls there were in the last `perMs`. */
  callsIn(now: number, perMs: number): number {
    const ageMs = Math.max(0, now - this.#current.from);
    if (ageMs >= 2 * perMs) return 0;
    if (ageMs >= perMs) return this.#current.calls * (2 - ageMs / perMs);
    return this.#current.calls + this.#before * (1 - ageMs / perMs);
  }

  denied(now: number, halfLifeMs: number): void {
    this.#denials = this.denialsAt(now, halfLifeMs) + 1;
    this.#deniedAt = now;
  }

  /** Denials, of which half count after the half-life. */
  denialsAt(now: number, halfLifeMs: number): number {
    return this.#denials * halved(Math.max(0, now - this.#deniedAt), halfLifeMs);
  }

  get deniedAt(): number {
    return this.#deniedAt;
  }

  found(name: RiskSignal): RiskReading | undefined {
    return this.#found.get(name);
  }

  /** Keeps a finding unless more is left of an earlier one. */
  keep(reading: RiskReading, halfLifeMs: number): void {
    const known = this.#found.get(reading.name);
    const left = known === undefined ? 0 : known.strength * halved(Math.max(0, reading.at - known.at), halfLifeMs);
    if (reading.strength >= left) this.#found.set(reading.name, reading);
  }

  #noteHour(now: number): void {
    const hour = Math.floor(now / 3_600_000);
    if (hour === this.#latestHour) return;
    this.#latestHour = hour;
    const at = hour % hours;
    this.#daysOfHour[at] = Math.min(255, (this.#daysOfHour[at] ?? 0) + 1);
    const day = Math.floor(now / dayMs);
    if (day !== this.#latestDay) this.#days += 1;
    this.#latestDay = day;
  }

  #advance(now: number, perMs: number): void {
    const ageMs = now - this.#current.from;
    if (ageMs < perMs) return;
    this.#before = ageMs < 2 * perMs ? this.#current.calls : 0;
    this.#current = { from: ageMs < 2 * perMs ? this.#current.from + perMs : now, calls: 0 };
  }
}

function dropOldest<Value>(map: Map<string, Value>, most: number): void {
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
