import { resolve } from "node:path";
import { type AuthorizationSettings, oauthPrefix } from "../domain/authorization.ts";
import { gatewayIssuer } from "../domain/trusted-issuer.ts";
import { ownIssuerId, rolesOf } from "./authorized-here.ts";
import type { IssuerConfig } from "./config.ts";
import { absoluteReference } from "./environment.ts";
import { resolveKeys } from "./resolve-issuers.ts";
import { ownRoute } from "./resolve-own-routes.ts";
import type { RouteContext } from "./resolve-routes.ts";
import type { ConfigValues } from "./schema.ts";
import { formType } from "../lib/media-type.ts";

type AuthorizationValues = NonNullable<ConfigValues["authorization"]>;

/** null: the gateway is no authorization server. */
export function resolveAuthorization(values: ConfigValues, context: RouteContext): AuthorizationSettings | null {
  const { authorization } = values;
  const issuer = context.publicUrl;
  if (authorization === undefined || issuer === null) return null;
  const { folder } = context;
  const { documents, registration } = authorization;
  return {
    issuer,
    route: oauthRoute(issuer, context),
    signIn: signInOf(authorization, folder),
    roles: authorization.roles === undefined ? null : new Map(Object.entries(authorization.roles)),
    allRoles: rolesOf(values),
    clients: authorization.clients.map(({ id, name, redirect_uris, client_secret }) => ({
      id,
      name,
      redirectUris: redirect_uris,
      secretReference: client_secret === undefined ? null : absoluteReference(client_secret, folder),
    })),
    documents: documents.enabled
      ? {
          addresses: new Set(["public" as const, ...documents.allow_addresses]),
          caFile: documents.ca === undefined ? null : resolve(folder, documents.ca),
        }
      : null,
    registration: registration.enabled
      ? { perHour: registration.per_hour, keptMs: registration.kept, most: registration.most }
      : null,
    assertions: authorization.assertions.map(({ issuer: iss, jwks, algorithms, clients }) => ({
      issuer: iss,
      algorithms,
      keys: resolveKeys(jwks, folder),
      clients: clients === undefined ? null : new Set(clients),
    })),
    accessMs: authorization.access_token,
    refresh: { idleMs: authorization.refresh_idle, longestMs: authorization.refresh_longest },
  };
}

/** The gateway as one more issuer that its routes trust; its keys are in the store. */
export function ownIssuer({ issuer, accessMs }: AuthorizationSettings): IssuerConfig {
  return {
    ...gatewayIssuer,
    id: ownIssuerId,
    issuer,
    trust: issuer,
    keys: { kind: "own" },
    maxLifetimeMs: accessMs,
    // The agent is known by whom it works for: another client of the same person is no other principal.
    claims: { ...gatewayIssuer.claims, actingFor: "sub" },
    dpop: { algorithms: ["ES256", "EdDSA", "ES384", "PS256"], maxAgeMs: 60_000, nonce: false },
  };
}

function signInOf({ sign_in }: AuthorizationValues, folder: string): AuthorizationSettings["signIn"] {
  if (sign_in === undefined) return null;
  const { issuer, client_id, client_secret, scopes, claims, label } = sign_in;
  return {
    issuer,
    clientId: client_id,
    scopes,
    claims,
    secretReference: absoluteReference(client_secret, folder),
    label: label ?? new URL(issuer).host,
  };
}

const body = {
  maxBytes: 64 * 1024,
  limits: { maxDepth: 8, maxKeysPerObject: 64, maxKeys: 256, maxStringBytes: 32 * 1024 },
};

/** Pages of this origin alone may call it; `/oauth/token` and its like have rules of their own. */
function oauthRoute(issuer: string, context: RouteContext): AuthorizationSettings["route"] {
  return {
    ...ownRoute(
      {
        id: "oauth",
        prefix: oauthPrefix,
        protocol: "http",
        methods: ["GET", "POST"],
        audience: issuer,
        issuers: [],
        proof: { required: false },
        body,
      },
      context,
    ),
    body: { policy: "read", accept: ["application/json", formType], ...body },
    origins: [issuer],
  };
}
