import { join, resolve } from "node:path";
import type { IntrospectionSource, KeySource, SignatureAlgorithm } from "../domain/trusted-issuer.ts";
import type { IssuerConfig } from "./config.ts";
import type { IssuerValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";

export function resolveIssuer(values: IssuerValues, folder: string, dataDir: string): IssuerConfig {
  const issuer = issuerName(values);
  return {
    id: values.id,
    kind: values.kind,
    issuer,
    trust: values.kind === "jwt" ? issuer : `${values.kind}:${issuer}`,
    development: values.development,
    keys: values.development ? developmentKeys(dataDir, values.id) : keySource(values, folder),
    algorithms: algorithmsOf(values),
    maxLifetimeMs: values.max_lifetime,
    clockSkewMs: values.clock_skew,
    subjectType: values.subject,
    claims: {
      roles: values.claims.roles,
      scopes: values.claims.scopes,
      session: values.claims.session,
      purpose: values.claims.purpose,
      taskText: values.claims.task_text,
      owner: values.claims.owner,
      client: values.claims.client,
      task: values.claims.task ?? null,
      actingFor: values.claims.acting_for ?? null,
    },
    dpop: { algorithms: values.dpop.algorithms, maxAgeMs: values.dpop.max_age, nonce: values.dpop.nonce },
    introspection: introspectionOf(values, folder),
    bundleFile: values.bundle === undefined ? null : resolve(folder, values.bundle),
    workloads: Object.fromEntries(values.workloads.map(({ id, roles }) => [id, roles])),
  };
}

function issuerName({ id, issuer, trust_domain }: IssuerValues): string {
  if (trust_domain !== undefined) return `spiffe://${trust_domain}`;
  return issuer ?? `urn:sallyport:development:${id}`;
}

/** The file of the private key of a development issuer. */
function developmentKeys(dataDir: string, id: string): KeySource {
  return { kind: "file", path: join(dataDir, `issuer-${id}.jwk.json`) };
}

/** https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md#21-algorithm knows no EdDSA. */
function algorithmsOf({ development, kind, algorithms }: IssuerValues): readonly SignatureAlgorithm[] {
  if (development) return ["ES256"];
  return kind === "spiffe-jwt" ? algorithms.filter((one) => one !== "EdDSA") : algorithms;
}

function keySource({ kind, jwks }: IssuerValues, folder: string): KeySource {
  if (kind === "introspection" || kind === "spiffe-x509") return { kind: "none" };
  if (jwks === undefined) throw new Error("an issuer without keys passed the checks");
  return resolveKeys(jwks, folder);
}

export function resolveKeys(jwks: NonNullable<IssuerValues["jwks"]>, folder: string): KeySource {
  if (jwks.file !== undefined) return { kind: "file", path: resolve(folder, jwks.file) };
  if (jwks.url === undefined) throw new Error("a key set without a place passed the checks");
  return {
    kind: "url",
    url: jwks.url,
    refreshMs: jwks.refresh,
    cooldownMs: jwks.cooldown,
    staleMs: jwks.stale,
    timeoutMs: jwks.timeout,
  };
}

function introspectionOf({ introspection }: IssuerValues, folder: string): IntrospectionSource | null {
  if (introspection === undefined) return null;
  return {
    endpoint: introspection.endpoint,
    clientId: introspection.client_id,
    secretReference: absoluteReference(introspection.client_secret, folder),
    cacheMs: introspection.cache,
    timeoutMs: introspection.timeout,
    recheckMs: introspection.recheck,
    unansweredMs: introspection.unanswered,
  };
}
