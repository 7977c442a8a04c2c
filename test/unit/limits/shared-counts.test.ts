import { Refusal } from "../../../gateway/domain/errors.ts";
import type { LimitCounts, LimitCountStore } from "../../../gateway/domain/ports.ts";
import { CountsInMemory } from "../../../gateway/limits/counts.ts";
import { SharedCounts } from "../../../gateway/limits/shared-counts.ts";
import { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { sharedLimitCounts } from "../../../gateway/store/postgres/limit-counts.ts";
import { migrate } from "../../../gateway/store/postgres/migrations.ts";
import { TestClock } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { describeWithPostgres, startPostgres } from "../../support/postgres/server.ts";
import {
  ask,
  describeLimitCounts,
  minute,
  rate,
  spend,
  taken,
  type TestedCounts,
  tries,
} from "../../support/store-contracts/limit-counts.ts";
import { postgresStores } from "../../support/store-contracts/postgres.ts";
import type { Shared } from "../../support/store-contracts/shared.ts";

/** Makes everything that is counted so much older. */
const age = `UPDATE limit_counts SET until = until - ?1::bigint * interval '1 millisecond', full_at = full_at - 1000 * ?1::bigint,
  began = ARRAY(SELECT at - 1000 * ?1::bigint FROM unnest(began) WITH ORDINALITY AS one (at, n) ORDER BY n),
  latest = ARRAY(SELECT at - 1000 * ?1::bigint FROM unnest(latest) WITH ORDINALITY AS one (at, n) ORDER BY n)`;

interface Tested extends TestedCounts {
  readonly connection: PostgresConnection;
  purge(): Promise<void>;
  /** The clock of the database goes back. */
  setBack(ms: number): Promise<unknown>;
}

function inPostgres(connection: PostgresConnection): Tested {
  const clock = new TestClock();
  const store = sharedLimitCounts(connection);
  return {
    connection,
    open: (capacity) => new SharedCounts(store, clock, capacity),
    async pass(ms) {
      clock.advance(ms);
      await connection.prepare(age).run(ms);
    },
    purge: () => store.purge(),
    setBack: (ms) => connection.prepare(age).run(-ms),
  };
}

function inMemory(): Promise<Shared<TestedCounts>> {
  const clock = new TestClock();
  const nothing = async (): Promise<void> => undefined;
  const opened = {
    store: {
      open: (capacity?: number): LimitCounts => new CountsInMemory(clock, capacity),
      pass: async (ms: number) => clock.advance(ms),
    },
    look: nothing,
    close: nothing,
  };
  return Promise.resolve({ ...opened, again: () => Promise.resolve(opened) });
}

describe("counts in memory", () => describeLimitCounts(inMemory));

describeWithPostgres("counts that gateways share on PostgreSQL", () => {
  const stores = postgresStores()(inPostgres);
  describeLimitCounts(stores);

  it("let exactly a hundred of all calls at three gateways through", async () => {
    const shared = await stores();
    const others = [await shared.again(), await shared.again()];
    const gateways = [shared, ...others].map(({ store }) => store.open());
    const own = (at: number) => ask(`caller-${at % 7}`, rate(1_000));
    const calls = Array.from({ length: 600 }, async (_, at) => {
      // At different moments, so that steps of the gateways mix.
      for (let turn = 0; turn < at % 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      const all = ask("all", rate(100));
      return tries(gateways[at % 3] as LimitCounts, at % 2 === 0 ? [own(at), all] : [all, own(at)]);
    });
    expect((await Promise.all(calls)).flat().filter(Boolean)).toHaveLength(100);
    const total = shared.store.connection.prepare("SELECT sum(total) AS total FROM limit_counts");
    expect(await total.get()).toEqual({ total: 200 });
    for (const one of [...others, shared]) await one.close();
  });

  it("have room at each gateway for what another has given back", async () => {
    const shared = await stores();
    const other = await shared.again();
    const [here, there] = [shared.store.open(), other.store.open()];
    const first = await taken(here, ask("a", rate(1)));
    expect(await tries(there, [ask("a", rate(1))])).toEqual([false]);
    first.giveBack();
    // Whatever this gateway asks next comes after it.
    await taken(here, ask("b", rate(1)));
    expect(await tries(there, [ask("a", rate(1))])).toEqual([true]);
    await other.close();
    await shared.close();
  });

  it("outlive a gateway", async () => {
    const shared = await stores();
    const before = await shared.again();
    await taken(before.store.open(), ask("a", rate(1)));
    await before.close();
    expect(await tries(shared.store.open(), [ask("a", rate(1))])).toEqual([false]);
    await shared.close();
  });

  it("begin anew where the window of a limit has another length or unit than before", async () => {
    const shared = await stores();
    const counts = shared.store.open();
    const hour = ask("a", { kind: "rate", max: 1, perMs: 60 * minute, burst: null });
    const other = ask("a", { kind: "spend", unit: "USD", max: 1n, perMs: minute });
    for (const one of [ask("a", rate(1)), hour, ask("a", spend(1n)), other])
      expect(await tries(counts, [one], 2)).toEqual([true, false]);
    await shared.close();
  });

  it("refuse only the call of a step that cannot be counted", async () => {
    const shared = await stores();
    const counts = shared.store.open();
    const first = await taken(counts, ask("back", rate(1)));
    first.giveBack();
    // More digits than a number of PostgreSQL has.
    const bad = ask("bad", spend(10n ** 140_000n), { amount: 10n ** 139_999n });
    const wishes = [ask("good", rate(3)), bad, ask("back", rate(1)), ask("good", rate(3))];
    const answers = await Promise.allSettled(wishes.map((one) => taken(counts, one)));
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(await tries(counts, [ask("good", rate(3))], 2)).toEqual([true, false]);
    await shared.close();
  });

  it("end their windows later when the clock of the database is set back", async () => {
    const shared = await stores();
    const counts = shared.store.open();
    const asks = [ask("a", rate(2)), ask("b", rate(50)), ask("c", rate(50, 50))];
    await taken(counts, ...asks);
    await shared.store.setBack(minute / 2);
    expect(await tries(counts, asks, 2)).toEqual([true, false]);
    const full = await counts.take(asks);
    const retryAfterMs = "full" in full ? (full.retryAfterMs ?? 0) : 0;
    expect([retryAfterMs > minute, retryAfterMs <= (3 * minute) / 2]).toEqual([true, true]);
    await shared.store.pass(minute);
    expect(await tries(counts, asks)).toEqual([false]);
    await shared.store.pass(minute / 2);
    expect(await tries(counts, asks, 3)).toEqual([true, true, false]);
    await shared.close();
  });

  it("refuse with store_unavailable when the database is gone, and count on when it is back", async () => {
    const server = await startPostgres();
    const connection = new PostgresConnection({ connectionString: server.url() }, "p_gone");
    await migrate(connection);
    const counts = new SharedCounts(sharedLimitCounts(connection), new TestClock());
    const asks = [ask("c", { kind: "concurrent", max: 2 }), ask("a", rate(2))];
    await taken(counts, ...asks);
    await server.end("SIGINT");
    for (let n = 0; n < 3; n++)
      await expect(taken(counts, ...asks)).rejects.toMatchObject({ code: "store_unavailable" });
    await server.startAgain();
    await eventually("a call is counted", () => taken(counts, ...asks).catch(() => null));
    expect(await tries(counts, [ask("a", rate(2))])).toEqual([false]);
    await connection.close();
    await server.close();
  });

  it("are removed when they are empty, and none while it counts", async () => {
    const shared = await stores();
    const counts = shared.store.open();
    await taken(counts, ask("old", rate(1)));
    await shared.store.pass(2 * minute + 1_000);
    await taken(counts, ask("new", rate(1)));
    await shared.store.purge();
    expect(await shared.store.connection.prepare("SELECT count(*) AS rows FROM limit_counts").get()).toEqual({
      rows: 1,
    });
    expect(await tries(counts, [ask("new", rate(1))])).toEqual([false]);
    await shared.close();
  });
});

describeWithPostgres("counts on a database whose transactions are stricter by default", () => {
  const stores = postgresStores(() => startPostgres({ settings: ["default_transaction_isolation=repeatable read"] }))(
    inPostgres,
  );

  it("let no more and no fewer than a hundred of all calls through, and refuse none as a fault", async () => {
    const shared = await stores();
    const others = [await shared.again(), await shared.again()];
    const gateways = [shared, ...others].map(({ store }) => store.open());
    // Rounds, so that each gateway has many steps that meet those of the others.
    const rounds = gateways.map(async (counts) => {
      const passed: boolean[] = [];
      for (let round = 0; round < 100; round++) passed.push(...(await tries(counts, [ask("all", rate(100))], 2)));
      return passed.filter(Boolean).length;
    });
    const passed = await Promise.all(rounds);
    expect(passed.reduce((sum, one) => sum + one)).toBe(100);
    for (const one of [...others, shared]) await one.close();
  });
});

describe("a step that a store has refused", () => {
  /** With what it was asked for in each step: keys, with a minus those that are given back. */
  function storeThat(count: (keys: readonly string[]) => void): LimitCountStore & { readonly steps: string[][] } {
    const steps: string[][] = [];
    return {
      steps,
      async count(back, wishes) {
        const keys = [...back.map(({ asks }) => `-${asks[0]?.key}`), ...wishes.map((asks) => asks[0]?.key ?? "")];
        steps.push(keys);
        count(keys);
        return wishes.map((asks) => ({ asks, slots: asks.map(() => "1") }));
      },
      purge: async () => undefined,
    };
  }

  it("rejects every call when it may be counted, and takes nothing of what is counted in memory", async () => {
    let isThere = false;
    const store = storeThat(() => {
      if (!isThere) throw new Refusal("store_unavailable");
    });
    const counts = new SharedCounts(store, new TestClock());
    const asks = [ask("c", { kind: "concurrent", max: 2 }), ask("a", rate(2))];
    const refused = await Promise.allSettled([counts.take(asks), counts.take(asks)]);
    expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isThere = true;
    expect(await tries(counts, asks, 2)).toEqual([true, true]);
    expect(store.steps).toEqual([
      ["a", "a"],
      ["a", "a"],
    ]);
  });

  it("is asked in halves when nothing of it is counted, and gives back once", async () => {
    const store = storeThat((keys) => {
      if (keys.includes("bad")) throw new Error("out of range");
    });
    const counts = new SharedCounts(store, new TestClock());
    (await taken(counts, ask("a", rate(2)))).giveBack();
    const all = ["b", "bad", "c"].map(async (key) => taken(counts, ask(key, rate(2))));
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(store.steps).toEqual([
      ["a"],
      ["-a", "b", "bad", "c"],
      ["-a"],
      ["b", "bad", "c"],
      ["b", "bad"],
      ["b"],
      ["bad"],
      ["c"],
    ]);
  });

  it("is not asked any further once the store is gone", async () => {
    const store = storeThat((keys) => {
      throw keys.length > 2 ? new Error("out of range") : new Refusal("store_unavailable");
    });
    const counts = new SharedCounts(store, new TestClock());
    const all = ["a", "b", "c", "d"].map(async (key) => taken(counts, ask(key, rate(2))));
    for (const one of await Promise.allSettled(all))
      expect(one).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
    expect(store.steps).toEqual([
      ["a", "b", "c", "d"],
      ["a", "b"],
    ]);
  });
});
