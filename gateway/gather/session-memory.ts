import { FairShare } from "../domain/fair-share.ts";
import type { SessionFact } from "../domain/facts.ts";
import type { Clock, StoredLabel } from "../domain/ports.ts";
import { isChosen, type NamedSession, sessionKey } from "../domain/session-key.ts";
import { principalKey, type Subject } from "../domain/subject.ts";
import { internJson } from "../lib/json.ts";
import type { HistoryEntry } from "./session-history.ts";

export type Named = Pick<SessionFact, "id" | "trust">;

export interface MemoryLimits {
  /** Sessions kept in memory, a tenth of them of one principal; labels of forgotten ones are read from the store again. */
  readonly capacity: number;
  /** A session without calls for so many milliseconds begins anew; its labels are read from the store again. */
  readonly idleMs: number;
  readonly clock: Pick<Clock, "monotonic">;
}

/** What this process remembers of one session, or of a principal. */
export class Session {
  readonly key: string;
  readonly of: NamedSession;
  readonly history: HistoryEntry[] = [];
  calls = 0;
  /** Of the first call that is remembered and of the latest, in milliseconds since the epoch. */
  since = 0;
  last = 0;
  /** Of the latest call, in milliseconds on the monotonic clock. */
  usedAt: number;
  /** When each label was given last, as the store has it. */
  readonly #labels = new Map<string, number>();
  /** What the store had when they were read last; see `SessionMemory.state`. */
  #readAt = -1;
  #shown: readonly string[] | null = null;
  /** When the first of the labels ends. */
  #ends = Infinity;

  constructor(key: string, of: NamedSession, usedAt: number) {
    this.key = key;
    this.of = of;
    this.usedAt = usedAt;
  }

  /** One more call; the history keeps the latest `most`. */
  add(entry: HistoryEntry, most: number): void {
    if (this.calls === 0) this.since = entry.at;
    this.calls += 1;
    this.last = Math.max(this.last, entry.at);
    this.history.push(entry);
    if (this.history.length > most) this.history.shift();
  }

  hasRead(state: number): boolean {
    return this.#readAt === state;
  }

  /** Labels only grow, so what was added while they were read stays. */
  read(labels: readonly StoredLabel[], state: number): void {
    for (const { label, last } of labels) this.give(label, last);
    this.#readAt = state;
  }

  /** The store has this label, given at `last`. */
  give(label: string, last: number): void {
    if ((this.#labels.get(label) ?? -Infinity) >= last) return;
    this.#labels.set(label, last);
    this.#shown = null;
  }

  /** Whether the label was given after that moment, as far as memory knows. */
  gaveAfter(label: string, moment: number): boolean {
    return (this.#labels.get(label) ?? -Infinity) > moment;
  }

  /** The labels that count, sorted; one ends `spanMs` after it was given last. */
  labelsAt(now: number, spanMs: number): readonly string[] {
    if (this.#shown !== null && now < this.#ends) return this.#shown;
    this.#ends = Infinity;
    for (const [label, last] of this.#labels) {
      if (last + spanMs <= now) this.#labels.delete(label);
      else this.#ends = Math.min(this.#ends, last + spanMs);
    }
    return (this.#shown = this.#labels.size === 0 ? noLabels : internJson([...this.#labels.keys()].sort()));
  }
}

const noLabels: readonly string[] = internJson([]);

/**
 * Each session is one object from its first call on: calls that load its labels at the same time share it. Sessions that callers
 * name themselves have a memory of their own, so that none of them displaces a session that a token names.
 */
export class SessionMemory {
  readonly #vouched: FairShare<Session>;
  readonly #named: FairShare<Session>;
  readonly #limits: MemoryLimits;
  /** Raised when another process may have given labels: then those of every session are read again. */
  state = 0;

  constructor(limits: MemoryLimits) {
    const { capacity, clock } = limits;
    const options = { capacity, perAsker: Math.ceil(capacity / 10), clock, full: "forget" as const };
    this.#vouched = new FairShare(options);
    this.#named = new FairShare(options);
    this.#limits = limits;
  }

  /** The session, as one that is used now; a new one when there is none. */
  recall(subject: Subject, named: Named): Session {
    const key = sessionKey(subject, named);
    const sessions = isChosen(named.trust) ? this.#named : this.#vouched;
    const known = sessions.get(key);
    const now = this.#limits.clock.monotonic();
    if (known !== undefined && now - known.usedAt < this.#limits.idleMs) {
      known.usedAt = now;
      sessions.touch(key);
      return known;
    }
    const session = new Session(key, { issuer: subject.issuer, subject: subject.id, ...named }, now);
    sessions.set(principalKey(subject), key, session);
    return session;
  }

  /** Without using it. Undefined when nothing is remembered. */
  find(key: string): Session | undefined {
    const found = this.#vouched.get(key) ?? this.#named.get(key);
    return found !== undefined && this.#isLive(found) ? found : undefined;
  }

  /** Those with calls, in no order. */
  *live(): Iterable<Session> {
    for (const sessions of [this.#vouched, this.#named])
      for (const session of sessions.values()) if (this.#isLive(session)) yield session;
  }

  #isLive({ calls, usedAt }: Session): boolean {
    return calls > 0 && this.#limits.clock.monotonic() - usedAt < this.#limits.idleMs;
  }
}
