import type { LimitCounts } from "../../../gateway/domain/ports.ts";
import { CountsInMemory } from "../../../gateway/limits/counts.ts";
import { SharedCounts } from "../../../gateway/limits/shared-counts.ts";
import type { PostgresConnection } from "../../../gateway/store/postgres/connection.ts";
import { sharedLimitCounts } from "../../../gateway/store/postgres/limit-counts.ts";
import { TestClock } from "../../support/builders.ts";
import { describeWithPostgres } from "../../support/postgres/server.ts";
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

test("reject every call of a step that the store has refused, and take nothing of what is counted in memory", async () => {
  const clock = new TestClock();
  let isThere = false;
  const steps: number[] = [];
  const counts = new SharedCounts(
    {
      async count(_, wishes) {
        steps.push(wishes.length);
        if (!isThere) throw new Error("gone");
        return wishes.map((asks) => ({ asks, slots: asks.map(() => "1") }));
      },
      purge: async () => undefined,
    },
    clock,
  );
  const asks = [ask("c", { kind: "concurrent", max: 2 }), ask("a", rate(2))];
  const refused = await Promise.allSettled([counts.take(asks), counts.take(asks)]);
  expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isThere = true;
  expect(await tries(counts, asks, 2)).toEqual([true, true]);
  expect(steps).toEqual([2, 2]);
});
