import type { Ended, EndedElsewhere, EndListener, Endings, Matches } from "../domain/ports.ts";
import type { EndedBy } from "../domain/revocation.ts";
import type { CallsUnderWay } from "./calls-under-way.ts";

/** Ends access in this process, and in the store that it shares with others. */
export class AccessEndings implements Endings {
  readonly #underWay: CallsUnderWay;
  readonly #listeners: EndListener[] = [];

  constructor(underWay: CallsUnderWay) {
    this.#underWay = underWay;
  }

  onEnd(listener: EndListener): void {
    this.#listeners.push(listener);
  }

  async end(matches: Matches, by: EndedBy): Promise<Ended> {
    const { calls, streams, sessions, done } = this.#underWay.end(matches, by);
    const others = await Promise.allSettled(this.#listeners.map((listener) => listener(matches, by)));
    await done;
    const failures = others.flatMap((other) => (other.status === "rejected" ? [other.reason as unknown] : []));
    if (failures.length > 0)
      throw new AggregateError(failures, `some of what ended could not be: ${String(failures[0])}`);
    const known = others.flatMap((other) => (other.status === "fulfilled" ? [other.value] : []));
    const all = known.reduce((names, { of = noNames }) => names.union(of), sessions);
    return known.reduce(added, { ...nothing, calls, streams, sessions: all.size });
  }
}

const noNames: ReadonlySet<string> = new Set();

export const nothing: Ended = { sessions: 0, held: 0, calls: 0, streams: 0, grants: 0, credentials: 0 };

function added(sum: Ended, { held = 0, calls = 0, streams = 0, grants = 0, credentials = 0 }: EndedElsewhere): Ended {
  return {
    sessions: sum.sessions,
    held: sum.held + held,
    calls: sum.calls + calls,
    streams: sum.streams + streams,
    grants: sum.grants + grants,
    credentials: sum.credentials + credentials,
  };
}
