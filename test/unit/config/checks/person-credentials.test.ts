import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPersonCredentials, checkSealingKeys } from "../../../../gateway/config/checks/person-credentials.ts";
import { found, issuer, type Values } from "./found.ts";

const person = (changes: Values = {}): Values => ({
  provider: "person",
  label: "Acme",
  issuer: "https://acme.example",
  client_id: "gateway",
  ...changes,
});
const whole = (changes: Values = {}): Values => ({
  issuers: [issuer()],
  listeners: { console: { login: { users: [{ name: "alice" }] } } },
  credentials: { acme: person() },
  connected_accounts: { keys: { k1: "env:KEY" }, seal_with: "k1" },
  ...changes,
});
const of = (changes: Values = {}): string[] => found(checkPersonCredentials, whole(changes));

test("accepts accounts of people where there are a console to connect them in and a key to seal them", () => {
  expect(of()).toEqual([]);
});

test("asks for keys and for a console that people sign in to", () => {
  expect(of({ connected_accounts: undefined, listeners: { console: {} } })).toEqual([
    "credentials.acme.provider (value): needs connected_accounts: the keys that seal the tokens of people",
    "credentials.acme.provider (value): needs listeners.console.login: people connect their accounts in the console",
  ]);
});

test("asks which issuers may say for whom calls are made, where there are several", () => {
  const issuers = [issuer(), issuer({ id: "partner", issuer: "https://partner.example" })];
  expect(of({ issuers })).toEqual([
    "credentials.acme.issuers (value): is required with several issuers: those whose tokens may say for which person a call is made",
  ]);
  const named = { credentials: { acme: person({ issuers: ["gateway"] }) } };
  expect(of({ ...named, authorization: {} })).toEqual([]);
  expect(of(named)).toEqual(["credentials.acme.issuers.0 (value): no issuer has the id gateway"]);
  expect(of({ issuers, credentials: { acme: person({ issuers: ["idp", "other"] }) } })).toEqual([
    "credentials.acme.issuers.1 (value): no issuer has the id other",
  ]);
});

test("refuses to seal with a key that is not there", () => {
  expect(of({ connected_accounts: { keys: { k1: "env:KEY" }, seal_with: "k2" } })).toEqual([
    "connected_accounts.seal_with (value): no key has the id k2",
  ]);
});

test("refuses a key that is none, without repeating it", () => {
  const folder = mkdtempSync(join(tmpdir(), "keys-"));
  writeFileSync(join(folder, "good"), Buffer.alloc(32, 7).toString("base64"));
  writeFileSync(join(folder, "short"), "canary");
  const keys = { good: "file:good", short: "file:short", missing: "file:none" };
  const values = whole({ connected_accounts: { keys, seal_with: "good" } });
  expect(found(checkSealingKeys, values, folder)).toEqual([
    "connected_accounts.keys.short (value): the secret there is not 32 random bytes in base64",
  ]);
  rmSync(folder, { recursive: true });
});
