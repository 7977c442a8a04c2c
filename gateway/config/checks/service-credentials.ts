import { createPrivateKey, type KeyObject } from "node:crypto";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { misfit } from "../bundle-keys.ts";
import type { Draft, ServiceValues } from "../draft.ts";
import { parseReference, readText } from "../environment.ts";
import { insecure } from "./channels.ts";
import { missingFile } from "./vault-credentials.ts";

type Credentials = ServiceValues["credentials"];
type Oauth = NonNullable<Credentials["oauth2"]>;
type S3 = NonNullable<Credentials["s3_signing"]>;

/** A service gets one credential, which is whole. */
export function credentialFindings({ bearer, oauth2, s3_signing: s3 }: Credentials, path: Path, folder: string) {
  const given = Object.entries({ bearer, oauth2, s3_signing: s3 }).filter(([, one]) => one !== undefined);
  const [, ...more] = given.map(([name]) => name);
  return [
    ...more.map((name) => at([...path, name], "stands beside another credential; a service gets one of them", "key")),
    ...(oauth2 === undefined ? [] : oauthFindings(oauth2, [...path, "oauth2"], folder)),
    ...(s3 === undefined ? [] : s3Findings(s3, [...path, "s3_signing"], folder)),
  ];
}

function oauthFindings(
  { grant_type: grant, token_url, client_secret, signing_key, additional_claims }: Oauth,
  path: Path,
  folder: string,
) {
  const findings: Finding[] = [];
  if (insecure(token_url))
    findings.push(at([...path, "token_url"], "plain http beyond loopback lets others read the token; use https"));
  if (grant === "jwt_bearer" && signing_key === undefined)
    findings.push(at([...path, "signing_key"], "is required: it signs the assertion that is the grant"));
  if (grant === "client_credentials" && client_secret === undefined && signing_key === undefined)
    findings.push(at([...path, "client_secret"], "is required, or signing_key"));
  if (client_secret !== undefined && signing_key !== undefined)
    findings.push(at([...path, "signing_key"], "stands beside client_secret; the client has one of them", "key"));
  if (signing_key === undefined && Object.keys(additional_claims).length > 0)
    findings.push(at([...path, "additional_claims"], "has no effect without signing_key", "key"));
  if (signing_key !== undefined && parseReference(signing_key.private_key, folder) === null) {
    const message = "a key must not stand here; keep it elsewhere and refer to it as env:NAME or file:PATH";
    findings.push(at([...path, "signing_key", "private_key"], message));
  }
  return findings;
}

function s3Findings(
  { environment_credentials: keys, web_identity_credentials: identity }: S3,
  path: Path,
  folder: string,
) {
  const findings: Finding[] = [];
  if ((keys === undefined) === (identity === undefined))
    findings.push(
      at(
        [...path, keys === undefined ? "environment_credentials" : "web_identity_credentials"],
        keys === undefined ? "is required, or web_identity_credentials" : "stands beside environment_credentials",
        keys === undefined ? "value" : "key",
      ),
    );
  const place = [...path, "web_identity_credentials"];
  if (identity?.sts !== undefined && insecure(identity.sts))
    findings.push(at([...place, "sts"], "plain http beyond loopback lets others read along; use https"));
  return [...findings, ...missingFile(identity?.ca, [...place, "ca"], folder)];
}

/** All but keys of several lines, which `checkServiceKeys` reads. */
export function credentialReferences({ bearer, oauth2, s3_signing: s3 }: Credentials, path: Path) {
  const { access_key_id: id, secret_access_key: secret, session_token: session } = s3?.environment_credentials ?? {};
  const references: readonly (readonly [string | undefined, Path])[] = [
    [bearer?.token, ["bearer", "token"]],
    [oauth2?.client_secret, ["oauth2", "client_secret"]],
    [id, ["s3_signing", "environment_credentials", "access_key_id"]],
    [secret, ["s3_signing", "environment_credentials", "secret_access_key"]],
    [session, ["s3_signing", "environment_credentials", "session_token"]],
    [s3?.web_identity_credentials?.token, ["s3_signing", "web_identity_credentials", "token"]],
  ];
  return references.flatMap(([value, place]) => (value === undefined ? [] : [{ value, path: [...path, ...place] }]));
}

/** Keys of services can be read now, and fit their algorithms. */
export function checkServiceKeys({ policy, folder }: Draft): Finding[] {
  return Object.entries(policy?.services ?? {}).flatMap(([name, { credentials }]) => {
    const key = credentials.oauth2?.signing_key;
    const reference = key === undefined ? null : parseReference(key.private_key, folder);
    if (key === undefined || reference === null) return [];
    const path = ["policy", "services", name, "credentials", "oauth2", "signing_key", "private_key"];
    try {
      const wanted = misfit(privateKey(readText(reference)), key.algorithm);
      return wanted === null ? [] : [at(path, `is no key for ${key.algorithm}, which needs ${wanted}`)];
    } catch (failure) {
      return [at(path, (failure as Error).message)];
    }
  });
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (failure) {
    throw new Error("is no private key in PEM", { cause: failure });
  }
}

const at = (path: Path, message: string, where: Finding["at"] = "value"): Finding => ({ path, at: where, message });
