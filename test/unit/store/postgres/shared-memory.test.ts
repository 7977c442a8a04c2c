import { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import {
  sharedProofs,
  sharedSigningKeys,
  sharedTransportSessions,
} from "../../../../gateway/store/postgres/shared-memory.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";

describeWithPostgres("what gateways of one database share", () => {
  let server: PostgresServer;
  const opened: PostgresConnection[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    for (const process of ["p_1", "p_2"])
      opened.push(new PostgresConnection({ connectionString: server.url() }, process));
    await migrate(opened[0]!);
  });
  afterAll(async () => {
    for (const connection of opened) await connection.close();
    await server.close();
  });
  const both = <Store>(make: (connection: PostgresConnection) => Store): [Store, Store] => [
    make(opened[0]!),
    make(opened[1]!),
  ];

  it("is that a proof is used once, in one step, in two, and at two of them at once", async () => {
    const [one, other] = both(sharedProofs);
    const proof = (id: string) => ({ id, lifetimeMs: 60_000 });
    expect(await one.use([proof("a"), proof("b"), proof("a")])).toEqual([true, true, false]);
    expect(await other.use([proof("b"), proof("c")])).toEqual([false, true]);
    const raced = Array.from({ length: 50 }, (_, at) => proof(`race-${at}`));
    const [here, there] = await Promise.all([one.use(raced), other.use(raced.toReversed())]);
    expect(here.map((fresh, at) => Number(fresh) + Number(there.at(-1 - at)))).toEqual(raced.map(() => 1));
  });

  it("forgets proofs that their age refuses, and no others", async () => {
    const [one] = both(sharedProofs);
    await one.use([
      { id: "old", lifetimeMs: -1 },
      { id: "young", lifetimeMs: 60_000 },
    ]);
    await one.purge();
    const { rows } = await server.admin("SELECT id FROM dpop_proofs WHERE id IN ('old', 'young')");
    expect(rows).toEqual([{ id: "young" }]);
  });

  it("is one nonce, however many want the next one at once, and the one before for its time", async () => {
    const [one, other] = both(sharedProofs);
    const made = await Promise.all([one.nonces("n_1", 60_000, 120_000), other.nonces("n_2", 60_000, 120_000)]);
    expect(made[0]).toEqual(made[1]);
    const [{ current }] = made;
    expect(await other.nonces("n_3", 60_000, 120_000)).toEqual({ current, before: null });
    await server.admin("UPDATE dpop_nonces SET made = now() - interval '61 seconds'");
    expect(await one.nonces("n_4", 60_000, 120_000)).toEqual({ current: "n_4", before: current });
    await server.admin("UPDATE dpop_nonces SET made = now() - interval '121 seconds' WHERE nonce <> 'n_4'");
    expect(await other.nonces("n_5", 60_000, 120_000)).toEqual({ current: "n_4", before: null });
  });

  it("is whose a transport session is: of whoever named it first", async () => {
    const [one, other] = both(sharedTransportSessions);
    const claim = (key: string, caller: string) => ({ key, caller, isBegun: true });
    expect(await one.claim([claim("s", "ann"), claim("t", "bob"), claim("s", "bob")])).toEqual(["ann", "bob", "ann"]);
    expect(await other.claim([claim("t", "ann"), claim("s", "ann"), claim("u", "ann")])).toEqual(["bob", "ann", "ann"]);
    await server.admin("UPDATE transport_sessions SET seen = now() - interval '2 hours' WHERE key = 't'");
    await one.purge(3_600_000, 3_600_000);
    expect(await other.claim([claim("t", "ann"), claim("s", "bob")])).toEqual(["ann", "ann"]);
  });

  it("forgets a transport session sooner that its caller alone has named, until a tool server has begun it for this caller", async () => {
    const [one, other] = both(sharedTransportSessions);
    const named = ["n", "m", "o"].map((key) => ({ key, caller: "ann", isBegun: false }));
    await one.claim(named);
    await one.claim([
      { key: "m", caller: "ann", isBegun: true },
      { key: "o", caller: "bob", isBegun: true },
    ]);
    await server.admin("UPDATE transport_sessions SET seen = now() - interval '2 hours' WHERE caller = 'ann'");
    await one.purge(86_400_000, 3_600_000);
    const claims = named.map((claim) => ({ ...claim, caller: "bob" }));
    expect(await other.claim(claims)).toEqual(["bob", "ann", "bob"]);
  });

  it("is one key for each use, however many make it at once", async () => {
    const [one, other] = both(sharedSigningKeys);
    const keys = await Promise.all([one.of("receipts", () => "pem 1"), other.of("receipts", () => "pem 2")]);
    expect(keys[0]).toBe(keys[1]);
    expect(await other.of("receipts", () => "pem 3")).toBe(keys[0]);
    expect(await one.of("authzen", () => "pem 4")).toBe("pem 4");
  });
});
