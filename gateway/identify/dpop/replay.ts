import { hash } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { Clock } from "../../domain/ports.ts";

export interface ReplayCache {
  /**
   * Notes a proof as used, once everything else about it is known to be good.
   * @throws Refusal proof_replayed, proofs_exhausted
   */
  use(proof: UsedProof): void;
}

interface UsedProof {
  /** Who proved its token with it. */
  readonly subject: string;
  /** RFC 7638 thumbprint. */
  readonly key: string;
  readonly jti: string;
  /** After so long its age alone refuses it. */
  readonly lifetimeMs: number;
}

/** Of the whole memory: by subject, since one can have tokens for as many keys as it likes. */
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
      const id = hash("sha256", `${key}\n${jti}`, "base64url");
      if (used.get(id) === true) throw new Refusal("proof_replayed");
      if (!used.set(subject, id, true, lifetimeMs)) throw new Refusal("proofs_exhausted");
    },
  };
}
