import { join, resolve } from "node:path";
import type { IssuerConfig, KeySource } from "./config.ts";
import type { IssuerValues } from "./draft.ts";

export function resolveIssuer(values: IssuerValues, folder: string, dataDir: string): IssuerConfig {
  return {
    id: values.id,
    issuer: values.issuer ?? `urn:sallyport:development:${values.id}`,
    development: values.development,
    keys: values.development
      ? { kind: "file", path: developmentKeyFile(dataDir, values.id) }
      : keySource(values, folder),
    algorithms: values.development ? ["ES256"] : values.algorithms,
    maxLifetimeMs: values.max_lifetime,
    clockSkewMs: values.clock_skew,
    subjectType: values.subject,
    claims: {
      roles: values.claims.roles,
      scopes: values.claims.scopes,
      session: values.claims.session,
      purpose: values.claims.purpose,
      client: values.claims.client,
      actingFor: values.claims.acting_for ?? null,
    },
  };
}

/** Where the private key of a development issuer lives. */
function developmentKeyFile(dataDir: string, id: string): string {
  return join(dataDir, `issuer-${id}.jwk.json`);
}

function keySource({ jwks }: IssuerValues, folder: string): KeySource {
  if (jwks?.file !== undefined) return { kind: "file", path: resolve(folder, jwks.file) };
  if (jwks?.url === undefined) throw new Error("an issuer without keys passed the checks");
  return {
    kind: "url",
    url: jwks.url,
    refreshMs: jwks.refresh,
    cooldownMs: jwks.cooldown,
    staleMs: jwks.stale,
    timeoutMs: jwks.timeout,
  };
}
