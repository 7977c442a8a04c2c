import type { CallUnderWay, Clock, Matches, UnderWay } from "../domain/ports.ts";
import { type EndedBy, sessionText } from "../domain/revocation.ts";
import { Chain } from "../lib/chain.ts";
import { PastEnds } from "./past-ends.ts";

/** What one end has cut. */
export interface Cut {
  readonly calls: number;
  readonly streams: number;
  /** See `sessionText`. */
  readonly sessions: ReadonlySet<string>;
  /** Resolves when all connections to tool servers are cut. Never rejects. */
  readonly done: Promise<unknown>;
}

/**
 * Calls and streams that this process has at tool servers: entered right before the first byte, so that an end finds each of
 * them either here, or not sent yet and then never sent.
 */
export class CallsUnderWay implements UnderWay, Iterable<CallUnderWay> {
  readonly #calls = new Chain<CallUnderWay>();
  readonly #past = new PastEnds();
  readonly #clock: Pick<Clock, "monotonic">;
  readonly upToDate: UnderWay["upToDate"];

  /** @param upToDate whoever looks for what other processes have ended; called for the first time with the first call */
  constructor(clock: Pick<Clock, "monotonic">, upToDate: UnderWay["upToDate"] = () => null) {
    this.#clock = clock;
    this.upToDate = upToDate;
  }

  get size(): number {
    return this.#calls.size;
  }

  enter(call: CallUnderWay): EndedBy | null {
    const by = this.endedSince(call);
    if (by === null) this.#calls.add(call);
    return by;
  }

  endedSince(call: Pick<CallUnderWay, "what" | "since">): EndedBy | null {
    return this.#past.against(call);
  }

  leave(call: CallUnderWay): void {
    this.#calls.delete(call);
  }

  [Symbol.iterator](): Iterator<CallUnderWay> {
    return this.#calls[Symbol.iterator]();
  }

  /** Cuts what matches, before it returns. What is entered from now on, and began before, is not sent. */
  end(matches: Matches, by: EndedBy): Cut {
    this.#past.note({ at: this.#clock.monotonic(), matches, by });
    return this.cut(
      [...this.#calls].filter(({ what }) => matches(what)),
      () => by,
    );
  }

  /** The gateway stops: those who only listen come back, to another one. */
  stopListening(): void {
    for (const call of this.#calls) call.stopListening();
  }

  /** Cuts these, and nothing that is yet to come. */
  cut(calls: readonly CallUnderWay[], by: (call: CallUnderWay) => EndedBy): Cut {
    const sessions = new Set<string>();
    const cutting: Promise<void>[] = [];
    let streams = 0;
    for (const call of calls) {
      this.#calls.delete(call);
      sessions.add(sessionText(call.what));
      if (call.isStream) streams += 1;
      const cut = call.cut(by(call));
      if (cut !== undefined) cutting.push(cut);
    }
    return { calls: calls.length - streams, streams, sessions, done: Promise.all(cutting) };
  }
}
