import { nameSpace } from "../../domain/authorization.ts";
import { Refusal } from "../../domain/errors.ts";
import type { AuthorizationGrant } from "../../domain/ports.ts";
import { checkClaims } from "../../identify/token/claims.ts";
import { readCompactJws, verifyStatement } from "../../identify/token/verify-jwt.ts";
import type { JsonObject } from "../../lib/json.ts";
import { isDeceptive } from "../../lib/look-alike.ts";
import { routeOf } from "../authorization-request.ts";
import type { OAuthRequest, AuthorizeDeps } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { mappedRoles } from "../person.ts";
import { assertNotEnded } from "./standing.ts";
import { digestOf, giveTokens } from "./tokens.ts";

/** RFC 7523 §2.1 */
export const assertionGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const maxLifetimeMs = 10 * 60_000;
const clockSkewMs = 30_000;

/**
 * The assertion of a trusted provider that this client may act for a person here (ID-JAG,
 * draft-ietf-oauth-identity-assertion-authz-grant §4): once, for the route that it names. There is no refresh token: the provider is
 * asked again.
 * @throws OauthError invalid_grant, invalid_target, invalid_scope
 */
export async function exchangeAssertion(
  { parameters }: OAuthRequest,
  client: string,
  jkt: string | null,
  deps: AuthorizeDeps,
): Promise<JsonObject> {
  const sent = parameters.get("assertion");
  if (sent === undefined) throw new OauthError("invalid_request", "assertion is missing");
  const claims = await verified(sent, client, deps);
  const { store, clock, ids, settings, logger } = deps;
  const route = routeOf(textIn(claims, "resource"), deps.routes);
  const now = clock.now();
  const grant: AuthorizationGrant = {
    id: ids.make("g"),
    client: { id: client, name: client },
    jkt,
    agreedAt: now,
    vouchedAt: issuedAt(claims, now),
    person: personIn(claims, deps),
    scopes: rolesIn(claims, parameters.get("scope"), deps),
    route: route.id,
    audience: route.audience,
    endsAt: now + settings.accessMs,
  };
  await assertNotEnded(grant, deps);
  await store.purge(now);
  await useOnce(claims, deps);
  logger.info("authorize: an assertion was exchanged", { client, person: grant.person.subject, route: route.id });
  return store.atomically(async () => {
    await store.addGrant(grant);
    return giveTokens({ grant, roles: grant.scopes, refreshable: false }, deps);
  });
}

async function verified(sent: string, client: string, deps: AuthorizeDeps): Promise<JsonObject> {
  const { settings, assertionIssuers, clock } = deps;
  try {
    const jws = readCompactJws(sent);
    const { iss } = jws.payload;
    const trusted = settings.assertions.find(({ issuer }) => issuer === iss);
    const keys = assertionIssuers.get(String(iss));
    if (trusted === undefined || keys === undefined) throw refused("its issuer is not trusted here");
    const rules = { types: new Set(["oauth-id-jag+jwt"]), untyped: false, what: "an identity assertion (ID-JAG)" };
    const claims = await verifyStatement(jws, { ...rules, algorithms: trusted.algorithms }, keys.keySet);
    // The audience is this server alone: one for several could be carried on by any of them.
    if (Array.isArray(claims["aud"])) throw refused("its aud must be one text");
    checkClaims(claims, { audience: settings.issuer, maxLifetimeMs, clockSkewMs }, clock.now());
    if (claims["client_id"] !== client) throw refused("it was made for another client");
    if (trusted.clients !== null && !trusted.clients.has(client)) throw refused("this client may not present it");
    return claims;
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || thrown.status >= 500) throw thrown;
    const audience = thrown.code === "token_audience";
    throw refused(audience ? "its aud is not this server" : (thrown.hint ?? thrown.code), thrown);
  }
}

/** An event after which its provider would not have given it counts. */
function issuedAt({ iat }: JsonObject, now: number): number {
  return typeof iat === "number" ? Math.min(iat * 1_000, now) : now;
}

/** `jti` once, for as long as it could come again. */
async function useOnce(claims: JsonObject, { store, clock }: AuthorizeDeps): Promise<void> {
  const jti = textIn(claims, "jti");
  const expiresAt = Number(claims["exp"]) * 1_000 + clockSkewMs + 1_000;
  const key = digestOf(JSON.stringify(["assertion", claims["iss"] ?? null, jti]));
  if (!(await store.useOnce(key, expiresAt, clock.now()))) throw refused("it was used before");
}

function personIn(claims: JsonObject, { settings }: AuthorizeDeps): AuthorizationGrant["person"] {
  const [iss, sub] = [textIn(claims, "iss"), textIn(claims, "sub")];
  return { subject: nameSpace(iss, settings) + sub, name: sub, account: null, by: iss };
}

/** Its scopes, each by the mapping or as the role that it names, as far as the client asks for them. */
function rolesIn(claims: JsonObject, scope: string | undefined, { settings }: AuthorizeDeps): readonly string[] {
  const words = (text: unknown): string[] =>
    typeof text === "string" ? text.split(" ").filter((word) => word !== "") : [];
  const stated = words(claims["scope"]);
  const given = [...mappedRoles(stated, settings), ...stated.filter((one) => settings.allRoles.includes(one))];
  const wanted = words(scope);
  const roles = [...new Set(given)].filter((role) => wanted.length === 0 || wanted.includes(role));
  if (roles.length === 0) throw new OauthError("invalid_scope", "the assertion has no scope that gives a role here");
  return roles.toSorted();
}

function textIn(claims: JsonObject, name: string): string {
  const value = claims[name];
  if (typeof value !== "string" || value === "" || value.length > 500 || isDeceptive(value) || /\p{C}/u.test(value))
    throw refused(`its ${name} is missing, or no plain text`);
  return value;
}

function refused(what: string, cause?: unknown): OauthError {
  return new OauthError("invalid_grant", `the assertion is refused: ${what}`, { cause });
}
