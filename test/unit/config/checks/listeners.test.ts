import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkExposure, checkLogin, checkTls } from "../../../../gateway/config/checks/listeners.ts";
import { selfSigned } from "../../../support/certificates.ts";
import { found, issuer, type Values } from "./found.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-listeners-"));
  const [one, other] = await Promise.all([selfSigned("one"), selfSigned("other")]);
  writeFileSync(join(folder, "cert.pem"), one.certPem);
  writeFileSync(join(folder, "key.pem"), one.keyPem);
  writeFileSync(join(folder, "other.pem"), other.keyPem);
});
afterAll(() => rmSync(folder, { recursive: true }));

const people = { kind: "local", users: [{ name: "dana", roles: ["approver"] }] };
const listeners = (agents: Values, web: Values = {}) => ({
  listeners: { agents: { port: 8700, ...agents }, console: { port: 8701, ...web } },
});

describe("what is open to other machines", () => {
  const of = (agents: Values, web: Values = {}, more: Values = {}): string[] =>
    found(checkExposure, { ...listeners(agents, web), ...more });

  test("is fine on loopback, and beyond it with a login and an address", () => {
    expect(of({}, {}, { issuers: [issuer({ issuer: undefined, jwks: undefined, development: true })] })).toEqual([]);
    expect(of({ host: "0.0.0.0", public_url: "https://gw.example" }, { host: "10.0.0.1", login: people })).toEqual([]);
  });

  test("is no console without a login", () => {
    expect(of({}, { host: "10.0.0.1" })).toEqual([
      "listeners.console.host (value): 10.0.0.1 is reachable from other machines and the console has no login; add login, or bind 127.0.0.1",
    ]);
  });

  test("is nothing with an issuer for development", () => {
    const issuers = [issuer(), issuer({ id: "dev", issuer: undefined, jwks: undefined, development: true })];
    expect(of({ host: "10.0.0.1" }, {}, { issuers })).toEqual([
      "issuers.1.development (value): a development issuer needs every listener on loopback, but one binds 10.0.0.1",
    ]);
  });

  test("has an address that can be called", () => {
    expect(of({ host: "0.0.0.0" }, { host: "::", login: people })).toEqual([
      "listeners.agents.host (value): 0.0.0.0 is no address that anyone can call; add public_url",
      "listeners.console.host (value): :: is no address that anyone can call; add public_url",
    ]);
  });

  test("has a port of its own, where one address would have to serve both", () => {
    const taken = "listeners.console.port (value): the agents listener already has port 8700";
    expect(of({}, { port: 8700 })).toEqual([taken]);
    expect(of({ host: "0.0.0.0", public_url: "https://gw.example" }, { port: 8700 })).toEqual([taken]);
    expect(of({ host: "127.0.0.2" }, { port: 8700 })).toEqual([]);
    expect(of({ port: 0 }, { port: 0 })).toEqual([]);
  });
});

describe("TLS of the agents listener", () => {
  const pair = { cert: "cert.pem", key: "key.pem" };
  const of = (agents: Values, more: Values = {}): string[] =>
    found(checkTls, { ...listeners(agents), ...more }, folder);

  test("is used with a pair that fits", () => {
    expect(of({ tls: pair })).toEqual([]);
    expect(of({ tls: { ...pair, client_ca: "cert.pem", request_client_certificate: true } })).toEqual([]);
  });

  test.each<[string, Values, string]>([
    ["a file that is not there", { tls: { ...pair, key: "gone.pem" } }, "tls.key (value): cannot be read: gone.pem"],
    [
      "authorities of certificates that nobody is asked for",
      { tls: { ...pair, client_ca: "cert.pem" } },
      "tls.client_ca (key): callers are not asked for a certificate; set request_client_certificate: true",
    ],
    [
      "a public URL without it",
      { tls: pair, public_url: "http://gw.example" },
      "public_url (value): this listener has tls, so callers reach it by https",
    ],
  ])("is refused with %s", (_what, agents, finding) => {
    expect(of(agents)).toEqual([`listeners.agents.${finding}`]);
  });

  test("is refused with the key of another certificate, without the text of the key", () => {
    expect(of({ tls: { ...pair, key: "other.pem" } })).toEqual([
      expect.stringMatching(
        /^listeners\.agents\.tls \(value\): certificate and key cannot be used together \(ERR_\w+\)$/,
      ),
    ]);
  });

  test("asks for certificates where workloads have to show one", () => {
    const mesh = {
      kind: "spiffe-x509",
      issuer: undefined,
      jwks: undefined,
      trust_domain: "example.org",
      bundle: "b.pem",
    };
    const missing =
      "issuers.0.kind (value): needs listeners.agents.tls with request_client_certificate: true; callers could not present a certificate";
    expect(of({ tls: pair }, { issuers: [issuer(mesh)] })).toEqual([missing]);
    expect(of({}, { issuers: [issuer(mesh)] })).toEqual([missing]);
    expect(of({ tls: { ...pair, request_client_certificate: true } }, { issuers: [issuer(mesh)] })).toEqual([]);
  });
});

describe("the console's login", () => {
  const provider = {
    kind: "oidc",
    issuer: "https://idp.example",
    client_id: "console",
    client_secret: "env:CONSOLE",
    roles: { payments: ["approver"] },
  };
  const of = (login: Values | undefined, web: Values = {}): string[] =>
    found(checkLogin, listeners({}, { ...(login === undefined ? {} : { login }), ...web })).map((line) =>
      line.replace("listeners.console.", ""),
    );

  test("is fine with people of its own, and with a provider", () => {
    expect(of(undefined)).toEqual([]);
    expect(of(people)).toEqual([]);
    expect(of(provider)).toEqual([]);
    expect(of(provider, { host: "0.0.0.0", public_url: "https://console.example" })).toEqual([]);
  });

  test("has at least one user, and nothing of a provider beside its own people", () => {
    expect(of({ kind: "local", users: [], client_id: "console" })).toEqual([
      "login.client_id (key): means nothing to a login of kind local",
      "login.users (value): needs at least one user",
    ]);
  });

  test("says all that a provider has to know", () => {
    expect(of({ kind: "oidc" })).toEqual(
      ["issuer", "client_id", "client_secret", "roles"].map(
        (option) => `login.${option} (value): is required for kind oidc`,
      ),
    );
  });

  test.each<[string, Values, Values, string]>([
    ["no roles", { roles: {} }, {}, "login.roles (value): maps no value to a role, so nobody could sign in"],
    [
      "no openid",
      { scopes: ["email"] },
      {},
      "login.scopes (value): needs openid, or the provider says nothing about who signs in",
    ],
    [
      "a provider in plain text",
      { issuer: "http://idp.example" },
      {},
      "login.issuer (value): plain http beyond loopback lets others sign in as any person; use https",
    ],
    [
      "a port that nobody knows beforehand",
      {},
      { port: 0 },
      "port (value): the provider must know where people come back to; give a port, or add public_url",
    ],
    [
      "an address in plain text",
      {},
      { host: "10.0.0.1" },
      "host (value): people would come back to http://10.0.0.1 in plain text; add public_url with https",
    ],
    [
      "a public URL in plain text",
      {},
      { public_url: "http://console.example" },
      "public_url (value): people would come back from the provider in plain text; use https",
    ],
  ])("is refused with %s", (_what, login, web, finding) => {
    expect(of({ ...provider, ...login }, web)).toEqual([finding]);
  });
});
