import type { AwsCredential, AwsKeys, AwsRole } from "../../domain/aws-credential.ts";
import { CredentialFailure } from "../../domain/credential.ts";
import type { Clock, CredentialProvider, CredentialWish, Logger, MadeCredential } from "../../domain/ports.ts";
import type { Revocable } from "../../domain/revocation.ts";
import { principalKey } from "../../domain/subject.ts";
import { Leases } from "../leases.ts";
import { userOf } from "../user-of.ts";
import { sessionNameOf, tagsOf } from "./session-facts.ts";
import { type AwsSecrets, signedHeaders, signingHeaders } from "./sign.ts";
import { Sts } from "./sts.ts";

export interface AwsProviderDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

/** Sessions of STS last no less. */
const shortestSessionS = 900;

/** Signs each request with the configured keys, or with those of a session that STS gives for the caller. @throws Error when a key cannot be read now */
export function awsCredential(credential: AwsCredential, deps: AwsProviderDeps): CredentialProvider {
  const keys = keyReader(credential.keys, deps);
  keys();
  if (credential.role === null) {
    return { obtain: async () => madeOf(credential, keys() as AwsSecrets, null, deps.clock) };
  }
  return sessionCredential(credential, credential.role, keys, deps);
}

function sessionCredential(
  credential: AwsCredential,
  role: AwsRole,
  keys: () => AwsSecrets | null,
  { clock, logger, secret }: AwsProviderDeps,
): CredentialProvider {
  const sts = new Sts(role, credential.region, { clock, secret, keys });
  // STS takes no session back: the gateway forgets it, and nobody else has ever had it.
  const sessions = new Leases({ renew: async () => 0, revoke: async () => undefined }, { clock, logger });
  return {
    async obtain(wish) {
      const tags = tagsOf(role, wish);
      const sessionName = sessionNameOf(role, wish);
      const durationS = Math.max(shortestSessionS, Math.min(role.durationS, wish.ttlS ?? role.durationS));
      const { fields, endsAt } = await sessions.obtain(
        {
          key: JSON.stringify([ownerOf(wish), sessionName, tags, wish.ttlS]),
          user: userOf(wish),
          ttlMs: wish.ttlS === null ? null : wish.ttlS * 1_000,
          within: null,
        },
        () => sts.session({ sessionName, tags, durationS }),
      );
      const secrets: AwsSecrets = {
        accessKeyId: fields.get("AccessKeyId") ?? "",
        secretAccessKey: fields.get("SecretAccessKey") ?? "",
        sessionToken: fields.get("SessionToken") ?? "",
      };
      return madeOf(credential, secrets, clock.now() + endsAt - clock.monotonic(), clock);
    },
    revoke: (matches: (what: Revocable) => boolean) => sessions.revoke(matches),
    count: (matches: (what: Revocable) => boolean) => sessions.count(matches),
    close: () => sessions.close(),
  };
}

/** No two callers share a session, whatever their names in AWS. */
function ownerOf({ subject, session, task }: CredentialWish): unknown[] {
  return [principalKey(subject), subject.actingFor?.id ?? null, subject.actorChain, session.id, session.trust, task];
}

function madeOf(
  { region, service }: AwsCredential,
  secrets: AwsSecrets,
  expiresAt: number | null,
  clock: Clock,
): MadeCredential {
  const { accessKeyId, secretAccessKey, sessionToken } = secrets;
  const texts = [accessKeyId, secretAccessKey, ...(sessionToken === null ? [] : [sessionToken])];
  return {
    inject: [],
    sign: {
      adds: signingHeaders,
      of(request) {
        const headers = signedHeaders(request, secrets, { region, service }, clock.now());
        const authorization = headers.at(-1) ?? "";
        return { headers, secrets: [authorization, authorization.slice(authorization.lastIndexOf("=") + 1)] };
      },
    },
    secrets: texts,
    expiresAt,
  };
}

/** How long keys are used before they are read again: rotated ones count within this time. */
const readAgainMs = 1_000;

/** Reads all parts of the keys together, so that no half of a rotation is used for long. @throws CredentialFailure, Error at the first reading */
function keyReader(keys: AwsKeys | null, { clock, secret }: AwsProviderDeps): () => AwsSecrets | null {
  if (keys === null) return () => null;
  const read = (): AwsSecrets => ({
    accessKeyId: secret(keys.accessKeyIdReference),
    secretAccessKey: secret(keys.secretAccessKeyReference),
    sessionToken: keys.sessionTokenReference === null ? null : secret(keys.sessionTokenReference),
  });
  let known = read();
  let readAt = clock.monotonic();
  return function current() {
    const now = clock.monotonic();
    if (now - readAt < readAgainMs) return known;
    try {
      known = read();
    } catch (failure) {
      throw new CredentialFailure("misconfigured", (failure as Error).message, failure);
    }
    readAt = now;
    return known;
  };
}
