import { offlineAccess } from "../../domain/authorization.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { OAuthRequest, AuthorizeDeps } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { assertSameRoute } from "./code.ts";
import { endGrant } from "./end-grant.ts";
import { assertNotEnded, rolesToday } from "./standing.ts";
import { digestOf, giveTokens } from "./tokens.ts";

/**
 * A refresh token for new tokens (RFC 6749 §6): it is used up, and its successor comes with them. One that comes again has been
 * copied: everything that stands on the same grant ends (RFC 9700 §4.14.2).
 * @param jkt thumbprint of the key that the client has shown; null for none
 * @throws OauthError invalid_grant, invalid_scope, invalid_target, temporarily_unavailable
 */
export async function refresh(
  { parameters }: OAuthRequest,
  client: string,
  jkt: string | null,
  deps: AuthorizeDeps,
): Promise<JsonObject> {
  const { store, clock } = deps;
  const sent = parameters.get("refresh_token");
  if (sent === undefined) throw new OauthError("invalid_request", "refresh_token is missing");
  const digest = digestOf(sent);
  const known = await store.grantOf(digest);
  if (known === null || known.client.id !== client) throw unusable();
  // A public client's refresh token is bound to its key (RFC 9449 §5): without it nothing is used up.
  if (known.jkt !== jkt) throw new OauthError("invalid_grant", "the refresh token is bound to another key, or to none");
  await assertNotEnded(known, deps);
  assertSameRoute(parameters.get("resource"), known.route, deps.routes);
  const today = await rolesToday(known, deps);
  const roles = narrowed(today, parameters.get("scope"));
  const taken = await store.takeRefresh(digest, client, clock.now());
  if (taken.state === "reused")
    await endGrant(known.id, { reason: "a refresh token was used twice", by: "authorization server" }, deps);
  if (taken.state !== "fresh") throw unusable();
  return store.atomically(async () => {
    // Who brought it again may have been quicker, and has ended the grant.
    if ((await store.grant(known.id, clock.now())) === null) throw unusable();
    return giveTokens({ grant: taken.grant, roles, refreshable: true }, deps);
  });
}

function unusable(): OauthError {
  return new OauthError("invalid_grant", "the refresh token is unknown, expired or used");
}

/** RFC 6749 §6: never more than before. */
function narrowed(roles: readonly string[], scope: string | undefined): readonly string[] {
  const wanted = (scope ?? "").split(" ").filter((one) => one !== "" && one !== offlineAccess);
  if (wanted.length === 0) return roles;
  const kept = roles.filter((role) => wanted.includes(role));
  if (kept.length > 0) return kept;
  throw new OauthError("invalid_scope", "none of these scopes was granted");
}
