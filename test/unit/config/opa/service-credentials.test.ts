import { resolve } from "node:path";
import { Section, type OpaNotes } from "../../../../gateway/config/opa/section.ts";
import { credentialsOf } from "../../../../gateway/config/opa/service-credentials.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

const variables = [
  "AWS_ACCESS_KEY_ID",
  "AWS_REGION",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_SESSION_TOKEN",
];
beforeEach(() => variables.forEach((name) => delete process.env[name]));
afterAll(() => variables.forEach((name) => delete process.env[name]));

function of(credentials: JsonObject, keys: JsonObject | null = null) {
  const notes: OpaNotes = { faults: [], ignored: [] };
  const known = () => (keys === null ? null : new Section(keys, ["keys"], notes));
  const values = credentialsOf(new Section(credentials, ["credentials"], notes), known);
  const told = (findings: OpaNotes["faults"]) => findings.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return { values, faults: told(notes.faults), ignored: told(notes.ignored) };
}

const token_url = "https://idp.example.com/token";

test("takes a client's secret, scopes and parameters", () => {
  const oauth2 = {
    token_url,
    client_id: "gate",
    client_secret: "${SECRET}",
    scopes: ["read"],
    grant_type: "client_credentials",
  };
  const { values, faults, ignored } = of({
    oauth2: { ...oauth2, additional_parameters: { audience: "a" }, additional_claims: { aud: "a" }, thumbprint: "00" },
  });
  expect(values).toEqual({
    oauth2: {
      grant_type: "client_credentials",
      token_url,
      client_id: "gate",
      client_secret: "env:SECRET",
      scopes: ["read"],
      additional_parameters: { audience: "a" },
    },
  });
  expect(faults).toEqual([]);
  expect(ignored).toEqual([
    "credentials.oauth2.additional_claims: is in no request without signing_key",
    "credentials.oauth2.thumbprint: is not supported and has no effect",
  ]);
});

test("takes the key that signs from keys, and the client from the claims where it has no other name", () => {
  const additional_claims = { sub: "gate", aud: "https://idp.example.com" };
  const { values, faults } = of(
    { oauth2: { token_url, signing_key: "own", additional_claims, include_jti_claim: true } },
    { own: { algorithm: "ES256", private_key: "${KEY}" }, other: { key: "x" } },
  );
  expect(values).toEqual({
    oauth2: {
      token_url,
      client_id: "gate",
      signing_key: { private_key: "env:KEY", algorithm: "ES256" },
      additional_claims,
    },
  });
  expect(faults).toEqual([]);
});

test("takes keys of AWS where its tools have them, as references", () => {
  Object.assign(process.env, { AWS_REGION: "eu-central-1", AWS_SESSION_TOKEN: "s3cret" });
  const { values, faults } = of({ s3_signing: { environment_credentials: {}, service: "execute-api" } });
  expect(values).toEqual({
    s3_signing: {
      region: "eu-central-1",
      service: "execute-api",
      environment_credentials: { session_token: "env:AWS_SESSION_TOKEN" },
    },
  });
  expect(faults).toEqual([]);
});

test("takes a web identity where there are no keys", () => {
  const role_arn = "arn:aws:iam::123456789012:role/bundles";
  Object.assign(process.env, { AWS_ROLE_ARN: role_arn, AWS_WEB_IDENTITY_TOKEN_FILE: "token" });
  const web_identity_credentials = { aws_region: "eu-west-1", aws_domain: "amazonaws.com.cn", session_name: "x" };
  const { values, faults, ignored } = of({ s3_signing: { environment_credentials: {}, web_identity_credentials } });
  expect(values).toEqual({
    s3_signing: {
      region: "eu-west-1",
      web_identity_credentials: {
        role_arn,
        token: `file:${resolve("token")}`,
        sts: "https://sts.eu-west-1.amazonaws.com.cn",
      },
    },
  });
  expect(faults).toEqual([]);
  expect(ignored).toEqual([
    "credentials.s3_signing.web_identity_credentials.session_name: is not supported and has no effect",
  ]);
});

test.each<[string, JsonObject, string]>([
  [
    "a secret in the file",
    { oauth2: { token_url, client_id: "g", client_secret: "s3cret" } },
    "client_secret: stands in the file",
  ],
  [
    "a key that is not there",
    { oauth2: { token_url, client_id: "g", signing_key: "k" } },
    "signing_key: is none of keys: there is none",
  ],
  ["no region", { s3_signing: { environment_credentials: {} } }, "environment_credentials: needs AWS_REGION"],
  ["no role", { s3_signing: { web_identity_credentials: { aws_region: "e" } } }, "needs the variable AWS_ROLE_ARN"],
  [
    "credentials of another kind",
    { s3_signing: { metadata_credentials: {} } },
    "is required, or web_identity_credentials",
  ],
  [
    "another signature",
    { s3_signing: { environment_credentials: {}, signature_version: "4a" } },
    "signature_version: is not supported",
  ],
])("refuses %s", (_what, credentials, message) => {
  const { faults, values } = of(credentials);
  expect(faults).toContainEqual(expect.stringContaining(message));
  expect(JSON.stringify([faults, values])).not.toContain("s3cret");
});
