import type { IncomingMessage } from "node:http";
import { Refusal } from "../../domain/errors.ts";
import type { Clock, Ids } from "../../domain/ports.ts";
import { principalKey, type Subject } from "../../domain/subject.ts";
import { firstHeader, timesSent } from "../../lib/request-headers.ts";
import { createNonces, type Nonces } from "./nonces.ts";
import { createReplayCache, ForgottenProofs, type UsedProof } from "./replay.ts";
import type { SharedProofs } from "./shared-proofs.ts";
import {
  checkProofClaims,
  invalid,
  type ProofWindow,
  type ProvenCall,
  readProof,
  refusedAfterMs,
} from "./verify-proof.ts";

interface ProofRules extends ProofWindow {
  readonly algorithms: readonly string[];
  readonly nonce: boolean;
}

/** Whose token is proven. */
interface ProofHolder {
  readonly subject: Subject;
  /** Thumbprint of the key that the access token is bound to. */
  readonly jkt: string;
}

export interface Proofs {
  /**
   * Checks the request's one proof and uses it up.
   * @returns whether the answer should carry a newer nonce
   * @throws Refusal proof_*, token_proof_missing, store_unavailable
   */
  check(
    req: IncomingMessage,
    holder: ProofHolder,
    call: Omit<ProvenCall, "method">,
    rules: ProofRules,
  ): Promise<boolean>;
  /**
   * The same where there is no token yet (RFC 9449 §5): whoever asks for one shows the key that it is to be bound to.
   * @param asker whose share of the replay memory it takes
   * @returns the key's thumbprint
   * @throws Refusal proof_*, token_proof_missing
   */
  present(req: IncomingMessage, asker: string, target: Pick<ProvenCall, "origin" | "path">): Promise<string>;
  nonce(): string;
}

/** Of proofs that no issuer has rules for. */
const presented = { algorithms: ["ES256", "EdDSA", "ES384", "PS256"], maxAgeMs: 60_000, clockSkewMs: 30_000 };

/** Checks DPoP proofs (RFC 9449 §4.3) and remembers the used ones; one instance for the whole gateway. */
export function createProofs(options: ProofOptions): Proofs {
  const { clock, ids } = options;
  const nonces = options.shared ?? createNonces(clock, ids);
  const usedUp = new UsedUp(options, nonces);
  /** A held call is identified again with the same request, whose proof is already used and may be too old. */
  const accepted = new WeakMap<IncomingMessage, string>();

  return {
    nonce: () => nonces.current(),
    async present(req, asker, target) {
      const { claims, thumbprint } = await readProof(proofHeader(req), presented.algorithms);
      const call = { ...target, method: req.method ?? "", ath: "", mayOmitAth: true };
      const { jti, issuedMs } = checkProofClaims(claims, call, presented, clock.now());
      await usedUp.add({ subject: asker, key: thumbprint, jti }, issuedMs, claims["nonce"], presented);
      return thumbprint;
    },
    async check(req, { subject, jkt }, target, rules) {
      if (accepted.get(req) === jkt) return false;
      const { claims, thumbprint } = await readProof(proofHeader(req), rules.algorithms);
      const now = clock.now();
      const { jti, issuedMs } = checkProofClaims(claims, { ...target, method: req.method ?? "" }, rules, now);
      if (thumbprint !== jkt) throw new Refusal("proof_key");
      const nonceIsOld = rules.nonce && (await checkNonce(claims["nonce"], nonces)) === "previous";
      await usedUp.add({ subject: principalKey(subject), key: thumbprint, jti }, issuedMs, claims["nonce"], rules);
      accepted.set(req, jkt);
      return nonceIsOld;
    },
  };
}

interface ProofOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Proofs that are remembered. */
  readonly max: number;
  /** Null where the store is a file. */
  readonly shared: SharedProofs | null;
}

class UsedUp {
  readonly #replay;
  readonly #forgotten: ForgottenProofs;
  readonly #nonces: Nonces;
  readonly #shared: SharedProofs | null;
  /** The longest lifetime of all issuers: a proof that one accepts may be replayed with another's token. */
  #heldMs = 0;

  constructor({ clock, max, shared }: ProofOptions, nonces: Nonces) {
    this.#replay = createReplayCache({ max, clock });
    this.#forgotten = new ForgottenProofs(clock);
    this.#nonces = nonces;
    this.#shared = shared;
  }

  /** @throws Refusal proof_replayed, proofs_exhausted, proof_nonce, store_unavailable */
  async add(
    proof: Omit<UsedProof, "lifetimeMs">,
    issuedMs: number,
    nonce: unknown,
    window: ProofWindow,
  ): Promise<void> {
    this.#heldMs = Math.max(this.#heldMs, refusedAfterMs(window));
    // After the wall clock was set back: a proof with a current nonce is new, or still in the replay memory.
    if (this.#forgotten.has(issuedMs) && !(await this.#nonces.isYoungerThan(nonce, this.#heldMs / 2)))
      throw new Refusal("proof_nonce");
    const used = { ...proof, lifetimeMs: this.#heldMs };
    this.#replay.use(used);
    this.#forgotten.used(issuedMs, this.#heldMs);
    await this.#shared?.use(used).catch((failure: unknown) => {
      // Refused as something to be tried again: where the others have not noted it, the same proof is good then.
      if (failure instanceof Refusal && failure.code === "store_unavailable") this.#replay.forget(used);
      throw failure;
    });
  }
}

async function checkNonce(nonce: unknown, nonces: Nonces): Promise<"current" | "previous"> {
  const found = typeof nonce === "string" ? await nonces.accepts(nonce) : "unknown";
  if (found !== "unknown") return found;
  throw new Refusal("proof_nonce");
}

/** The one DPoP header (RFC 9449 §4.3, step 1). */
function proofHeader(req: IncomingMessage): string {
  const value = firstHeader(req.rawHeaders, "dpop");
  if (value === undefined) throw new Refusal("token_proof_missing", { hint: "send the proof in one DPoP header" });
  if (typeof value !== "string" || timesSent(req.rawHeaders, "dpop") !== 1)
    throw invalid("there are several DPoP headers");
  return value;
}
