import { resolve } from "node:path";
import type { ServiceAwsSettings, ServiceCredentialSettings, ServiceOauthSettings } from "../domain/bundle-service.ts";
import type { ServiceValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import { keysOf } from "./resolve-aws-credential.ts";

type Credentials = ServiceValues["credentials"];

/** Null: requests carry none. */
export function resolveServiceCredential(values: ServiceValues, folder: string): ServiceCredentialSettings | null {
  const { bearer, oauth2, s3_signing: aws } = values.credentials;
  if (bearer !== undefined)
    return {
      kind: "bearer",
      scheme: bearer.scheme,
      reference: absoluteReference(bearer.token, folder),
      encoded: values.type === "oci",
    };
  if (oauth2 !== undefined) return oauthOf(oauth2, values, folder);
  return aws === undefined ? null : awsOf(aws, folder);
}

/** Address classes and authorities of the service hold for its authorization server too, as OPA has it. */
function oauthOf(
  oauth2: NonNullable<Credentials["oauth2"]>,
  { tls, allow_addresses, response_header_timeout_seconds: timeoutS }: ServiceValues,
  folder: string,
): ServiceOauthSettings {
  const {
    grant_type: grant,
    token_url: token,
    client_id: clientId,
    client_secret: secret,
    signing_key: key,
    scopes,
  } = oauth2;
  return {
    kind: "oauth2",
    grant,
    scopes,
    parameters: oauth2.additional_parameters,
    client: {
      issuer: token,
      endpoints: { token, revocation: null },
      clientId,
      clientAuth: grant === "jwt_bearer" ? "none" : key === undefined ? "basic" : "signed",
      secretReference: secret === undefined ? null : absoluteReference(secret, folder),
      addresses: new Set(allow_addresses),
      caFile: tls.ca_cert === undefined ? null : resolve(folder, tls.ca_cert),
      timeoutMs: timeoutS * 1_000,
    },
    assertion:
      key === undefined
        ? null
        : {
            algorithm: key.algorithm,
            keyReference: absoluteReference(key.private_key, folder),
            claims: oauth2.additional_claims,
          },
  };
}

function awsOf(values: NonNullable<Credentials["s3_signing"]>, folder: string): ServiceAwsSettings {
  const { region, service, environment_credentials: keys, web_identity_credentials: identity } = values;
  return {
    kind: "aws",
    region,
    service,
    keys: keys === undefined ? null : keysOf(keys, folder),
    role: identity === undefined ? null : roleOf(identity, region, folder),
  };
}

type Identity = NonNullable<NonNullable<Credentials["s3_signing"]>["web_identity_credentials"]>;

function roleOf(identity: Identity, region: string, folder: string): NonNullable<ServiceAwsSettings["role"]> {
  const { role_arn: arn, token, sts, allow_addresses, ca, timeout, duration } = identity;
  return {
    arn,
    durationS: duration / 1_000,
    timeoutMs: timeout,
    endpoint: sts ?? `https://sts.${region}.amazonaws.com`,
    sessionName: "subject",
    tags: new Map(),
    externalIdReference: null,
    policyFile: null,
    policyArns: [],
    webIdentityReference: absoluteReference(token, folder),
    addresses: new Set(allow_addresses),
    caFile: ca === undefined ? null : resolve(folder, ca),
  };
}
