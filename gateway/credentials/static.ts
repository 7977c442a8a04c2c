import { CredentialFailure, type StaticCredential } from "../domain/credential.ts";
import type { Clock, CredentialProvider } from "../domain/ports.ts";
import { atPlace } from "./place.ts";

interface StaticDeps {
  readonly clock: Pick<Clock, "monotonic">;
  /** @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

/** How long a secret is used before it is read again: a rotated file counts within this time, and no call pays for the disk. */
const readAgainMs = 1_000;

/** A secret that somebody else keeps, the same for all calls. @throws Error when it cannot be read now */
export function staticCredential({ reference, place }: StaticCredential, deps: StaticDeps): CredentialProvider {
  const { clock, secret } = deps;
  let value = secret(reference);
  let readAt = clock.monotonic();

  function current(): string {
    const now = clock.monotonic();
    if (now - readAt < readAgainMs) return value;
    try {
      value = secret(reference);
    } catch (failure) {
      throw new CredentialFailure("misconfigured", (failure as Error).message, failure);
    }
    readAt = now;
    return value;
  }

  return {
    obtain: async () => {
      const text = current();
      return { inject: [atPlace(place, text)], secrets: [text], expiresAt: null };
    },
  };
}
