import type {
  BegunEnd,
  Counted,
  CountedElsewhere,
  Ended,
  EndCounts,
  EndedElsewhere,
  EndListener,
  Endings,
  Matches,
  StepwiseEndings,
} from "../domain/ports.ts";
import { type EndedBy, type Revocable, type SessionCaller, sessionText } from "../domain/revocation.ts";
import { nothingEnded, withEnded } from "../domain/ended.ts";
import type { CallsUnderWay } from "./calls-under-way.ts";

type Counter = (matches: Matches) => Promise<CountedElsewhere>;

/** Ends access in this process, and in the store that it shares with others. */
export class AccessEndings implements Endings, StepwiseEndings, EndCounts {
  readonly #underWay: CallsUnderWay;
  readonly #listeners: EndListener[] = [];
  readonly #counters: Counter[] = [];

  constructor(underWay: CallsUnderWay) {
    this.#underWay = underWay;
  }

  onEnd(listener: EndListener): void {
    this.#listeners.push(listener);
  }

  onCount(counter: Counter): void {
    this.#counters.push(counter);
  }

  begin(matches: Matches, by: EndedBy): BegunEnd {
    const { calls, streams, sessions, done } = this.#underWay.end(matches, by);
    const ended = { ...nothingEnded, calls, streams };
    return {
      cut: done.then(() => ({ ...ended, sessions: sessions.size })),
      finish: async () => {
        const others = await this.#endRest(matches, by);
        await done;
        const all = others.reduce((names, { of = noNames }) => names.union(of), sessions);
        return others.reduce<Ended>(withEnded, { ...ended, sessions: all.size });
      },
    };
  }

  end(matches: Matches, by: EndedBy): Promise<Ended> {
    return this.begin(matches, by).finish();
  }

  async count(matches: Matches): Promise<Counted> {
    const others = await Promise.all(this.#counters.map((counter) => counter(matches)));
    const { calls, streams, of } = this.#found(matches);
    const all = [...of, ...others.flatMap((other) => other.of)];
    const ended = others.reduce<Ended>((sum, { of: _of, ...counts }) => withEnded(sum, counts), {
      ...nothingEnded,
      calls,
      streams,
    });
    return { ...ended, ...namesOf(all) };
  }

  /** Of what this process has under way, and nobody else knows. */
  countUnderWay(matches: Matches): Counted {
    const { calls, streams, of } = this.#found(matches);
    return { ...nothingEnded, calls, streams, ...namesOf(of) };
  }

  /** One that fails keeps no other from ending what it holds. */
  async #endRest(matches: Matches, by: EndedBy): Promise<readonly EndedElsewhere[]> {
    const others = await Promise.allSettled(this.#listeners.map((listener) => listener(matches, by)));
    const failures = others.flatMap((other) => (other.status === "rejected" ? [other.reason as unknown] : []));
    if (failures.length === 0) return others.flatMap((other) => (other.status === "fulfilled" ? [other.value] : []));
    throw new AggregateError(failures, `some of what was to end could not be ended: ${String(failures[0])}`);
  }

  #found(matches: Matches): { readonly calls: number; readonly streams: number; readonly of: readonly Revocable[] } {
    const found = [...this.#underWay].filter(({ what }) => matches(what));
    const streams = found.filter(({ isStream }) => isStream).length;
    return { calls: found.length - streams, streams, of: found.map(({ what }) => what) };
  }
}

const noNames: ReadonlySet<string> = new Set();

function namesOf(all: readonly Revocable[]): Pick<Counted, "sessions" | "callers"> {
  const callers = new Map<string, SessionCaller>();
  for (const { issuer, subject, actingFor, sessionTrust } of all)
    if (sessionTrust !== "token")
      callers.set(JSON.stringify([issuer, subject, actingFor]), { issuer, subject, acting_for: actingFor });
  return { sessions: new Set(all.map(sessionText)).size, callers: [...callers.values()] };
}
