import { createProofs } from "../../../../gateway/identify/dpop/proofs.ts";
import { SharedProofs } from "../../../../gateway/identify/dpop/shared-proofs.ts";
import type { ProofStore } from "../../../../gateway/domain/ports.ts";
import { PostgresConnection } from "../../../../gateway/store/postgres/connection.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { sharedProofs } from "../../../../gateway/store/postgres/shared-memory.ts";
import { handClock, origin } from "../fixtures.ts";
import { StoreUnavailable } from "../../../../gateway/store/postgres/failures.ts";
import { proof, proofKey, proven } from "./fixtures.ts";
import { TestClock } from "../../../support/builders.ts";
import { describeWithPostgres, type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";

describeWithPostgres("DPoP at two gateways of one database", () => {
  let server: PostgresServer;
  let connection: PostgresConnection;
  let store: ProofStore;
  beforeAll(async () => {
    server = await startPostgres();
    connection = new PostgresConnection({ connectionString: server.url() }, "p_1");
    await migrate(connection);
    store = sharedProofs(connection);
  });
  afterAll(async () => {
    await connection.close();
    await server.close();
  });
  let made = 0;
  const ids = { make: (prefix: string) => `${prefix}_${(made += 1)}` };
  const gateway = (clock = new TestClock()) => SharedProofs.open({ store, clock, ids });
  const pass = (interval: string) => server.admin(`UPDATE dpop_nonces SET made = made - interval '${interval}'`);

  it("refuses at one the proof that the other has accepted", async () => {
    const [one, other] = await Promise.all([gateway(), gateway()]);
    const proof = { subject: "ann", key: "k", jti: "j", lifetimeMs: 60_000 };
    await one.use(proof);
    await expect(other.use(proof)).rejects.toMatchObject({ code: "proof_replayed" });
    await other.use({ ...proof, jti: "another" });
    await other.use({ ...proof, key: "another" });
  });

  it("accepts at one the nonce that the other has given, and the one before, as long as each counts", async () => {
    const clock = new TestClock();
    const [one, other] = await Promise.all([gateway(clock), gateway()]);
    const first = one.current();
    expect(await other.accepts(first)).toBe("current");
    expect(await other.accepts("n_made_up")).toBe("unknown");
    await pass("301 seconds");
    await one.refresh();
    const second = one.current();
    expect(second).not.toBe(first);
    expect(await other.accepts(second)).toBe("current");
    expect(await other.accepts(first)).toBe("previous");
    await pass("301 seconds");
    await other.refresh();
    // So long a nonce that was read before is taken for what it was.
    clock.advance(10_000);
    expect([await one.accepts(second), await one.accepts(first)]).toEqual(["previous", "unknown"]);
  });

  it("replaces a nonce that is too old to show that a proof is new", async () => {
    const [one, other] = await Promise.all([gateway(), gateway()]);
    await one.refresh();
    const current = one.current();
    expect(await other.isYoungerThan(current, 60_000)).toBe(true);
    await pass("61 seconds");
    expect(await other.isYoungerThan(current, 60_000)).toBe(false);
    expect(await one.isYoungerThan(other.current(), 60_000)).toBe(true);
  });

  it("remembers a proof a little longer than its age allows", async () => {
    const one = await gateway();
    const proof = { subject: "ann", key: "k", jti: "long", lifetimeMs: 60_000 };
    await one.use(proof);
    await server.admin("UPDATE dpop_proofs SET until = until - interval '65 seconds'");
    await store.purge();
    await expect(one.use(proof)).rejects.toMatchObject({ code: "proof_replayed" });
  });

  it("accepts a proof again that was refused because the store could not be used", async () => {
    const store = flakyStore();
    const clock = handClock();
    const shared = await SharedProofs.open({ store, clock, ids });
    const proofs = createProofs({ clock, ids, max: 100, shared });
    const key = await proofKey();
    const header = await proof(key, "", clock, { without: ["ath"] });
    const present = () => proofs.present(proven("", [header]), "ann", { origin, path: "/payments/v1/orders/881" });
    await expect(present()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await present()).toBe(key.jkt);
    await expect(present()).rejects.toMatchObject({ code: "proof_replayed" });
  });

  it("is what a gateway's proofs work with", async () => {
    const shared = await gateway();
    const clock = new TestClock();
    expect(createProofs({ clock, ids, max: 100, shared }).nonce()).toBe(shared.current());
  });
});

/** Cannot be used the first time that somebody uses a proof. */
function flakyStore(): ProofStore {
  let uses = 0;
  return {
    async use(proofs) {
      uses += 1;
      if (uses === 1) throw new StoreUnavailable("connection refused");
      return proofs.map(() => true);
    },
    nonces: async (next) => ({ current: next, before: null }),
    purge: async () => undefined,
  };
}
