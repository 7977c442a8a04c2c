import { CredentialFailure, type CredentialPlace, type StaticCredential } from "../domain/credential.ts";
import type { Clock, CredentialProvider, MadeCredential } from "../domain/ports.ts";
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
  let made = madeOf(value, place);
  let readAt = clock.monotonic();

  function readAgain(now: number): void {
    try {
      const read = secret(reference);
      if (read !== value) made = madeOf(read, place);
      value = read;
      readAt = now;
    } catch (failure) {
      throw new CredentialFailure("misconfigured", (failure as Error).message, failure);
    }
  }

  return {
    obtain: async () => {
      const now = clock.monotonic();
      if (now - readAt >= readAgainMs) readAgain(now);
      return made;
    },
  };
}

function madeOf(secret: string, place: CredentialPlace): MadeCredential {
  return { inject: [atPlace(place, secret)], secrets: [secret, ...insideBasic(place, secret)], expiresAt: null };
}

/** The name and password of HTTP Basic (RFC 7617), which a server knows without their encoding. */
function insideBasic({ prefix }: CredentialPlace, secret: string): string[] {
  if (prefix.trim().toLowerCase() !== "basic") return [];
  const pair = Buffer.from(secret, "base64").toString();
  return [pair, pair.slice(pair.indexOf(":") + 1)];
}
