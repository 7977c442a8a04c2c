/** Against a real authorization server (oidc-provider): accounts, and rotating refresh tokens. */
import type { ConnectedAccount, MadeCredential } from "../../../../gateway/domain/ports.ts";
import type { ConsentServer } from "../../../support/person/consent-server.ts";
import {
  alice,
  bob,
  call,
  consentServer,
  consoleUrl,
  personRoom,
  tokenOf,
} from "../../../support/person/person-room.ts";

const open: ConsentServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function server(options: Parameters<typeof consentServer>[0] = {}): Promise<ConsentServer> {
  const started = await consentServer(options);
  open.push(started);
  return started;
}

test("uses each person's own account for what an agent does for them", async () => {
  const at = await server();
  const { people, connect } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  await connect(bob.id, "bob@acme");
  const provider = people.provider("acme");
  const [forAlice, forBob] = await Promise.all(["alice", "bob"].map((name) => provider.obtain(call(name))));
  expect(await at.accountOf(tokenOf(forAlice as MadeCredential))).toBe("alice@acme");
  expect(await at.accountOf(tokenOf(forBob as MadeCredential))).toBe("bob@acme");
  expect(forAlice?.secrets).toEqual([tokenOf(forAlice as MadeCredential)]);
  expect(await people.list(alice.id)).toMatchObject([
    { name: "acme", label: "Acme Cloud", connected: { upstream: "alice@acme", usedBy: "bot", ended: null } },
  ]);
});

test("says where a person connects who has not, and refuses the call", async () => {
  const { people } = await personRoom(await server());
  const link = `${consoleUrl}/connected-accounts?connect=acme`;
  for (const name of ["alice", "a stranger"])
    await expect(people.provider("acme").obtain(call(name))).rejects.toMatchObject({
      code: "credential_not_connected",
      status: 403,
      link,
      hint: `Acme Cloud: ${link}`,
    });
  await expect(people.provider("acme").obtain(call(null))).rejects.toMatchObject({ code: "credential_no_person" });
});

test("refuses the next call of who disconnects, revokes at the other side, and goes on for the other", async () => {
  const at = await server();
  const { people, connect, store, cut, noted } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  await connect(bob.id, "bob@acme");
  const [{ id }] = (await store.of(alice.id)) as [ConnectedAccount];
  const provider = people.provider("acme");
  const before = tokenOf(await provider.obtain(call("alice")));
  expect((await provider.obtain(call("alice"))).connection).toBe(id);
  await people.disconnect(alice.id, "acme", "alice");
  expect(cut).toEqual([[id, "the person disconnected Acme Cloud"]]);
  const target = { kind: "connection", person: "alice", credential: "acme" };
  expect(noted).toMatchObject([{ action: "disconnected", id, target, by: "alice", matched: { calls: 1 } }]);
  await expect(provider.obtain(call("alice"))).rejects.toMatchObject({ code: "credential_not_connected" });
  expect([await at.accountOf(before), at.calls.get("/token/revocation")]).toEqual([null, 1]);
  expect(await at.accountOf(tokenOf(await provider.obtain(call("bob"))))).toBe("bob@acme");
  await expect(people.disconnect(alice.id, "acme", "alice")).rejects.toMatchObject({ code: "connection_unknown" });
});

test("connects again, also to another account there", async () => {
  const at = await server();
  const { people, connect, cut } = await personRoom(at);
  for (const who of ["alice@acme", "alice2@acme"]) {
    await connect(alice.id, who);
    expect(await at.accountOf(tokenOf(await people.provider("acme").obtain(call("alice"))))).toBe(who);
  }
  // What ran with the first one is cut.
  expect(cut).toMatchObject([[expect.any(String), "the person connected Acme Cloud anew"]]);
});

