/** Against a real authorization server (oidc-provider): revocation, and what is kept at rest. */
import type { ConsentServer } from "../../../support/person/consent-server.ts";
import { sealingKeys } from "../../../support/person/people-at.ts";
import { alice, call, consentServer, personRoom, tokenOf } from "../../../support/person/person-room.ts";

const open: ConsentServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function server(options: Parameters<typeof consentServer>[0] = {}): Promise<ConsentServer> {
  const started = await consentServer(options);
  open.push(started);
  return started;
}

describe("the end of a person", () => {
  test("revokes what they connected when their account is removed", async () => {
    const at = await server();
    const { people, connect, accounts, store, cut, noted } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    const token = tokenOf(await people.provider("acme").obtain(call("alice")));
    await accounts.remove(alice.id);
    await people.sweep();
    expect([await at.accountOf(token), await store.all()]).toEqual([null, []]);
    expect(cut).toEqual([[expect.any(String), "the person's account was removed"]]);
    expect(noted).toMatchObject([{ action: "disconnected", by: "sallyport", target: { person: alice.id } }]);
  });

  test("cuts what is under way with what they connected, and tells the other side once", async () => {
    const at = await server();
    const { people, connect, store, time, cut } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    const [connected] = await store.of(alice.id);
    await people.leave(alice.id);
    expect(cut).toEqual([[connected?.id, "the person's account was removed"]]);
    time.skipped = 3_600_000;
    await people.sweep();
    expect(at.calls.get("/token/revocation")).toBe(1);
    expect(await store.takeOwed(Date.now() + 2 * time.skipped, { firstMs: 1, longestMs: 1 }, 10)).toEqual([]);
  });

  test("revokes a token that comes after they disconnected", async () => {
    const at = await server();
    const { people, connect, process } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    const [made, leave] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
    at.beforeTokens = (body) => {
      made.resolve((JSON.parse(body) as { access_token: string }).access_token);
      return leave.promise;
    };
    const asked = process().provider("acme").obtain(call("alice"));
    const late = await made.promise;
    // What was kept until now cannot be revoked yet: its end would be that of all tokens of the consent.
    at.failing = 503;
    await people.disconnect(alice.id, "acme", "alice");
    at.failing = null;
    leave.resolve();
    await expect(asked).rejects.toMatchObject({ code: "credential_not_connected" });
    expect(await at.accountOf(late)).toBe("alice@acme");
    await people.sweep();
    expect(await at.accountOf(late)).toBeNull();
  });

  test("tells the other side later when it is down", async () => {
    const at = await server();
    const { people, connect, store, time } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    const token = tokenOf(await people.provider("acme").obtain(call("alice")));
    at.failing = 503;
    await people.leave(alice.id);
    expect([await at.accountOf(token), await store.all()]).toEqual(["alice@acme", []]);
    at.failing = null;
    time.skipped = 60_000;
    await people.sweep();
    expect(await at.accountOf(token)).toBeNull();
  });

  test("ends what they connected when their access is revoked for good, and not for a while", async () => {
    const at = await server();
    const { people, connect, revoked, cut } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    const revocation = {
      id: "v_1",
      kind: "subject",
      issuer: null,
      target: "alice",
      reason: "left",
      by: "op",
      at: 1,
    } as const;
    revoked.found = { ...revocation, until: Date.now() + 60_000 };
    await people.sweep();
    expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: null } }]);
    revoked.found = { ...revocation, until: null };
    await people.sweep();
    expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: { why: "ended" } } }]);
    await people.sweep();
    expect(cut).toEqual([[expect.any(String), "the person's access was revoked"]]);
    expect(at.calls.get("/token/revocation")).toBe(1);
  });
});

describe("at rest", () => {
  test("nothing of a token is in the store, and nothing of it was logged", async () => {
    const at = await server();
    const { people, connect, connection, logged } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    const token = tokenOf(await people.provider("acme").obtain(call("alice")));
    const rows = JSON.stringify(connection.database.prepare("SELECT * FROM connected_accounts").all());
    expect(rows).toContain("alice@acme");
    expect(rows).not.toContain(token);
    expect(rows).not.toMatch(/refreshToken|refresh_token/);
    expect(JSON.stringify(logged)).not.toContain(token);
  });

  test("a new key seals anew what an earlier one sealed, which then is not needed any more", async () => {
    const at = await server();
    const { connect, process, store } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    await process({ sealWith: "k2" }).sweep();
    expect((await store.get(alice.id, "acme"))?.sealed?.key).toBe("k2");
    const alone = process({ sealWith: "k2", keys: { k2: sealingKeys.k2 } });
    expect(await at.accountOf(tokenOf(await alone.provider("acme").obtain(call("alice"))))).toBe("alice@acme");
  });

  test("a key that is gone is a failure of the operator, and ends nothing", async () => {
    const at = await server();
    const { connect, process, people } = await personRoom(at);
    await connect(alice.id, "alice@acme");
    const without = process({ sealWith: "k2", keys: { k2: sealingKeys.k2 } });
    await expect(without.provider("acme").obtain(call("alice"))).rejects.toMatchObject({
      kind: "misconfigured",
      message: "the sealing key k1 is not configured any more",
    });
    expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: null } }]);
  });
});
