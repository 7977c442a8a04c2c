import { authenticateClient } from "../clients/authenticate.ts";
import { type Answer, type OAuthRequest, jsonAnswer } from "../deps.ts";
import { endGrant } from "../grants/end-grant.ts";
import { digestOf } from "../grants/tokens.ts";
import { OauthError } from "../oauth-error.ts";
import type { AuthorizeServices } from "../services.ts";

/**
 * POST /oauth/revoke (RFC 7009): a client gives back a token of either kind, and all that stands on the same grant ends. The answer
 * says nothing of whether there was one. @throws OauthError invalid_client, invalid_request
 */
export async function revoke(asked: OAuthRequest, { deps }: AuthorizeServices): Promise<Answer> {
  const client = await authenticateClient(asked, deps);
  const token = asked.parameters.get("token");
  if (token === undefined) throw new OauthError("invalid_request", "token is missing");
  const digest = digestOf(token);
  const { store, clock } = deps;
  const grant = (await store.grantOf(digest)) ?? (await store.grantOfAccess(digest, clock.now()));
  if (grant !== null && grant.client.id === client)
    await endGrant(grant.id, { reason: "its client gave it back", by: client }, deps);
  return jsonAnswer(200, {});
}
