import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../../gateway/config/read-config.ts";
import type { CredentialConfig } from "../../../gateway/domain/credential.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-oauth-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function resolved(text: string, beside = ""): CredentialConfig | undefined {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(
    file,
    `version: 1\npolicy: { source: . }\nissuers: [{ id: dev, development: true }]\ncredentials: { crm: { ${text} } }\n${beside}\n`,
  );
  return readConfig(file, { secrets: false }).credentials.get("crm");
}

const client = 'issuer: "https://idp.example", client_id: gw, client_secret: "file:secret"';
const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;

test("client credentials have what they are asked with, and Bearer in the header authorization", () => {
  expect(resolved(`provider: client_credentials, ${client}, scopes: [read], timeout: 2s`)).toEqual({
    provider: "client_credentials",
    name: "crm",
    scopes: ["read"],
    resource: null,
    audience: null,
    place: { in: "header", name: "authorization", prefix: "Bearer " },
    client: {
      issuer: "https://idp.example",
      endpoints: null,
      clientId: "gw",
      clientAuth: null,
      timeoutMs: 2_000,
      secretReference: `file:${join(folder, "secret")}`,
      addresses: new Set(["public"]),
      caFile: null,
    },
  });
});

test("a header of another name has no prefix unless one is given", () => {
  const place = (more: string) => resolved(`provider: signed_jwt, ${more}`)?.place;
  expect(place("header: X-Token")).toEqual({ in: "header", name: "x-token", prefix: "" });
  expect(place('header: X-Token, prefix: "Bearer "')).toEqual({ in: "header", name: "x-token", prefix: "Bearer " });
  expect(place("body: /auth/token")).toEqual({ in: "body", pointer: "/auth/token", prefix: "" });
});

test.each([
  ["", { from: "caller", type: tokenType("access_token") }],
  [", subject_token: signed", { from: "signed", type: tokenType("jwt") }],
])("a token exchange has the type of its subject token: %s", (more, subjectToken) => {
  const found = resolved(`provider: token_exchange, ${client}${more}`);
  expect(found).toMatchObject({ subjectToken, actor: "signed", audience: null });
});

test.each([
  ["", { from: "caller", type: tokenType("id_token") }],
  [", subject_token_type: access_token", { from: "caller", type: tokenType("access_token") }],
  [", subject_token: signed", { from: "signed", type: tokenType("jwt") }],
])("an identity assertion grant has the type of its subject token: %s", (more, subjectToken) => {
  const found = resolved(
    `provider: id_jag, identity_provider: { ${client} }, authorization_server: { ${client} }${more}`,
  );
  expect(found).toMatchObject({
    subjectToken,
    identityProvider: { clientId: "gw" },
    authorizationServer: { clientId: "gw" },
  });
});

test("a signed JWT has its time in seconds", () => {
  expect(resolved("provider: signed_jwt, ttl: 45s, audience: crm")).toMatchObject({
    ttlS: 45,
    audience: "crm",
    key: null,
  });
  const vaults = 'vaults: { main: { address: "https://vault.example", auth: { method: token, token: "env:T" } } }';
  expect(resolved("provider: signed_jwt, key: { vault: main, name: calls }", vaults)).toMatchObject({
    key: {
      mount: "transit",
      name: "calls",
      refreshMs: 30_000,
      leadMs: 300_000,
      server: { name: "main", address: "https://vault.example", timeoutMs: 5_000 },
    },
  });
});
