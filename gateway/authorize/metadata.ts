import { type AuthorizationSettings, oauthPrefix, offlineAccess } from "../domain/authorization.ts";
import { assertionGrant } from "./grants/assertion.ts";

/** The documents of the authorization server by path; it is the same on every host that leads here. */
export interface ServerMetadata {
  find(host: string, path: string): object | null;
}

/** RFC 8414 §3 and OpenID Connect Discovery 1.0 §4. */
const wellKnown = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/**
 * Authorization server metadata, at the root and, for clients that take a route's URL for the issuer, with the route's path behind it;
 * the issuer in it is the same everywhere.
 * @param prefixes of the routes
 */
export function serverMetadata(settings: AuthorizationSettings, prefixes: readonly string[]): ServerMetadata {
  const document = documentOf(settings);
  const paths = new Set(
    wellKnown.flatMap((path) => [path, ...prefixes.filter((prefix) => prefix !== "/").map((prefix) => path + prefix)]),
  );
  return { find: (_host, path) => (paths.has(path) ? document : null) };
}

function documentOf({ issuer, allRoles, clients, documents, registration, assertions }: AuthorizationSettings): object {
  const base = issuer + oauthPrefix;
  const secrets = clients.some(({ secretReference }) => secretReference !== null);
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    revocation_endpoint: `${base}/revoke`,
    jwks_uri: `${base}/jwks.json`,
    ...(registration === null ? {} : { registration_endpoint: `${base}/register` }),
    scopes_supported: [...allRoles, offlineAccess],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token", ...(assertions.length > 0 ? [assertionGrant] : [])],
    token_endpoint_auth_methods_supported: ["none", ...(secrets ? ["client_secret_basic", "client_secret_post"] : [])],
    revocation_endpoint_auth_methods_supported: [
      "none",
      ...(secrets ? ["client_secret_basic", "client_secret_post"] : []),
    ],
    code_challenge_methods_supported: ["S256"],
    client_id_metadata_document_supported: documents !== null,
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: ["ES256", "EdDSA", "ES384", "PS256"],
    ...(assertions.length > 0
      ? { authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"] }
      : {}),
    // OpenID Connect Discovery requires both; there are no ID tokens here.
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
}
