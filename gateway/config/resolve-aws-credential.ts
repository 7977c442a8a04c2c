import { resolve } from "node:path";
import type { AwsCredential, AwsKeys, AwsRole } from "../domain/aws-credential.ts";
import type { CredentialPlace } from "../domain/credential.ts";
import type { CredentialValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import type { CredentialContext } from "./resolve-credentials.ts";

type Values = Extract<CredentialValues, { provider: "aws" }>;

export function resolveAwsCredential(
  name: string,
  place: CredentialPlace,
  { region, service, keys, role }: Values,
  { folder }: CredentialContext,
): AwsCredential {
  const signer = { keys: keys === undefined ? null : keysOf(keys, folder), role: roleOf(role, region, folder) };
  return { provider: "aws", name, place, region, service, ...signer };
}

export function keysOf(keys: NonNullable<Values["keys"]>, folder: string): AwsKeys {
  return {
    accessKeyIdReference: absoluteReference(keys.access_key_id, folder),
    secretAccessKeyReference: absoluteReference(keys.secret_access_key, folder),
    sessionTokenReference: referenceOf(keys.session_token, folder),
  };
}

function roleOf(role: Values["role"], region: string, folder: string): AwsRole | null {
  if (role === undefined) return null;
  return {
    arn: role.arn,
    sessionName: role.session_name,
    durationS: role.duration / 1_000,
    tags: new Map(Object.entries(role.tags)),
    externalIdReference: referenceOf(role.external_id, folder),
    policyFile: role.policy === undefined ? null : resolve(folder, role.policy),
    policyArns: role.policy_arns,
    webIdentityReference: referenceOf(role.web_identity, folder),
    endpoint: role.sts ?? `https://sts.${region}.amazonaws.com`,
    addresses: new Set(role.allow_addresses),
    caFile: role.ca === undefined ? null : resolve(folder, role.ca),
    timeoutMs: role.timeout,
  };
}

function referenceOf(value: string | undefined, folder: string): string | null {
  return value === undefined ? null : absoluteReference(value, folder);
}