test("refreshes once for calls that come at once, in however many processes, and keeps what was rotated", async () => {
  const at = await server();
  const { people, process, connect } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  const begun = at.calls.get("/token") ?? 0;
  const others = [process(), process()];
  for (let round = 1; round <= 3; round += 1) {
    const providers = others.map((one) => one.provider("acme"));
    const made = await Promise.all([...providers, ...providers, ...providers].map((one) => one.obtain(call("alice"))));
    for (const one of made) expect(await at.accountOf(tokenOf(one))).toBe("alice@acme");
    for (const one of made) one.refused?.();
    // One for each process: tokens are in its memory.
    expect(at.calls.get("/token")).toBe(begun + round * others.length);
  }
  expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: null } }]);
});

test("ends a connection that the other side no longer takes, and says why", async () => {
  const at = await server();
  const { people, connect, process, logged } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  await at.withdraw("alice@acme");
  await expect(process().provider("acme").obtain(call("alice"))).rejects.toMatchObject({
    code: "credential_not_connected",
  });
  expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: { why: "refused" } } }]);
  expect(logged.map(({ fields }) => fields["reason"])).toContain("its refresh token is no longer taken");
});

test("keeps a connection while the other side is down, and fails without its words", async () => {
  const at = await server();
  const { people, connect, process } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  at.failing = 503;
  const asked = process().provider("acme").obtain(call("alice"));
  await expect(asked).rejects.toMatchObject({ name: "CredentialFailure", kind: "unreachable" });
  at.failing = null;
  expect(await at.accountOf(tokenOf(await process().provider("acme").obtain(call("alice"))))).toBe("alice@acme");
  expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: null } }]);
});

test("asks for no more than policy wants, and not for what nobody consented to", async () => {
  const at = await server();
  const { people, connect } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  const narrow = await people.provider("acme").obtain(call("alice", { scope: ["read"] }));
  expect(
    await (await fetch(`${at.tools}/whoami`, { headers: { authorization: narrow.inject[0]?.value ?? "" } })).json(),
  ).toEqual({
    account: "alice@acme",
    scope: "read",
  });
  await expect(people.provider("acme").obtain(call("alice", { scope: ["admin"] }))).rejects.toMatchObject({
    kind: "refused",
    message: "the person did not consent to admin at Acme Cloud",
  });
});

test("uses a token without a refresh token until it ends, and then asks for another consent", async () => {
  const at = await server({ refresh: false });
  const { people, connect, process, time } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  expect(await at.accountOf(tokenOf(await process().provider("acme").obtain(call("alice"))))).toBe("alice@acme");
  time.skipped = 3_600_000;
  await expect(process().provider("acme").obtain(call("alice"))).rejects.toMatchObject({
    code: "credential_not_connected",
  });
  expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: { why: "refused" } } }]);
});

test("ends a connection for an operator, who says why, and lists those of all without their secrets", async () => {
  const at = await server();
  const { people, connect, cut, noted } = await personRoom(at);
  await connect(alice.id, "alice@acme");
  await connect(bob.id, "bob@acme");
  const all = await people.everybodys();
  expect(all).toMatchObject([
    { person: "alice", label: "Acme Cloud", upstream: "alice@acme", isRenewed: true, ended: null },
    { person: "bob", upstream: "bob@acme" },
  ]);
  expect(all[0]?.tokenEndsAt).toBeGreaterThan(Date.now());
  expect(all[0]).not.toHaveProperty("sealed");
  const told = { by: "carol", reason: "taken over" };
  const id = all[0]?.id ?? "";
  expect(await people.disconnectFor(id, told)).toMatchObject({ calls: 1, unanswered: 0 });
  expect([cut, noted]).toMatchObject([[[id, "taken over"]], [{ ...told, id, target: { person: "alice" } }]]);
  expect(at.calls.get("/token/revocation")).toBe(1);
  await expect(people.disconnectFor(id, told)).rejects.toMatchObject({ code: "connection_unknown" });
  await expect(people.provider("acme").obtain(call("alice"))).rejects.toMatchObject({
    code: "credential_not_connected",
  });
  expect(await people.list(alice.id)).toMatchObject([
    { connected: { ended: { why: "operator", reason: "taken over" } } },
  ]);
  await connect(alice.id, "alice@acme");
  expect(await people.list(alice.id)).toMatchObject([{ connected: { ended: null } }]);
});
