import { checkVaultCredentials } from "../../../../gateway/config/checks/vault-credentials.ts";
import { found, type Values } from "./found.ts";

const vault = (changes: Values = {}): Values => ({
  address: "https://vault.example:8200",
  auth: { method: "approle", role_id: "r", secret_id: "env:SECRET_ID" },
  ...changes,
});
const kv = { path: "crm/prod" };
const of = (crm: Values, main: Values = {}): string[] =>
  found(checkVaultCredentials, {
    vaults: { main: vault(main) },
    credentials: { crm: { provider: "vault", vault: "main", ...crm } },
  });

test.each<[string, Values]>([
  ["a secret that is kept", { kv, template: "{api_key}" }],
  ["a secret that is made", { dynamic: { path: "database/creds/reader" }, template: "{username}:{password}" }],
  ["a secret that is decrypted", { transit: { key: "agents", ciphertext: "env:SEALED" } }],
])("accepts %s", (_what, values) => {
  expect(of(values)).toEqual([]);
});

test("wants one source, a vault that there is, and a text with a field in it", () => {
  expect(of({ template: "none" })).toEqual([
    "credentials.crm (value): needs one of kv, dynamic, transit: where its secret comes from",
    "credentials.crm.template (value): has no field of the secret in it, such as {api_key}",
  ]);
  expect(of({ vault: "other", kv, dynamic: { path: "database/creds/reader" } })).toEqual([
    "credentials.crm.dynamic (key): a credential has one source; kv is given already",
    "credentials.crm.vault (value): no vault is named other",
    'credentials.crm.template (value): is required: what is sent, such as "{api_key}"',
  ]);
});

test("wants a vault that there is for a key that signs", () => {
  const signing = (name: string) =>
    found(checkVaultCredentials, {
      vaults: { main: vault() },
      credentials: { crm: { provider: "signed_jwt", key: { vault: name, name: "calls" } } },
    });
  expect([signing("main"), signing("other")]).toEqual([
    [],
    ["credentials.crm.key.vault (value): no vault is named other"],
  ]);
});

test("refuses plain http beyond loopback, and a file that is not there", () => {
  const message = "vaults.main.address (value): plain http beyond loopback lets others read along; use https";
  expect(of({ kv, template: "{a}" }, { address: "http://vault.example:8200", ca: "none.pem" })).toEqual([
    message,
    "vaults.main.ca (value): no such file: none.pem",
  ]);
  expect(of({ kv, template: "{a}" }, { address: "http://127.0.0.1:8200" })).toEqual([]);
});
