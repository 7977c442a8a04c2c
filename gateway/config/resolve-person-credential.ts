import type { CredentialPlace } from "../domain/credential.ts";
import type { ConnectedAccountSettings, PersonCredential } from "../domain/person-credential.ts";
import type { CredentialValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import type { CredentialContext } from "./resolve-credentials.ts";
import { ownIssuer } from "./resolve-authorization.ts";
import { clientOf } from "./resolve-oauth-credentials.ts";
import type { ConfigValues } from "./schema.ts";

type Values = Extract<CredentialValues, { provider: "person" }>;

export function resolvePersonCredential(
  name: string,
  place: CredentialPlace,
  values: Values,
  { folder, issuers: others, authorization }: CredentialContext,
): PersonCredential {
  const { issuers: named, label, scopes } = values;
  const own = authorization === null ? [] : [ownIssuer(authorization)];
  const provider = authorization?.signIn?.issuer;
  const trusted = [...others, ...own].filter(({ id }) => named === undefined || named.includes(id));
  return {
    provider: "person",
    name,
    place,
    label,
    client: clientOf(values, folder),
    scopes,
    resource: values.resource ?? null,
    parameters: new Map(Object.entries(values.parameters)),
    trustedIssuers: new Set(trusted.map(({ issuer }) => issuer)),
    subjectsOf: new Map(provider === undefined ? [] : own.map(({ issuer }) => [issuer, provider])),
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
