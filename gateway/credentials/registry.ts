import { CredentialFailure } from "../domain/credential.ts";
import { Refusal } from "../domain/errors.ts";
import type {
  Clock,
  CredentialProvider,
  Credentials,
  CredentialWish,
  Finding,
  FindingSource,
  Logger,
  MadeCredential,
} from "../domain/ports.ts";
import type { Revocable } from "../domain/revocation.ts";

interface RegistryDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Shortest time between two log lines about one credential: while a provider is down every call fails. */
const logEveryMs = 1_000;

interface Trouble {
  readonly since: number;
  /** As the operator reads it. */
  readonly problem: string;
}

/**
 * All configured credentials by name. What a provider throws becomes a refusal with the credential's name; the reason is for the log
 * and for health alone.
 */
export class CredentialRegistry implements Credentials, FindingSource {
  readonly #providers: ReadonlyMap<string, CredentialProvider>;
  readonly #deps: RegistryDeps;
  readonly #down = new Map<string, Trouble>();
  readonly #loggedAt = new Map<string, number>();

  constructor(providers: ReadonlyMap<string, CredentialProvider>, deps: RegistryDeps) {
    this.#providers = providers;
    this.#deps = deps;
  }

  has(name: string): boolean {
    return this.#providers.has(name);
  }

  async obtain(name: string, wish: CredentialWish): Promise<MadeCredential> {
    const provider = this.#providers.get(name);
    if (provider === undefined)
      throw new Refusal("obligation_failed", { hint: `credential ${name} is not configured` });
    try {
      const made = await provider.obtain(wish);
      if (this.#down.size > 0 && this.#down.delete(name))
        this.#deps.logger.info("the credential can be obtained again", { credential: name });
      return made;
    } catch (thrown) {
      throw thrown instanceof Refusal ? thrown : this.#failed(name, thrown);
    }
  }

  async revoke(matches: (what: Revocable) => boolean): Promise<number> {
    const all = [...this.#providers.values()].map(async (provider) => (await provider.revoke?.(matches)) ?? 0);
    return (await Promise.all(all)).reduce((sum, one) => sum + one, 0);
  }

  count(matches: (what: Revocable) => boolean): number {
    return [...this.#providers.values()].reduce((sum, provider) => sum + (provider.count?.(matches) ?? 0), 0);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#providers.values()].map(async (provider) => provider.close?.()));
  }

  findings(): readonly Finding[] {
    return [...this.#down].map(([name, { since, problem }]) => ({
      name: "credential",
      problem: `the credential ${name} cannot be obtained since ${new Date(since).toISOString()}: ${problem}`,
      fix: `mend what it names, then try it with: sallyport credentials check ${name}`,
      severity: "degraded",
    }));
  }

  /** Nothing of what a provider throws is shown to callers: a library's message may quote what a server said. */
  #failed(name: string, thrown: unknown): Refusal {
    const { logger, clock } = this.#deps;
    const failure =
      thrown instanceof CredentialFailure ? thrown : new CredentialFailure("misconfigured", describe(thrown), thrown);
    // What was refused may have to do with this caller alone.
    if (failure.kind !== "refused" && !this.#down.has(name))
      this.#down.set(name, { since: clock.now(), problem: failure.message });
    const now = clock.monotonic();
    if (now - (this.#loggedAt.get(name) ?? Number.NEGATIVE_INFINITY) >= logEveryMs) {
      this.#loggedAt.set(name, now);
      const { kind, message: error } = failure;
      logger.warn("a credential could not be obtained; the call was not sent", { credential: name, kind, error });
    }
    return new Refusal("credential_unavailable", { hint: name, detail: failure.message });
  }
}

/** The kind of a fault, without its words. */
function describe(thrown: unknown): string {
  const { name, code } = thrown as { readonly name?: unknown; readonly code?: unknown };
  const known = [code, name].find((one) => typeof one === "string" && /^[\w-]{1,64}$/.test(one));
  return `the provider failed (${String(known ?? "unknown error")})`;
}
