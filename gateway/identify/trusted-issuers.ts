import { Refusal } from "../domain/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { openDevIssuer } from "./dev-issuer.ts";
import { createIntrospector, type Introspector } from "./introspection/introspector.ts";
import type { KeySet } from "./key-set.ts";
import { createKeySet } from "./key-set.ts";
import { loadKeys } from "./load-keys.ts";
import type { KeyTiming } from "./loaded-keys.ts";
import { readSpiffeId } from "../domain/spiffe-id.ts";
import type { KeySource, TrustedIssuer } from "./trusted-issuer.ts";

/** An issuer and the way to check what it issued. */
export type Checker =
  | { readonly issuer: TrustedIssuer; readonly keySet: KeySet }
  | { readonly issuer: TrustedIssuer; readonly introspector: Introspector };

export interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The secret behind a reference; read for each question, so that a rotated one counts. */
  readonly secret: (reference: string) => string;
}

/** By `trust`. Issuers of certificates check nothing that a token says. */
export function trustedIssuers(issuers: readonly TrustedIssuer[], around: Surroundings): ReadonlyMap<string, Checker> {
  return new Map(
    issuers
      .filter(({ kind }) => kind !== "spiffe-x509")
      .map((issuer) => [issuer.trust, checkerOf(issuer, around)] as const),
  );
}

/**
 * The issuer that the route pins for these claims, before any of its keys is looked up.
 * A JWT-SVID is its trust domain's, whatever `iss` it has beside (JWT-SVID §3 gives `iss` no meaning).
 */
export function pinned(claims: JsonObject, route: Route, checkers: ReadonlyMap<string, Checker>): Checker {
  const { iss, sub } = claims;
  const svid = readSpiffeId(sub);
  const names = [
    ...(typeof iss === "string" ? [iss, `introspection:${iss}`] : []),
    ...(svid === null ? [] : [`spiffe-jwt:spiffe://${svid.trustDomain}`]),
  ];
  for (const name of names) {
    const found = route.issuers.includes(name) ? checkers.get(name) : undefined;
    if (found !== undefined) return found;
  }
  throw new Refusal("token_issuer_unknown", {
    detail: `iss ${JSON.stringify(iss)?.slice(0, 200)} is not trusted by route ${route.id}`,
  });
}

/** The one issuer that a route asks about tokens which do not say whose they are; null when it has none. */
export function issuerToAsk(route: Route, checkers: ReadonlyMap<string, Checker>): Checker | null {
  for (const name of route.issuers) {
    const found = checkers.get(name);
    if (found?.issuer.kind === "introspection") return found;
  }
  return null;
}

function checkerOf(issuer: TrustedIssuer, around: Surroundings): Checker {
  const { introspection } = issuer;
  if (introspection === null) return { issuer, keySet: keySetOf(issuer, around) };
  return { issuer, introspector: createIntrospector({ ...issuer, introspection }, around) };
}

/** A key file is cheap to read again; an editor that leaves it half-written is outlived by the last good set. */
const fileTiming: KeyTiming = { refreshMs: 5000, cooldownMs: 1000, staleMs: 1_800_000 };

function keySetOf(issuer: TrustedIssuer, { clock, logger }: Surroundings): KeySet {
  const use = issuer.kind === "spiffe-jwt" ? ("jwt-svid" as const) : ("sig" as const);
  const surroundings = { clock, logger, issuer: issuer.issuer, use };
  if (!issuer.development) return createKeySet(loadKeys(issuer.keys), timingOf(issuer.keys), surroundings);
  const { publicKeys } = openDevIssuer(keyFileOf(issuer));
  return createKeySet(() => Promise.resolve(publicKeys), fileTiming, surroundings);
}

function timingOf(source: KeySource): KeyTiming {
  return source.kind === "url" ? source : fileTiming;
}

function keyFileOf(issuer: TrustedIssuer): string {
  if (issuer.keys.kind === "file") return issuer.keys.path;
  throw new Error(`the development issuer ${issuer.issuer} needs a key file`);
}
