import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBundleServices, policyReferences } from "../../../../gateway/config/checks/bundle-services.ts";
import { checkServiceKeys } from "../../../../gateway/config/checks/service-credentials.ts";
import { draftOf } from "../../../../gateway/config/draft.ts";
import { found, type Values } from "./found.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-service-credentials-"));
beforeAll(() => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(join(folder, "ec.pem"), privateKey.export({ format: "pem", type: "pkcs8" }));
  writeFileSync(join(folder, "none.pem"), "no key");
});
afterAll(() => rmSync(folder, { recursive: true }));

const service = (credentials: Values): Values => ({
  policy: { services: { acme: { url: "https://bundles.example.com", credentials } } },
});
const of = (credentials: Values): string[] => found(checkBundleServices, service(credentials), folder);

const secret = { token_url: "https://idp.example.com/token", client_id: "gate", client_secret: "env:SECRET" };
const { client_secret: _secret, ...unproven } = secret;
const signing_key = { private_key: "file:ec.pem", algorithm: "ES256" };
const identity = { role_arn: "arn:aws:iam::123456789012:role/bundles", token: "file:token" };
const s3 = (more: Values): Values => ({ s3_signing: { region: "eu-central-1", ...more } });

test("finds nothing in credentials that are whole, and knows their secrets", () => {
  const keys = { environment_credentials: { session_token: "env:SESSION" } };
  const whole = [{ oauth2: secret }, { oauth2: { ...unproven, signing_key } }, s3(keys)];
  expect([...whole, s3({ web_identity_credentials: identity })].flatMap(of)).toEqual([]);
  const known = (one: Values) => policyReferences(draftOf(service(one), folder)).map(({ value }) => value);
  expect(known({ oauth2: secret })).toEqual(["env:SECRET"]);
  expect(known(s3(keys))).toEqual(["env:AWS_ACCESS_KEY_ID", "env:AWS_SECRET_ACCESS_KEY", "env:SESSION"]);
  expect(known(s3({ web_identity_credentials: identity }))).toEqual(["file:token"]);
});

test.each<[string, Values, string]>([
  ["two credentials", { bearer: { token: "env:T" }, oauth2: secret }, "oauth2 (key): stands beside another credential"],
  ["a client without a proof", { oauth2: unproven }, "client_secret (value): is required, or signing_key"],
  ["a grant without a key", { oauth2: { ...secret, grant_type: "jwt_bearer" } }, "signing_key (value): is required"],
  ["a client with two", { oauth2: { ...secret, signing_key } }, "signing_key (key): stands beside client_secret"],
  [
    "a token that others can read",
    { oauth2: { ...secret, token_url: "http://idp.example.com" } },
    "token_url (value): plain http",
  ],
  [
    "claims of nothing",
    { oauth2: { ...secret, additional_claims: { a: 1 } } },
    "additional_claims (key): has no effect",
  ],
  [
    "a key in the file",
    { oauth2: { ...unproven, signing_key: { private_key: "-----BEGIN" } } },
    "private_key (value): a key must not stand here",
  ],
  ["no keys", s3({}), "environment_credentials (value): is required, or web_identity_credentials"],
  [
    "two kinds of keys",
    s3({ environment_credentials: {}, web_identity_credentials: identity }),
    "web_identity_credentials (key): stands beside environment_credentials",
  ],
  [
    "an STS that others can read",
    s3({ web_identity_credentials: { ...identity, sts: "http://sts.example.com" } }),
    "sts (value): plain http",
  ],
])("finds %s", (_what, credentials, message) => {
  expect(of(credentials)).toEqual([expect.stringContaining(message)]);
});

test.each<[string, Values, RegExp | null]>([
  ["takes a key that fits", signing_key, null],
  [
    "finds a key for another algorithm",
    { ...signing_key, algorithm: "RS256" },
    /is no key for RS256, which needs an RSA key/,
  ],
  ["finds what is no key", { private_key: "file:none.pem" }, /is no private key in PEM$/],
  ["finds a file that is not there", { private_key: "file:gone.pem" }, /gone\.pem cannot be read \(ENOENT\)$/],
])("%s", (_what, key, message) => {
  const problems = found(checkServiceKeys, service({ oauth2: { ...unproven, signing_key: key } }), folder);
  expect(problems).toEqual(message === null ? [] : [expect.stringMatching(message)]);
});
