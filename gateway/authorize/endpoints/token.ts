import { oauthPrefix } from "../../domain/authorization.ts";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { firstHeader } from "../../lib/request-headers.ts";
import { authenticateClient } from "../clients/authenticate.ts";
import { type Answer, type OAuthRequest, type AuthorizeDeps, jsonAnswer } from "../deps.ts";
import { assertionGrant, exchangeAssertion } from "../grants/assertion.ts";
import { redeemCode } from "../grants/code.ts";
import { refresh } from "../grants/refresh.ts";
import { OauthError } from "../oauth-error.ts";
import type { AuthorizeServices } from "../services.ts";

type Grant = (asked: OAuthRequest, client: string, jkt: string | null, deps: AuthorizeDeps) => Promise<JsonObject>;

const grants: ReadonlyMap<string, Grant> = new Map([
  ["authorization_code", redeemCode],
  ["refresh_token", refresh],
  [assertionGrant, exchangeAssertion],
]);

/** POST /oauth/token (RFC 6749 §3.2). @throws OauthError */
export async function giveToken(asked: OAuthRequest, { deps, proofs }: AuthorizeServices): Promise<Answer> {
  const grant = grants.get(asked.parameters.get("grant_type") ?? "");
  if (grant === undefined)
    throw new OauthError("unsupported_grant_type", `grant_type is one of ${[...grants.keys()].join(", ")}`);
  const client = await authenticateClient(asked, deps);
  const jkt = await shownKey(asked, { deps, proofs });
  const given = await grant(asked, client, jkt, deps);
  const { registration } = deps.settings;
  // A client that registered itself is kept for as long as it is used.
  if (registration !== null) await deps.registered.keepUntil(client, deps.clock.now() + registration.keptMs);
  return jsonAnswer(200, given);
}

/** The key that the client shows (RFC 9449 §5), which its tokens are bound to; null when it shows none. */
async function shownKey(
  { exchange, asker }: OAuthRequest,
  { deps, proofs }: Pick<AuthorizeServices, "deps" | "proofs">,
) {
  if (firstHeader(exchange.req.rawHeaders, "dpop") === undefined) return null;
  const target = { origin: deps.settings.issuer, path: `${oauthPrefix}/token` };
  try {
    return await proofs.present(exchange.req, asker, target);
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || thrown.status >= 500) throw thrown;
    if (thrown.code === "proof_nonce")
      throw new OauthError("use_dpop_nonce", "the proof needs this server's nonce", {
        headers: { "DPoP-Nonce": proofs.nonce() },
        cause: thrown,
      });
    throw new OauthError("invalid_dpop_proof", thrown.hint ?? thrown.code, { cause: thrown });
  }
}
