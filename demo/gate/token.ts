import { dirname, join } from "node:path";
import { mintDevToken, openDevIssuer } from "../../gateway/identify/dev-issuer.ts";

export interface TokenFor {
  readonly sub: string;
  readonly role: string;
  readonly audience: string;
  /** The agent's session, to which history and labels belong. */
  readonly session?: string;
  /** The person acted for. */
  readonly actingFor?: string;
  /** Lifetime in seconds; an hour when nothing is said. */
  readonly ttl?: number;
}

const lifetimeS = 3600;

/**
 * Mints a token as `sallyport token mint` does, for a configuration written by this folder: development issuer `dev`,
 * data folder `data`.
 */
export function mintToken(
  configFile: string,
  { sub, role, audience, session, actingFor, ttl = lifetimeS }: TokenFor,
): string {
  const issuer = openDevIssuer(join(dirname(configFile), "data/issuer-dev.jwk.json"));
  return mintDevToken(
    { ...issuer, issuer: "urn:sallyport:development:dev" },
    {
      sub,
      roles: [role],
      audience,
      ttl,
      ...(session === undefined ? {} : { session }),
      ...(actingFor === undefined ? {} : { actingFor }),
    },
    Date.now(),
  );
}
