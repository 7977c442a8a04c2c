import { resolve } from "node:path";
import type { CredentialPlace } from "../domain/credential.ts";
import type { ConnectedAccountSettings, PersonCredential } from "../domain/person-credential.ts";
import type { CredentialValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import type { CredentialContext } from "./resolve-credentials.ts";
import type { ConfigValues } from "./schema.ts";

type Values = Extract<CredentialValues, { provider: "person" }>;

export function resolvePersonCredential(
  name: string,
  place: CredentialPlace,
  values: Values,
  { folder, issuers }: CredentialContext,
): PersonCredential {
  const { endpoints, client_secret: secret, issuers: named } = values;
  const trusted = issuers.filter(({ id }) => named === undefined || named.includes(id));
  return {
    ...{ provider: "person", name, place, label: values.label, issuer: values.issuer, clientId: values.client_id },
    endpoints: endpoints === undefined ? null : { ...endpoints, revocation: endpoints.revocation ?? null },
    secretReference: secret === undefined ? null : absoluteReference(secret, folder),
    clientAuth: values.client_auth ?? null,
    scopes: values.scopes,
    resource: values.resource ?? null,
    parameters: new Map(Object.entries(values.parameters)),
    trustedIssuers: new Set(trusted.map(({ issuer }) => issuer)),
    addresses: new Set(values.allow_addresses),
    caFile: values.ca === undefined ? null : resolve(folder, values.ca),
    timeoutMs: values.timeout,
  };
}

export function resolveConnectedAccounts(
  values: ConfigValues["connected_accounts"],
  folder: string,
): ConnectedAccountSettings | null {
  if (values === undefined) return null;
  const keys = Object.entries(values.keys).map(([id, key]) => [id, absoluteReference(key, folder)] as const);
  return { keys: new Map(keys), sealWith: values.seal_with, signInWithinMs: values.sign_in_within };
}
