import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { CredentialValues, Draft } from "../draft.ts";
import { insecure } from "./channels.ts";
import { missingFile } from "./vault-credentials.ts";

type Values = Extract<CredentialValues, { provider: "aws" }>;

export function checkAwsCredentials({ credentials, folder }: Draft): Finding[] {
  return credentials.flatMap(([name, one]) =>
    one.provider === "aws"
      ? [...signer(one, ["credentials", name]), ...role(one, ["credentials", name, "role"], folder)]
      : [],
  );
}

/** A web identity is signed by nobody; everything else is. */
function signer({ keys, role: wanted }: Values, path: Path): Finding[] {
  const identity = wanted?.web_identity;
  if (keys === undefined && identity === undefined)
    return [{ path: [...path, "keys"], at: "value", message: "is required, but for a role with web_identity" }];
  if (keys !== undefined && identity !== undefined)
    return [{ path: [...path, "keys"], at: "key", message: "a role with web_identity needs no keys" }];
  return [];
}

function role({ role: wanted }: Values, path: Path, folder: string): Finding[] {
  if (wanted === undefined) return [];
  const findings = [
    ...missingFile(wanted.policy, [...path, "policy"], folder),
    ...missingFile(wanted.ca, [...path, "ca"], folder),
  ];
  if (wanted.sts !== undefined && insecure(wanted.sts)) {
    const message = "plain http beyond loopback lets others read along; use https";
    findings.push({ path: [...path, "sts"], at: "value", message });
  }
  if (wanted.web_identity === undefined) return findings;
  // AssumeRoleWithWebIdentity has no such parameters: its tags are claims of the token.
  const refused: [string, boolean][] = [
    ["tags", Object.keys(wanted.tags).length > 0],
    ["external_id", wanted.external_id !== undefined],
  ];
  const message = "STS takes this only from AssumeRole, not with a web identity";
  return [
    ...findings,
    ...refused.flatMap(([key, isGiven]) => (isGiven ? [{ path: [...path, key], at: "key" as const, message }] : [])),
  ];
}
