import type { IncomingMessage } from "node:http";
import { Refusal } from "../../domain/errors.ts";
import type { Clock, Ids } from "../../domain/ports.ts";
import { firstHeader, timesSent } from "../../domain/raw-headers.ts";
import { principalKey, type Subject } from "../../domain/subject.ts";
import { createNonces } from "./nonces.ts";
import { checkProofClaims, type ProofWindow, type ProvenCall, refusedAfterMs } from "./proof-claims.ts";
import { invalid, readProof } from "./read-proof.ts";
import { createReplayCache } from "./replay.ts";

export interface ProofRules extends ProofWindow {
  readonly algorithms: readonly string[];
  readonly nonce: boolean;
}

/** Whose token is proven. */
export interface ProofHolder {
  readonly subject: Subject;
  /** Thumbprint of the key that the access token is bound to. */
  readonly jkt: string;
}

export interface Proofs {
  /**
   * Checks the request's one proof and uses it up.
   * @returns whether the caller should be told a newer nonce
   * @throws Refusal proof_*, token_proof_missing
   */
  check(
    req: IncomingMessage,
    holder: ProofHolder,
    call: Omit<ProvenCall, "method">,
    rules: ProofRules,
  ): Promise<boolean>;
  nonce(): string;
}

export function createProofs(options: { readonly clock: Clock; readonly ids: Ids; readonly max: number }): Proofs {
  const { clock, ids, max } = options;
  const nonces = createNonces(clock, ids);
  const replay = createReplayCache({ max, clock });
  /** A held call goes through the path again with the same request: its proof was used by itself, and may be old by then. */
  const accepted = new WeakMap<IncomingMessage, string>();

  return {
    nonce: () => nonces.current(),
    async check(req, { subject, jkt }, target, rules) {
      if (accepted.get(req) === jkt) return false;
      const { claims, thumbprint } = await readProof(proofHeader(req), rules.algorithms);
      const now = clock.now();
      const jti = checkProofClaims(claims, { ...target, method: req.method ?? "" }, rules, now);
      if (thumbprint !== jkt) throw new Refusal("proof_key");
      const stale = rules.nonce && checkNonce(claims["nonce"]) === "previous";
      replay.use({ subject: principalKey(subject), key: thumbprint, jti, lifetimeMs: refusedAfterMs(rules) });
      accepted.set(req, jkt);
      return stale;
    },
  };

  function checkNonce(nonce: unknown): "current" | "previous" {
    const found = typeof nonce === "string" ? nonces.accepts(nonce) : "unknown";
    if (found !== "unknown") return found;
    throw new Refusal("proof_nonce");
  }
}

/** RFC 9449 §4.3, step 1: not more than one. */
function proofHeader(req: IncomingMessage): string {
  const value = firstHeader(req.rawHeaders, "dpop");
  if (value === undefined) throw new Refusal("token_proof_missing", { hint: "send the proof in one DPoP header" });
  if (typeof value !== "string" || timesSent(req.rawHeaders, "dpop") !== 1)
    throw invalid("there are several DPoP headers");
  return value;
}
