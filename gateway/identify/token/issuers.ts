import { Refusal } from "../../domain/errors.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import { readSpiffeId } from "../../domain/subject.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import type { JsonObject } from "../../lib/json.ts";
import { openDevIssuer } from "../dev-issuer.ts";
import { createIntrospector, type IntrospectionIssuer } from "./introspection.ts";
import { createKeySet, type KeySet, type KeyTiming, loadKeys } from "./key-set.ts";
import type { JwtIssuer } from "./verify-jwt.ts";

/** Issuers of tokens by `trust`, each with the way to check what it issued. */
export type TokenIssuers = ReadonlyMap<string, JwtIssuer | IntrospectionIssuer>;

export interface IssuerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The secret behind a reference; read for each question, so that a rotated one counts. */
  readonly secret: (reference: string) => string;
}

/** Opens the issuers of tokens; those of certificates (spiffe-x509) are left out. */
export function tokenIssuers(issuers: readonly TrustedIssuer[], deps: IssuerDeps): TokenIssuers {
  return new Map(
    issuers
      .filter(({ kind }) => kind !== "spiffe-x509")
      .map((issuer) => [issuer.trust, openIssuer(issuer, deps)] as const),
  );
}

/**
 * The issuer that the route pins for these claims, before any of its keys is looked up.
 * A JWT-SVID is its trust domain's, whatever `iss` it has beside (JWT-SVID §3 gives `iss` no meaning).
 * @throws Refusal token_issuer_unknown
 */
export function pinnedIssuer(claims: JsonObject, route: Route, issuers: TokenIssuers): JwtIssuer | IntrospectionIssuer {
  const { iss, sub } = claims;
  const svid = readSpiffeId(sub);
  const names = [
    ...(typeof iss === "string" ? [iss, `introspection:${iss}`] : []),
    ...(svid === null ? [] : [`spiffe-jwt:spiffe://${svid.trustDomain}`]),
  ];
  for (const name of names) {
    const found = route.issuers.includes(name) ? issuers.get(name) : undefined;
    if (found !== undefined) return found;
  }
  throw new Refusal("token_issuer_unknown", {
    detail: `iss ${JSON.stringify(iss)?.slice(0, 200)} is not trusted by route ${route.id}`,
  });
}

/** The introspection issuer of a route for opaque tokens, which do not name their issuer; null when it has none. */
export function introspectionIssuer(route: Route, issuers: TokenIssuers): IntrospectionIssuer | null {
  for (const name of route.issuers) {
    const found = issuers.get(name);
    if (found !== undefined && "introspector" in found) return found;
  }
  return null;
}

function openIssuer(issuer: TrustedIssuer, deps: IssuerDeps): JwtIssuer | IntrospectionIssuer {
  const { introspection } = issuer;
  if (introspection === null) return { issuer, keySet: keySetOf(issuer, deps) };
  return { issuer, introspector: createIntrospector({ ...issuer, introspection }, deps) };
}

/** A key file is cheap to read again; the last good set stays in use while an editor has the file half-written. */
const fileTiming: KeyTiming = { refreshMs: 5000, cooldownMs: 1000, staleMs: 1_800_000 };

function keySetOf({ kind, issuer, development, keys }: TrustedIssuer, { clock, logger }: IssuerDeps): KeySet {
  const use = kind === "spiffe-jwt" ? "jwt-svid" : "sig";
  const deps = { clock, logger, issuer, use } as const;
  if (!development) return createKeySet(loadKeys(keys), keys.kind === "url" ? keys : fileTiming, deps);
  if (keys.kind !== "file") throw new Error(`the development issuer ${issuer} needs a key file`);
  const { publicKeys } = openDevIssuer(keys.path);
  return createKeySet(() => Promise.resolve(publicKeys), fileTiming, deps);
}
