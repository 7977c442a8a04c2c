import type { AuthorizationCode } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import { namesRoute, routeOf } from "../authorization-request.ts";
import type { OAuthRequest, AuthorizeDeps } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { endGrant } from "./end-grant.ts";
import { assertNotEnded, rolesToday } from "./standing.ts";
import { digestOf, giveTokens } from "./tokens.ts";

const verifierForm = /^[A-Za-z0-9._~-]{43,128}$/;

/**
 * A code for tokens (RFC 6749 §4.1.3). It is used up by the first who brings it, whatever they bring it with; that it comes again
 * means that two have it, and ends what the first one got.
 * @param jkt thumbprint of the key that the client has shown; null for none
 * @throws OauthError invalid_grant, invalid_target
 */
export async function redeemCode(
  { parameters }: OAuthRequest,
  client: string,
  jkt: string | null,
  deps: AuthorizeDeps,
): Promise<JsonObject> {
  const { store, clock, logger } = deps;
  const sent = parameters.get("code");
  if (sent === undefined) throw new OauthError("invalid_request", "code is missing");
  const taken = await store.takeCode(digestOf(sent), clock.now());
  if (taken.state === "reused")
    await endGrant(taken.grant, { reason: "its code was used twice", by: "authorization server" }, deps);
  if (taken.state !== "fresh") throw new OauthError("invalid_grant", "the code is unknown, expired or used");
  const { code } = taken;
  assertSameRequest(code, parameters, client, deps);
  const grant = { ...code.grant, jkt: boundKey(code, jkt) };
  await assertNotEnded(grant, deps);
  const roles = await rolesToday(grant, deps);
  logger.info("authorize: a client got tokens", { client, person: grant.person.subject, route: grant.route });
  return store.atomically(async () => {
    // Who brought the code again was quicker.
    if (!(await store.addGrant(grant))) throw new OauthError("invalid_grant", "the code was used twice");
    return giveTokens({ grant, roles, refreshable: code.refreshable }, deps);
  });
}

function assertSameRequest(
  { grant, redirectUri, challenge }: AuthorizationCode,
  parameters: OAuthRequest["parameters"],
  client: string,
  { routes }: Pick<AuthorizeDeps, "routes">,
): void {
  if (grant.client.id !== client) throw new OauthError("invalid_grant", "the code was given to another client");
  const sentBackTo = parameters.get("redirect_uri");
  if (sentBackTo !== undefined && sentBackTo !== redirectUri)
    throw new OauthError("invalid_grant", "redirect_uri is not the one that the code was sent to");
  const verifier = parameters.get("code_verifier") ?? "";
  if (!verifierForm.test(verifier) || digestOf(verifier) !== challenge)
    throw new OauthError("invalid_grant", "code_verifier does not fit the code");
  assertSameRoute(parameters.get("resource"), grant.route, routes);
}

/** RFC 8707 §2.2: only what was agreed to. @throws OauthError invalid_target */
export function assertSameRoute(resource: string | undefined, route: string, routes: AuthorizeDeps["routes"]): void {
  if (resource === undefined) return;
  const agreed = routes.find(({ id }) => id === route);
  if (agreed === undefined || !namesRoute(resource, agreed))
    throw new OauthError("invalid_target", `the person agreed to another server than ${routeOf(resource, routes).id}`);
}

/** A code for a key is worth nothing without it (RFC 9449 §10). */
function boundKey({ grant }: AuthorizationCode, jkt: string | null): string | null {
  if (grant.jkt !== null && grant.jkt !== jkt)
    throw new OauthError("invalid_grant", "the code is for another key: send its DPoP proof");
  return jkt;
}
