import { Refusal } from "../../domain/errors.ts";
import type { Clock, Ids, ProofStore, StoredNonces } from "../../domain/ports.ts";
import { batched } from "../../lib/event-loop.ts";
import { nonceLifetimeMs, type Nonces, type NonceStanding } from "./nonces.ts";
import { proofId, type UsedProof } from "./replay.ts";

export interface SharedProofsDeps {
  readonly store: ProofStore;
  readonly clock: Pick<Clock, "monotonic">;
  readonly ids: Ids;
}

/** Nonces that were read less long ago are not read again for a proof that carries one of them. */
const readAgainMs = 10_000;
/** The store forgets a proof by its own clock, and so much later than its age refuses it by a gateway's. */
const marginMs = 10_000;

/**
 * Used proofs and nonces of all processes that share a store: a proof that one has accepted is refused by the others, and a nonce that
 * one has given is accepted by the others.
 */
export class SharedProofs implements Nonces {
  readonly #deps: SharedProofsDeps;
  readonly #use: (proof: { readonly id: string; readonly lifetimeMs: number }) => Promise<boolean>;
  #nonces: StoredNonces;
  #readAt: number;

  private constructor(deps: SharedProofsDeps, nonces: StoredNonces) {
    this.#deps = deps;
    this.#use = batched((proofs) => deps.store.use(proofs));
    this.#nonces = nonces;
    this.#readAt = deps.clock.monotonic();
  }

  static async open(deps: SharedProofsDeps): Promise<SharedProofs> {
    return new SharedProofs(deps, await read(deps, nonceLifetimeMs));
  }

  /** @throws Refusal proof_replayed, store_unavailable */
  async use(proof: UsedProof): Promise<void> {
    if (!(await this.#use({ id: proofId(proof), lifetimeMs: proof.lifetimeMs + marginMs })))
      throw new Refusal("proof_replayed");
  }

  current(): string {
    return this.#nonces.current;
  }

  async accepts(nonce: string): Promise<NonceStanding> {
    const isRecent = this.#deps.clock.monotonic() - this.#readAt < readAgainMs;
    if (!isRecent || this.#standing(nonce) === "unknown") await this.refresh();
    return this.#standing(nonce);
  }

  async isYoungerThan(nonce: unknown, ms: number): Promise<boolean> {
    await this.refresh(Math.min(ms, nonceLifetimeMs));
    return nonce === this.#nonces.current;
  }

  /** Reads the nonces that count now; one that is too old is replaced. Several times within its lifetime. */
  async refresh(renewMs = nonceLifetimeMs): Promise<void> {
    const readAt = this.#deps.clock.monotonic();
    this.#nonces = await read(this.#deps, renewMs);
    this.#readAt = readAt;
  }

  #standing(nonce: string): NonceStanding {
    const { current, before } = this.#nonces;
    if (nonce === current) return "current";
    return nonce === before ? "previous" : "unknown";
  }
}

function read({ store, ids }: SharedProofsDeps, renewMs: number): Promise<StoredNonces> {
  return store.nonces(ids.make("n"), renewMs, 2 * nonceLifetimeMs);
}
