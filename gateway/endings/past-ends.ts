import type { CallUnderWay, Matches } from "../domain/ports.ts";
import type { EndedBy } from "../domain/revocation.ts";

interface PastEnd {
  /** On the monotonic clock, in milliseconds. */
  readonly at: number;
  readonly matches: Matches;
  readonly by: EndedBy;
}

/** So many are known, and for so long: many times what passes between the judgement of a call and its first byte. */
const mostEnds = 10_000;
const keptMs = 15 * 60_000;

/**
 * What was ended lately. A call that was judged before an end and is sent after it asks here; it looks only at the ends since its
 * own beginning, which are none for nearly every call.
 */
export class PastEnds {
  /** Oldest first. */
  #ends: PastEnd[] = [];
  /** Calls that began before this moment can no longer be told what has ended since. */
  #forgotten = Number.NEGATIVE_INFINITY;

  note(end: PastEnd): void {
    this.#ends.push(end);
    const surplus = this.#ends.length - mostEnds;
    // Half of them at once, so that an array is seldom moved.
    if (surplus > 0) this.#forget(mostEnds / 2);
    else if ((this.#ends[0] as PastEnd).at < end.at - 2 * keptMs)
      this.#forget(this.#ends.findIndex(({ at }) => at >= end.at - keptMs));
  }

  /** What has ended access of a call since it began; null for nothing. A call that is too old to be told fails closed. */
  against(call: Pick<CallUnderWay, "what" | "since">): EndedBy | null {
    const { since } = call;
    for (let at = this.#ends.length - 1; at >= 0; at -= 1) {
      const end = this.#ends[at] as PastEnd;
      if (end.at < since) return null;
      if (end.matches(call.what)) return end.by;
    }
    return since <= this.#forgotten ? tooLong : null;
  }

  #forget(count: number): void {
    this.#forgotten = (this.#ends[count - 1] as PastEnd).at;
    this.#ends = this.#ends.slice(count);
  }
}

const tooLong: EndedBy = {
  kind: "limit",
  id: null,
  reason: "so much time passed between judgement and dispatch that what has ended meanwhile is not known any more",
};
