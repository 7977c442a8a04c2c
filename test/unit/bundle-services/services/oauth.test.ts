/** Services behind a certified authorization server (oidc-provider), which says of each token whether it is good. */
import { generateKeyPairSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { exportJWK } from "jose";
import type { BundleService, ServiceOauthSettings } from "../../../../gateway/domain/bundle-service.ts";
import { TestClock } from "../../../support/builders.ts";
import { testServices } from "../../../support/bundles/services.ts";
import { type GrantsServer, startGrantsServer } from "../../../support/credentials/grants-server.ts";
import { LoopbackServer } from "../../../support/loopback-server.ts";

const secret = "c1ient-s3cret";
const keys = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  PS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
type Algorithm = keyof typeof keys;
const algorithms = Object.keys(keys) as Algorithm[];
const pem = (algorithm: Algorithm) => keys[algorithm].privateKey.export({ format: "pem", type: "pkcs8" }).toString();

let server: GrantsServer;
let service: LoopbackServer;
/** What the service answered, in order. */
const answers: number[] = [];
/** Tokens that it got, in order. */
const tokens: string[] = [];
let clock: TestClock;

beforeAll(async () => {
  const grant_types = ["client_credentials"];
  service = await new LoopbackServer((request, response) => void answer(request, response)).listen();
  const signing = algorithms.map((alg) => ({
    client_id: `signs-${alg}`,
    grant_types,
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: alg,
    jwks_uri: `${service.url}/jwks/${alg}`,
  }));
  const known = { client_id: "gate", client_secret: secret, grant_types };
  server = await startGrantsServer({ trusts: () => ({}), clients: [known, ...signing] });
});
afterAll(async () => {
  await service.close();
  await server.close();
});
beforeEach(() => {
  answers.length = 0;
  tokens.length = 0;
  clock = new TestClock();
  clock.at = Date.now();
});

async function answer({ url = "", headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  const alg = algorithms.find((one) => url === `/jwks/${one}`);
  if (alg !== undefined) {
    const jwk = { ...(await exportJWK(keys[alg].publicKey)), alg, use: "sig" };
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [jwk] }));
  }
  const token = String(headers.authorization).replace(/^Bearer /, "");
  tokens.push(token);
  const active = await isActive(token);
  answers.push(active ? 200 : 401);
  response.writeHead(active ? 200 : 401).end();
}

function atProvider(path: string, token: string): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`gate:${secret}`).toString("base64")}`;
  return fetch(`${server.issuer}/token/${path}`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams({ token }),
  });
}

async function isActive(token: string): Promise<boolean> {
  const known = (await (await atProvider("introspection", token)).json()) as { active: boolean; scope?: string };
  return known.active && known.scope === "read";
}

function open(changes: Partial<ServiceOauthSettings> = {}, client: Partial<ServiceOauthSettings["client"]> = {}) {
  const token = `${server.issuer}/token`;
  const credential: ServiceOauthSettings = {
    kind: "oauth2",
    grant: "client_credentials",
    scopes: ["read"],
    parameters: {},
    assertion: null,
    client: {
      issuer: token,
      endpoints: { token, revocation: null },
      clientId: "gate",
      clientAuth: "basic",
      secretReference: "env:SECRET",
      addresses: new Set(["loopback"]),
      caFile: null,
      timeoutMs: 5_000,
      ...client,
    },
    ...changes,
  };
  const settings: BundleService = {
    name: "acme",
    type: "bundles",
    url: service.url,
    headers: {},
    credential,
    tls: { caFile: null, client: null },
    addresses: new Set(["loopback"]),
    headerTimeoutMs: 5_000,
  };
  const secrets = { "env:SECRET": secret, ...Object.fromEntries(algorithms.map((one) => [`file:${one}`, pem(one)])) };
  const services = testServices(secrets, { clock });
  const fetchAs = services.open(settings, { timeoutMs: 5_000, maxBytes: 1_000 });
  // Of the status, for example.
  const fetchToo = services.open(settings, { timeoutMs: 5_000, maxBytes: 1_000 });
  return { ask: () => fetchAs(`${service.url}/bundle`, {}), askToo: () => fetchToo(`${service.url}/status`, {}) };
}

test("asks for one token for all requests to a service, and anew before it ends", async () => {
  const before = server.asked();
  const { ask, askToo } = open();
  const statuses = await Promise.all([ask(), askToo(), ask()]);
  expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(server.asked() - before).toBe(1);
  clock.at += 539_000;
  await ask();
  expect(server.asked() - before).toBe(1);
  clock.at += 2_000;
  expect((await ask()).status).toBe(200);
  expect(server.asked() - before).toBe(2);
});

test("asks for another token once when the service refuses one that was taken back, and gives up after that", async () => {
  const { ask } = open();
  await ask();
  expect((await atProvider("revocation", tokens.at(-1) as string)).status).toBe(200);
  expect((await ask()).status).toBe(200);
  expect(answers).toEqual([200, 401, 200]);
  expect(new Set(tokens).size).toBe(2);
  const before = server.asked();
  expect((await open({ scopes: [] }).ask()).status).toBe(401);
  expect(answers.slice(3)).toEqual([401, 401]);
  expect(server.asked() - before).toBe(2);
});

test.each(algorithms)("signs an assertion in the place of a secret, with %s", async (algorithm) => {
  const assertion = { algorithm, keyReference: `file:${algorithm}`, claims: { aud: server.issuer } } as const;
  const client = { clientId: `signs-${algorithm}`, clientAuth: "signed", secretReference: null } as const;
  expect((await open({ assertion }, client).ask()).status).toBe(200);
});

test.each<[string, Partial<ServiceOauthSettings["client"]>, Partial<ServiceOauthSettings>, RegExp]>([
  ["a secret that is not there", { secretReference: "env:GONE" }, {}, /environment variable GONE is not set$/],
  [
    "a client that is not known",
    { clientId: "nobody" },
    {},
    /\/token answered \d{3} (invalid_client|to the gateway's client)$/,
  ],
  [
    "a key that is none",
    { clientAuth: "signed", secretReference: null },
    keyOf("env:SECRET"),
    /^env:SECRET is no private key in PEM$/,
  ],
])("sends nothing with %s, says so, and no secret", async (_what, client, changes, message) => {
  const failure: unknown = await open(changes, client)
    .ask()
    .catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ name: "NotSent", message: expect.stringMatching(message) });
  expect(String(failure)).not.toContain(secret);
  expect(answers).toEqual([]);
});

function keyOf(keyReference: string): Partial<ServiceOauthSettings> {
  return { assertion: { algorithm: "ES256", keyReference, claims: {} } };
}
