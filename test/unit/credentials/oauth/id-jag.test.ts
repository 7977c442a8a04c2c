import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { identityAssertionGrant } from "../../../../gateway/credentials/oauth/id-jag.ts";
import type { IdJagCredential } from "../../../../gateway/domain/oauth-credential.ts";
import type { GrantsServer } from "../../../support/credentials/grants-server.ts";
import { oauthWorld, type OauthWorld, place, wish } from "./support.ts";

let world: OauthWorld;
let [identity, other]: GrantsServer[] = [];
beforeAll(async () => {
  world = await oauthWorld();
  [identity, other] = [await world.server(), await world.server()];
});
afterAll(() => world?.close());

function provider(changes: Partial<IdJagCredential> = {}) {
  return identityAssertionGrant(
    {
      provider: "id_jag",
      name: "chat",
      place,
      scopes: ["read"],
      resource: "https://api.chat.example/",
      identityProvider: world.client(identity!),
      authorizationServer: world.client(other!),
      subjectToken: { from: "caller", type: "urn:ietf:params:oauth:token-type:id_token" },
      ...changes,
    },
    world.deps,
  );
}

test("gets a grant of the identity provider and redeems it at the other domain's server", async () => {
  const token = world.agentToken({ sub: "ann" });
  const made = await provider().obtain(wish({ callerToken: () => token }));
  expect(identity!.given).toEqual([]);
  expect(other!.given).toMatchObject([{ sub: "ann", scope: "read", resource: "https://api.chat.example/" }]);
  expect(made.inject).toEqual([{ place, value: `Bearer ${other!.given[0]?.token}` }]);
  const again = await provider().obtain(wish({ callerToken: () => token }));
  expect(again.secrets).not.toContain(token);
});

test("uses a token again for the same person, scope and resource", async () => {
  const chat = provider();
  const token = world.agentToken({ sub: "bob" });
  const before = [identity!.asked(), other!.asked()];
  const mine = wish({ callerToken: () => token });
  expect((await chat.obtain(mine)).secrets).toEqual((await chat.obtain(mine)).secrets);
  expect([identity!.asked() - before[0]!, other!.asked() - before[1]!]).toEqual([1, 1]);
});

test.each([
  ["the identity provider", () => identity!],
  ["the other server", () => other!],
])("says that %s is down", async (_which, which) => {
  const chat = provider();
  const token = world.agentToken({ sub: "cay" });
  const mend = which().failing(500);
  await expect(chat.obtain(wish({ callerToken: () => token }))).rejects.toMatchObject({
    kind: "unreachable",
    message: `${which().issuer} answered 500`,
  });
  mend();
});

test("asks the other server nothing when the identity provider refuses", async () => {
  const token = world.agentToken({ sub: "dan", iss: "https://stranger.example" });
  const asked = other!.asked();
  await expect(provider().obtain(wish({ callerToken: () => token }))).rejects.toMatchObject({ kind: "refused" });
  expect(other!.asked()).toBe(asked);
});

test("hands no token to the other server that is not the grant", async () => {
  const token = world.agentToken({ sub: "dan" });
  // An ordinary exchange: this server gives its own access token to whoever does not get the parameter right.
  const lax = createServer((_req, res) => {
    res.writeHead(200, { "content-type": "application/json" });
    res.end('{"access_token":"own-access-token-0123","token_type":"Bearer","issued_token_type":"urn:x:access_token"}');
  });
  await new Promise<void>((done) => lax.listen(0, "127.0.0.1", done));
  const address = `http://127.0.0.1:${(lax.address() as AddressInfo).port}`;
  const endpoints = { token: `${address}/token`, revocation: null };
  const chat = provider({ identityProvider: world.client(identity!, { issuer: address, endpoints }) });
  const asked = other!.asked();
  await expect(chat.obtain(wish({ callerToken: () => token }))).rejects.toMatchObject({
    kind: "misconfigured",
    message: `${address} gave another kind of token than the grant`,
  });
  expect(other!.asked()).toBe(asked);
  lax.closeAllConnections();
  lax.close();
});
