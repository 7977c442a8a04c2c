import { CredentialFailure } from "../../domain/credential.ts";
import type { IdJagCredential } from "../../domain/oauth-credential.ts";
import type { CredentialProvider } from "../../domain/ports.ts";
import { ofCaller, parametersOf, scopeFor, tokenOf } from "./granted.ts";
import { AuthorizationServer, type OauthDeps } from "./server.ts";
import { mostMsOf, subjectTokenFor, tokenExchange, tokenTypes } from "./subject-token.ts";
import { TokenCache } from "./token-cache.ts";

const idJag = `${tokenTypes}id-jag`;
const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/**
 * Access at the authorization server of another domain, which trusts the same identity provider: that one vouches for the person in a
 * grant, and the other gives a token for it.
 * https://datatracker.ietf.org/doc/draft-ietf-oauth-identity-assertion-authz-grant/
 */
export function identityAssertionGrant(credential: IdJagCredential, deps: OauthDeps): CredentialProvider {
  const { place, scopes, subjectToken } = credential;
  const provider = new AuthorizationServer(credential.identityProvider, deps);
  const server = new AuthorizationServer(credential.authorizationServer, deps);
  const tokens = new TokenCache(deps.clock);

  /** The grant is used at once, and for one request. */
  async function assertionFor(
    subject: string,
    about: { scope: readonly string[]; resource: string | null },
  ): Promise<string> {
    const parameters = parametersOf({
      subject_token: subject,
      subject_token_type: subjectToken.type,
      requested_token_type: idJag,
      audience: server.issuer,
      ...about,
    });
    const { token, issuedType } = await provider.grant(tokenExchange, parameters);
    // Anything else would be a token of the provider's own, and is not handed to another server.
    if (issuedType !== idJag)
      throw new CredentialFailure("misconfigured", `${provider.issuer} gave another kind of token than the grant`);
    return token;
  }

  return {
    obtain: async (wish) => {
      const subject = subjectTokenFor(subjectToken, wish, provider);
      const about = { scope: scopeFor(wish, scopes), resource: wish.resource ?? credential.resource };
      const mostMs = mostMsOf(wish, subject, deps.clock.now());
      return tokens.get(ofCaller(wish, [subject.key, about, wish.ttlS]), async () => {
        const assertion = await assertionFor(subject.token, about);
        const granted = await server.grant(jwtBearer, parametersOf({ assertion }));
        return tokenOf(granted, { server, place, clock: deps.clock, mostMs });
      });
    },
    revoke: (matches) => tokens.revoke(matches),
    count: (matches) => tokens.count(matches),
  };
}
