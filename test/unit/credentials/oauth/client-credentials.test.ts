import { clientCredentials } from "../../../../gateway/credentials/oauth/client-credentials.ts";
import type { ClientCredentialsCredential, OauthClient } from "../../../../gateway/domain/oauth-credential.ts";
import { subject } from "../../../support/builders.ts";
import type { GrantsServer } from "../../../support/credentials/grants-server.ts";
import { clientSecret, oauthWorld, type OauthWorld, place, wish } from "./support.ts";

let world: OauthWorld;
let server: GrantsServer;
beforeAll(async () => {
  world = await oauthWorld();
  server = await world.server();
});
afterAll(() => world?.close());

function provider(changes: Partial<ClientCredentialsCredential> = {}, client: Partial<OauthClient> = {}) {
  const known = {
    provider: "client_credentials",
    name: "crm",
    place,
    scopes: [],
    resource: null,
    audience: null,
  } as const;
  return clientCredentials({ ...known, client: world.client(server, client), ...changes }, world.deps);
}

test("gets one token for all callers, as a header, with what a server gives of it", async () => {
  const before = server.asked();
  const crm = provider({ scopes: ["read"], resource: "https://crm.example" });
  const both = await Promise.all([crm.obtain(wish()), crm.obtain(wish({ subject: subject({ id: "other-bot" }) }))]);
  const given = server.given.at(-1);
  expect(given).toBeUndefined();
  expect(server.asked() - before).toBe(1);
  const [made, again] = both;
  expect(made?.inject).toEqual([{ place, value: `Bearer ${made?.secrets[0]}` }]);
  expect(again?.secrets).toEqual(made?.secrets);
  expect(made?.scope).toEqual(["read"]);
  expect(made?.expiresAt).toBe(world.clock.now() + 600_000);
});

test.each([
  ["a secret in the header", {}],
  ["a secret in the body", { clientAuth: "post" as const, clientId: "posting" }],
  ["an assertion by its own key", { clientAuth: "signed" as const, clientId: "signing", secretReference: null }],
])("proves itself with %s", async (_how, client) => {
  if ("clientAuth" in client && client.clientAuth === "post") {
    const grants = ["client_credentials"];
    const clients = [
      {
        client_id: "posting",
        client_secret: clientSecret,
        grant_types: grants,
        token_endpoint_auth_method: "client_secret_post",
      },
    ];
    const other = await world.server({ clients });
    const made = await provider({ client: world.client(other, client) }).obtain(wish());
    expect(made.secrets).toHaveLength(1);
    return;
  }
  expect((await provider({}, client).obtain(wish())).secrets).toHaveLength(1);
});

test("asks for the scope and resource that policy names, each with a token of its own", async () => {
  const crm = provider({ scopes: ["read", "write"] });
  const narrow = await crm.obtain(wish({ scope: ["read"], resource: "https://crm.example" }));
  const wide = await crm.obtain(wish({ resource: "https://crm.example" }));
  expect([narrow.scope, wide.scope]).toEqual([["read"], ["read", "write"]]);
  expect(narrow.secrets).not.toEqual(wide.secrets);
});

test("refuses a scope that is not configured before anybody is asked", async () => {
  const before = server.asked();
  await expect(provider({ scopes: ["read"] }).obtain(wish({ scope: ["write"] }))).rejects.toMatchObject({
    kind: "misconfigured",
    message: "policy asks for the scope write, which is not among `scopes`",
  });
  expect(server.asked()).toBe(before);
});

test("uses a token no longer than policy says", async () => {
  const made = await provider().obtain(wish({ ttlS: 30 }));
  expect(made.expiresAt).toBe(world.clock.now() + 30_000);
});

describe("when the server fails", () => {
  it.each([
    ["a wrong secret", { secretReference: "env:OTHER" }, "misconfigured", / answered 401/],
    ["an unknown client", { clientId: "nobody" }, "misconfigured", / answered 401/],
    [
      "an address of a class that is not allowed",
      { addresses: new Set(["public" as const]) },
      "misconfigured",
      /is loopback/,
    ],
  ])("says %s, and no secret", async (_what, client, kind, message) => {
    const failure = await provider({}, client)
      .obtain(wish())
      .catch((thrown: unknown) => thrown as Error);
    expect(failure).toMatchObject({ kind, message: expect.stringMatching(message) as string });
    expect(JSON.stringify([failure, (failure as Error).message, world.lines])).not.toContain(clientSecret);
  });

  it("says that it is down, asks it once and not for every call, and goes on once it is back", async () => {
    const crm = provider();
    const mend = server.failing(503);
    const before = server.asked();
    for (const _call of [1, 2, 3])
      await expect(crm.obtain(wish())).rejects.toMatchObject({
        kind: "unreachable",
        message: expect.stringContaining("answered 503") as string,
      });
    mend();
    world.clock.advance(2_000);
    expect((await crm.obtain(wish())).secrets).toHaveLength(1);
    expect(server.asked() - before).toBe(1);
  });

  it("gives up in time when it does not answer", async () => {
    const mend = server.failing("silent");
    const crm = provider({}, { timeoutMs: 100, endpoints: { token: `${server.issuer}/token`, revocation: null } });
    await expect(crm.obtain(wish())).rejects.toMatchObject({
      kind: "unreachable",
      message: `${server.issuer} did not answer in time`,
    });
    mend();
  });
});
