import { resolve } from "node:path";
import type { CredentialPlace } from "../domain/credential.ts";
import type {
  ClientCredentialsCredential,
  IdJagCredential,
  OauthClient,
  SignedJwtCredential,
  SubjectToken,
  TokenExchangeCredential,
} from "../domain/oauth-credential.ts";
import type { CredentialValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import type { CredentialContext } from "./resolve-credentials.ts";
import { resolveSigningKey } from "./resolve-vault-credential.ts";

type Values<Provider> = Extract<CredentialValues, { readonly provider: Provider }>;
type ClientValues = Values<"id_jag">["identity_provider"];

export function resolveClientCredentials(
  name: string,
  place: CredentialPlace,
  values: Values<"client_credentials">,
  folder: string,
): ClientCredentialsCredential {
  const { provider, scopes, resource = null, audience = null } = values;
  return { provider, name, place, client: clientOf(values, folder), scopes, resource, audience };
}

export function resolveTokenExchange(
  name: string,
  place: CredentialPlace,
  values: Values<"token_exchange">,
  folder: string,
): TokenExchangeCredential {
  const { provider, scopes, resource = null, audience = null, actor } = values;
  const subjectToken = subjectTokenOf(values.subject_token, "access_token");
  return { provider, name, place, client: clientOf(values, folder), scopes, resource, audience, actor, subjectToken };
}

export function resolveIdJag(
  name: string,
  place: CredentialPlace,
  values: Values<"id_jag">,
  folder: string,
): IdJagCredential {
  const { provider, scopes, resource = null, subject_token: from, subject_token_type: type } = values;
  return {
    provider,
    name,
    place,
    scopes,
    resource,
    identityProvider: clientOf(values.identity_provider, folder),
    authorizationServer: clientOf(values.authorization_server, folder),
    subjectToken: type === undefined ? subjectTokenOf(from, "id_token") : { from, type: tokenTypes + type },
  };
}

export function resolveSignedJwt(
  name: string,
  place: CredentialPlace,
  values: Values<"signed_jwt">,
  context: Pick<CredentialContext, "vaults" | "folder">,
): SignedJwtCredential {
  const { provider, audience = null, ttl, key } = values;
  const signer = key === undefined ? null : resolveSigningKey(key, context);
  return { provider, name, place, audience, ttlS: Math.floor(ttl / 1_000), key: signer };
}

/** RFC 8693 §3. */
const tokenTypes = "urn:ietf:params:oauth:token-type:";

function subjectTokenOf(from: SubjectToken["from"], ofCaller: string): SubjectToken {
  return { from, type: tokenTypes + (from === "caller" ? ofCaller : "jwt") };
}

type PersonEndpoints = Values<"person">["endpoints"];

/** The gateway as it is known to an authorization server. */
export function clientOf(
  values: Omit<ClientValues, "endpoints"> & { readonly endpoints?: ClientValues["endpoints"] | PersonEndpoints },
  folder: string,
): OauthClient {
  const { issuer, endpoints, client_id: clientId, client_secret: secret, client_auth: clientAuth = null } = values;
  return {
    issuer,
    clientId,
    clientAuth,
    timeoutMs: values.timeout,
    endpoints: endpoints === undefined ? null : { ...endpoints, revocation: endpoints.revocation ?? null },
    secretReference: secret === undefined ? null : absoluteReference(secret, folder),
    addresses: new Set(["public" as const, ...values.allow_addresses]),
    caFile: values.ca === undefined ? null : resolve(folder, values.ca),
  };
}
