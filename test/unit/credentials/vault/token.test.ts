import { type GrantedToken, type TokenSource, VaultTokens } from "../../../../gateway/credentials/vault/token.ts";
import { CredentialFailure } from "../../../../gateway/domain/credential.ts";
import { eventually } from "../../../support/eventually.ts";

class Server implements TokenSource {
  logins = 0;
  readonly renewed: string[] = [];
  ttlMs = 60_000;
  renewable = true;
  renewing: (id: string) => GrantedToken = (id) => ({ id, ttlMs: this.ttlMs, renewable: true });
  down = false;

  async login(): Promise<GrantedToken> {
    if (this.down) throw new CredentialFailure("unreachable", "down");
    return { id: `token-${++this.logins}`, ttlMs: this.ttlMs, renewable: this.renewable };
  }
  async renew(id: string): Promise<GrantedToken> {
    this.renewed.push(id);
    return this.renewing(id);
  }
}

/** Timers run by themselves; what is over is a question of this clock alone. */
const clock = { now: 0, monotonic: () => clock.now };
let server: Server;
let tokens: VaultTokens;
beforeEach(() => {
  clock.now = 0;
  server = new Server();
  tokens = new VaultTokens(server, clock);
});
afterEach(() => void tokens.close());

const idNow = async () => (await tokens.current()).id;

test("signs in once for requests that come at once", async () => {
  expect(await Promise.all([idNow(), idNow(), idNow()])).toEqual(["token-1", "token-1", "token-1"]);
});

test("renews a token while nobody calls: leases end with it", async () => {
  server.ttlMs = 60;
  const { life } = await tokens.current();
  clock.now = 40;
  await eventually("it was renewed more than once", () => (server.renewed.length > 1 ? true : null));
  expect(life.expiresAt).toBe(100);
  expect([await idNow(), server.logins]).toEqual(["token-1", 1]);
});

test("signs in anew when a token has come to its longest time", async () => {
  server.ttlMs = 90;
  server.renewing = (id) => ({ id, ttlMs: 20, renewable: true });
  await tokens.current();
  await eventually("it was renewed", () => server.renewed[0] ?? null);
  expect(await idNow()).toBe("token-1");
  // Two thirds of what is left.
  clock.now = 14;
  expect([await idNow(), server.renewed.length]).toEqual(["token-2", 1]);
});

test("replaces a token that cannot be renewed before it ends", async () => {
  [server.ttlMs, server.renewable] = [90, false];
  await tokens.current();
  clock.now = 59;
  expect(await idNow()).toBe("token-1");
  clock.now = 60;
  expect([await idNow(), server.renewed]).toEqual(["token-2", []]);
});

test("goes on with a token that lives when a new sign-in fails", async () => {
  [server.ttlMs, server.renewable] = [60_000, false];
  await tokens.current();
  [clock.now, server.down] = [50_000, true];
  expect(await idNow()).toBe("token-1");
  clock.now = 60_000;
  await expect(tokens.current()).rejects.toThrow("down");
});

test("drops a token whose renewal is refused", async () => {
  server.ttlMs = 60;
  server.renewing = () => {
    throw new CredentialFailure("refused", "403");
  };
  await tokens.current();
  await eventually("a new one is used", async () => ((await idNow()) === "token-2" ? true : null));
});

test("keeps a token that never ends, and forgets only the one that it was told of", async () => {
  server.ttlMs = 0;
  expect((await tokens.current()).life.expiresAt).toBe(Infinity);
  tokens.forget("another");
  expect(await idNow()).toBe("token-1");
  const { life } = await tokens.current();
  clock.now = 7;
  tokens.forget("token-1");
  // With it all leases that were made with it.
  expect([life.expiresAt, await idNow()]).toEqual([7, "token-2"]);
});

test("signs in no more once it is closed", async () => {
  await tokens.current();
  expect(tokens.close()).toBe("token-1");
  await expect(tokens.current()).rejects.toThrow("the gateway is stopping");
});
