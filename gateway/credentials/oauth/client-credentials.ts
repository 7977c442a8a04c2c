import type { ClientCredentialsCredential } from "../../domain/oauth-credential.ts";
import type { CredentialProvider } from "../../domain/ports.ts";
import { everybodysUse } from "../user-of.ts";
import { parametersOf, scopeFor, tokenOf } from "./granted.ts";
import { AuthorizationServer, type OauthDeps } from "./server.ts";
import { TokenCache } from "./token-cache.ts";

/** The gateway's own access, by the client credentials grant (RFC 6749 §4.4); all callers share its tokens. */
export function clientCredentials(credential: ClientCredentialsCredential, deps: OauthDeps): CredentialProvider {
  const { place, scopes, audience } = credential;
  const server = new AuthorizationServer(credential.client, deps);
  const tokens = new TokenCache(deps.clock);
  return {
    obtain: async (wish) => {
      const scope = scopeFor(wish, scopes);
      const resource = wish.resource ?? credential.resource;
      const mostMs = wish.ttlS === null ? null : wish.ttlS * 1_000;
      const key = JSON.stringify([scope, resource, mostMs]);
      return tokens.get({ key, asker: "", user: everybodysUse(wish) }, async () => {
        const granted = await server.grant("client_credentials", parametersOf({ scope, resource, audience }));
        return tokenOf(granted, { server, place, clock: deps.clock, mostMs });
      });
    },
    revoke: (matches) => tokens.revoke(matches),
    count: (matches) => tokens.count(matches),
  };
}
