import { hash } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";

interface ReplayCache {
  /**
   * Marks a proof as used; call it once everything else about the proof was checked.
   * @throws Refusal proof_replayed, proofs_exhausted
   */
  use(proof: UsedProof): void;
  /** Of a proof that was not accepted after all. */
  forget(proof: UsedProof): void;
}

export interface UsedProof {
  /** Whose token was proven. */
  readonly subject: string;
  /** RFC 7638 thumbprint. */
  readonly key: string;
  readonly jti: string;
  /** Milliseconds after which its age alone refuses it. */
  readonly lifetimeMs: number;
}

/** Names a used proof. */
export function proofId({ key, jti }: Pick<UsedProof, "key" | "jti">): string {
  return hash("sha256", `${key}\n${jti}`, "base64url");
}

/** Share of the whole memory. Counted by subject, because one subject can have tokens for any number of keys. */
const sharePerSubject = 0.1;

/**
 * The proofs used (RFC 9449 §11.1), one memory for the whole gateway: a proof for one route must not work again on
 * another. No proof is accepted that may have been used: a subject that has its share, or whose proofs made room for
 * others, is refused until those are too old.
 */
export function createReplayCache({ max, clock }: { readonly max: number; readonly clock: Clock }): ReplayCache {
  const perAsker = Math.max(10, Math.floor(max * sharePerSubject));
  const used = new FairShare<true>({ capacity: max, perAsker, clock, full: "refuse" });
  return {
    use({ subject, key, jti, lifetimeMs }) {
      const id = proofId({ key, jti });
      if (used.get(id) === true) throw new Refusal("proof_replayed");
      if (!used.set(subject, id, true, lifetimeMs)) throw new Refusal("proofs_exhausted");
    },
    forget: (proof) => used.delete(proofId(proof)),
  };
}

/** Ranges with a smaller gap are joined. */
const minGapMs = 600_000;
/** With more ranges the two closest are joined. */
const maxRanges = 32;

/** Milliseconds since the epoch, both inclusive. */
interface TimeRange {
  from: number;
  to: number;
}

/**
 * The times of issue (`iat`) of used proofs that the replay memory no longer holds. While the wall clock goes forward, the age of
 * such proofs refuses them. After it was set back, a proof with such an `iat` may have been used, and needs a nonce that shows
 * that it is new. Times of a clock that was ahead are a range of their own, so that proofs from before it need none.
 */
export class ForgottenProofs {
  readonly #clock: Pick<Clock, "monotonic">;
  /** Seconds of issue of proofs that the replay memory holds, with the monotonic time at which it forgets the first of them. */
  readonly #held = new Map<number, number>();
  /** Ascending, with gaps of at least `minGapMs`. */
  #ranges: TimeRange[] = [];

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Whether a proof issued at this time (milliseconds since the epoch) may have been used and dropped from the memory. */
  has(issuedMs: number): boolean {
    this.#forget();
    const second = secondOf(issuedMs);
    return this.#ranges.some(({ from, to }) => from <= second && second <= to);
  }

  /** Notes a used proof that the replay memory holds for `heldMs`, which never gets less from one use to the next. */
  used(issuedMs: number, heldMs: number): void {
    const second = secondOf(issuedMs);
    if (!this.#held.has(second)) this.#held.set(second, this.#clock.monotonic() + heldMs);
  }

  /** Held times are in the order in which the memory forgets them. */
  #forget(): void {
    const now = this.#clock.monotonic();
    for (const [second, until] of this.#held) {
      if (until > now) return;
      this.#held.delete(second);
      this.#add(second);
    }
  }

  #add(second: number): void {
    const near = this.#ranges.find(({ from, to }) => from - minGapMs <= second && second <= to + minGapMs);
    if (near === undefined) this.#ranges.push({ from: second, to: second });
    else Object.assign(near, { from: Math.min(near.from, second), to: Math.max(near.to, second) });
    if (near === undefined || this.#ranges.length > 1) this.#join();
  }

  /** Joins ranges that are too close, and the closest ones while there are too many. */
  #join(): void {
    const ordered = this.#ranges.toSorted((a, b) => a.from - b.from);
    const gaps = ordered.slice(1).map(({ from }, index) => from - (ordered[index]?.to ?? from));
    const excess = ordered.length - maxRanges;
    const widest = excess > 0 ? Math.max(minGapMs, gaps.toSorted((a, b) => a - b)[excess - 1] ?? 0) : minGapMs;
    const joined: TimeRange[] = [];
    for (const one of ordered) {
      const last = joined.at(-1);
      if (last === undefined || one.from - last.to > widest) joined.push(one);
      else last.to = Math.max(last.to, one.to);
    }
    this.#ranges = joined;
  }
}

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
