import type { TokenExchangeCredential } from "../../domain/oauth-credential.ts";
import type { CredentialProvider, CredentialWish } from "../../domain/ports.ts";
import { addressOf } from "../signed-jwt.ts";
import { ofCaller, parametersOf, scopeFor, tokenOf } from "./granted.ts";
import { AuthorizationServer, type OauthDeps } from "./server.ts";
import { mostMsOf, subjectTokenFor, tokenExchange, tokenTypes } from "./subject-token.ts";
import { TokenCache } from "./token-cache.ts";

/** A token for the tool server in the place of the caller's (RFC 8693), with the gateway as the actor where that is configured. */
export function exchangedToken(credential: TokenExchangeCredential, deps: OauthDeps): CredentialProvider {
  const { place, scopes, subjectToken, actor } = credential;
  const server = new AuthorizationServer(credential.client, deps);
  const tokens = new TokenCache(deps.clock);

  function actorParameters(): Readonly<Record<string, string>> {
    if (actor === "none") return {};
    return { actor_token: server.assertion({ sub: server.clientId }), actor_token_type: `${tokenTypes}jwt` };
  }

  return {
    obtain: async (wish: CredentialWish) => {
      const subject = subjectTokenFor(subjectToken, wish, server);
      const about = {
        scope: scopeFor(wish, scopes),
        resource: wish.resource ?? credential.resource,
        audience: credential.audience ?? addressOf(wish.call.route),
      };
      const mostMs = mostMsOf(wish, subject, deps.clock.now());
      return tokens.get(ofCaller(wish, [subject.key, about, wish.ttlS]), async () => {
        const granted = await server.grant(
          tokenExchange,
          parametersOf({
            subject_token: subject.token,
            subject_token_type: subjectToken.type,
            ...actorParameters(),
            ...about,
            requested_token_type: `${tokenTypes}access_token`,
          }),
        );
        return tokenOf(granted, { server, place, clock: deps.clock, mostMs });
      });
    },
    revoke: (matches) => tokens.revoke(matches),
    count: (matches) => tokens.count(matches),
  };
}
