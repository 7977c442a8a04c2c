import { hash } from "node:crypto";
import { Refusal } from "../../domain/errors.ts";

export interface ReplayCache {
  /**
   * Notes a proof as used, once everything else about it is known to be good.
   * @param until milliseconds since the epoch, from when on its age alone refuses it
   * @throws Refusal proof_replayed, proofs_exhausted
   */
  use(proof: { readonly key: string; readonly jti: string; readonly until: number }): void;
}

interface Used {
  readonly key: string;
  readonly until: number;
}

/** Of the whole memory, so that one caller cannot shut out the others. */
const sharePerKey = 0.1;

/**
 * The proofs used (RFC 9449 §11.1), one memory for the whole gateway: a proof for one route must not work again on
 * another. What is still good is never dropped to make room; then the next proof is refused.
 */
export function createReplayCache({ max, nowMs }: { readonly max: number; readonly nowMs: () => number }): ReplayCache {
  const used = new Map<string, Used>();
  const perKey = new Map<string, number>();
  const maxPerKey = Math.max(10, Math.floor(max * sharePerKey));

  function forgetOld(): void {
    const now = nowMs();
    for (const [id, { key, until }] of used) {
      if (until > now) return;
      used.delete(id);
      const left = (perKey.get(key) ?? 1) - 1;
      if (left > 0) perKey.set(key, left);
      else perKey.delete(key);
    }
  }

  return {
    use({ key, jti, until }) {
      forgetOld();
      const id = hash("sha256", `${key}\n${jti}`, "base64url");
      if (used.has(id)) throw new Refusal("proof_replayed");
      const mine = perKey.get(key) ?? 0;
      if (used.size >= max || mine >= maxPerKey) throw new Refusal("proofs_exhausted");
      used.set(id, { key, until });
      perKey.set(key, mine + 1);
    },
  };
}
