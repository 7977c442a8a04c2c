import type { IncomingMessage } from "node:http";
import { Refusal } from "../../domain/errors.ts";
import type { Clock, Ids } from "../../domain/ports.ts";
import { firstHeader, timesSent } from "../../lib/raw-headers.ts";
import { principalKey, type Subject } from "../../domain/subject.ts";
import { ForgottenProofs } from "./forgotten.ts";
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
  const forgotten = new ForgottenProofs(clock);
  /** Of all issuers: what one of them accepts may be the proof of another's token. */
  let heldMs = 0;

  return {
    nonce: () => nonces.current(),
    async check(req, { subject, jkt }, target, rules) {
      if (accepted.get(req) === jkt) return false;
      const { claims, thumbprint } = await readProof(proofHeader(req), rules.algorithms);
      const now = clock.now();
      const { jti, issuedMs } = checkProofClaims(claims, { ...target, method: req.method ?? "" }, rules, now);
      if (thumbprint !== jkt) throw new Refusal("proof_key");
      const stale = rules.nonce && checkNonce(claims["nonce"]) === "previous";
      heldMs = Math.max(heldMs, refusedAfterMs(rules));
      assertNew(issuedMs, claims["nonce"]);
      replay.use({ subject: principalKey(subject), key: thumbprint, jti, lifetimeMs: heldMs });
      forgotten.used(issuedMs, heldMs);
      accepted.set(req, jkt);
      return stale;
    },
  };

  /** After the wall clock was set back: a proof with a nonce of this moment is new, or still in the replay memory. */
  function assertNew(issuedMs: number, nonce: unknown): void {
    if (forgotten.has(issuedMs) && !nonces.isYoungerThan(nonce, heldMs / 2)) throw new Refusal("proof_nonce");
  }

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
