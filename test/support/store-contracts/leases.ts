import type { LeaseEnd } from "../../../gateway/domain/lease.ts";
import type {
  CountedLease,
  CounterWish,
  EndNoticeStore,
  LeaseCounterStore,
  KeptKeyStore,
  LeaseStore,
  ProcessStore,
} from "../../../gateway/domain/ports.ts";
import { decimal } from "../../../gateway/lib/decimal.ts";
import { endNotice as notice, inUse, lease, leaseLimits } from "../tasks/leases.ts";
import type { Shared } from "./shared.ts";

export interface LeaseStores {
  readonly leases: LeaseStore;
  readonly counters: LeaseCounterStore;
  readonly keys: KeptKeyStore;
  readonly processes: Pick<ProcessStore, "beat">;
  readonly notices: EndNoticeStore;
}

const now = lease().opened;
const end: LeaseEnd = { at: now, kind: "closed", by: "ann", reason: "done" };

/** What every store of tasks promises. `make` is told the process that a connection is of. */
export function describeLeaseStores(make: () => Promise<Shared<LeaseStores>>): void {
  describe("a store of tasks", () => {
    let shared: Shared<LeaseStores>;
    let store: LeaseStores;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const insert = (changes: Parameters<typeof lease>[0] = {}, mostOpen = 100) =>
      store.leases.insert(lease(changes), mostOpen, now);
    const idsOf = async (id: string) => (await store.leases.chains([id], now))[0]?.map((one) => one.lease.id) ?? [];
    const listed = async (query: object) =>
      (await store.leases.list({ state: "all", limit: 10, ...query }, now)).map((one) => one.lease.id);

    it("gives a task back as it was, with those above it, and nothing for an id that there is not", async () => {
      const whole = lease({ targets: ["ü"], limits: leaseLimits({ calls: 3, spend: { EUR: "1.5" } }) });
      expect(await store.leases.insert(whole, 100, now)).toBe("inserted");
      await insert({ id: "t_2", parent: "t_1" });
      await insert({ id: "t_3", parent: "t_2" });
      const [chain = [], none] = await store.leases.chains(["t_3", "t_none"], now);
      expect(chain.map((one) => one.lease.id)).toEqual(["t_3", "t_2", "t_1"]);
      expect(chain[2]).toEqual({ ...inUse(), lease: whole });
      expect(none).toEqual([]);
    });

    it("refuses a part of a task that has ended or is over, and more open ones than its opener may have", async () => {
      await insert();
      expect(await insert({ id: "t_2", parent: "t_none" })).toBe("over");
      expect(await store.leases.insert(lease({ id: "t_2", parent: "t_1" }), 100, lease().limits.until)).toBe("over");
      await store.leases.end("t_1", end, notice("t_1"));
      expect(await insert({ id: "t_2", parent: "t_1" })).toBe("over");
      expect(await insert({ id: "t_2" }, 1)).toBe("inserted");
      expect(await insert({ id: "t_3" }, 1)).toBe("full");
      const other = { ...lease().opener, id: "another" };
      expect(await insert({ id: "t_3", opener: other }, 1)).toBe("inserted");
    });

    it("ends a task with all below it, once, and says which were open", async () => {
      await insert();
      await insert({ id: "t_2", parent: "t_1" });
      await insert({ id: "t_3", parent: "t_2" });
      await insert({ id: "t_4" });
      const before = await store.notices.newest();
      expect((await store.leases.end("t_2", end, notice("t_2"))).toSorted()).toEqual(["t_2", "t_3"]);
      expect(await store.leases.end("t_1", end, notice("t_1"))).toEqual(["t_1"]);
      expect(await store.leases.end("t_1", { ...end, reason: "again" }, notice("again"))).toEqual([]);
      const [chain = []] = await store.leases.chains(["t_3"], now);
      expect(chain.map((one) => one.lease.end?.reason)).toEqual(["t_2 ended: done", "done", "done"]);
      expect([await idsOf("t_4"), await listed({ state: "open" })]).toEqual([["t_4"], ["t_4"]]);
      expect((await store.notices.since(before)).notices).toEqual([notice("t_2"), notice("t_1")]);
    });

    it("lists the latest first, by state and parent, a page at a time", async () => {
      for (const at of [1, 2, 3]) await insert({ id: `t_${at}`, opened: at });
      await insert({ id: "t_4", parent: "t_1", opened: 4 });
      await store.leases.end("t_2", end, notice("t_2"));
      expect(await listed({})).toEqual(["t_4", "t_3", "t_2", "t_1"]);
      expect(await listed({ limit: 2 })).toEqual(["t_4", "t_3"]);
      expect(await listed({ limit: 2, after: "t_3" })).toEqual(["t_2", "t_1"]);
      expect([await listed({ state: "ended" }), await listed({ parent: "t_1" })]).toEqual([["t_2"], ["t_4"]]);
      const late = await store.leases.list({ state: "ended", limit: 10 }, lease().limits.until);
      expect(late).toHaveLength(4);
    });

    it("knows which are due, and forgets what ended long ago", async () => {
      await insert();
      await insert({ id: "t_2", limits: leaseLimits({ until: now + 1 }) });
      expect([await store.leases.due(now), await store.leases.due(now + 1)]).toEqual([[], ["t_2"]]);
      await store.leases.end("t_2", end, notice("t_2"));
      await store.leases.purge(end.at);
      expect(await idsOf("t_2")).toEqual(["t_2"]);
      await store.leases.purge(end.at + 1);
      expect([await idsOf("t_2"), await idsOf("t_1")]).toEqual([[], ["t_1"]]);
    });

    it("tells another process that something was written, and not itself", async () => {
      const other = await shared.again();
      const [here, there] = [store.leases.changes(), other.store.leases.changes()];
      await Promise.all([shared.look(), other.look()]);
      [here(), there()];
      await insert();
      await Promise.all([shared.look(), other.look()]);
      expect([here(), there()]).toEqual([false, true]);
      await other.close();
    });

    describeCounters(() => shared);
    describeKeys(() => store.keys);
  });
}

const counted = (changes: Partial<CountedLease> = {}): CountedLease => ({
  id: "t_1",
  calls: null,
  concurrent: null,
  spend: new Map(),
  ...changes,
});
const euros = (amount: string) => new Map([["EUR", decimal(amount)]]);
const most = (amount: string) => new Map([["EUR", decimal(amount) ?? 0n]]);

function describeCounters(of: () => Shared<LeaseStores>): void {
  const one = (changes: Partial<CountedLease>, prices = euros("0")): CounterWish => ({
    of: [counted(changes)],
    prices,
  });
  async function count(store: LeaseStores, wishes: readonly CounterWish[], own = new Map<string, number>(), more = {}) {
    const work = { back: [], freed: new Set<string>(), wishes, ...more };
    return (await store.counters.count(work, own, now)).shortages.map((short) => short?.limit ?? "ok");
  }
  const useOf = async (store: LeaseStores, id = "t_1") => (await store.leases.chains([id], now))[0]?.[0]?.use;

  it("counts exactly as many calls as there may be, in one step or in many, of several processes", async () => {
    const { store, again } = of();
    const other = await again();
    await store.leases.insert(lease(), 10, now);
    const wish = one({ calls: 5 });
    expect(await count(store, [wish, wish, wish])).toEqual(["ok", "ok", "ok"]);
    expect(await count(other.store, [wish, wish, wish])).toEqual(["ok", "ok", "calls"]);
    expect(await count(store, [wish])).toEqual(["calls"]);
    expect(await useOf(store)).toMatchObject({ calls: 5 });
    await other.close();
  });

  it("spends exactly, refuses what cannot be told, and counts a call that is refused in nothing", async () => {
    const { store } = of();
    await store.leases.insert(lease(), 10, now);
    const euro = (amount: string) => one({ calls: 10, spend: most("0.3") }, euros(amount));
    expect(await count(store, [euro("0.1"), euro("0.2"), euro("0.000000000000000001"), euro("x")])).toEqual([
      "ok",
      "ok",
      "spend",
      "price",
    ]);
    expect(await useOf(store)).toEqual({ calls: 2, concurrent: 0, spent: most("0.3") });
    expect(await count(store, [one({ spend: most("0.3") }, new Map())])).toEqual(["ok"]);
  });

  it("counts in the task and in all above, or in none of them", async () => {
    const { store } = of();
    await store.leases.insert(lease(), 10, now);
    await store.leases.insert(lease({ id: "t_2", parent: "t_1" }), 10, now);
    const wish = { of: [counted({ id: "t_2" }), counted({ calls: 1 })], prices: euros("0") };
    expect(await count(store, [wish, wish])).toEqual(["ok", "calls"]);
    expect([await useOf(store), await useOf(store, "t_2")]).toMatchObject([{ calls: 1 }, { calls: 1 }]);
  });

  it("takes back what did not leave, before it counts what is to leave", async () => {
    const { store } = of();
    await store.leases.insert(lease(), 10, now);
    const wish = one({ calls: 1, spend: most("5") }, euros("5"));
    expect(await count(store, [wish])).toEqual(["ok"]);
    expect(await count(store, [wish], new Map(), { back: [wish] })).toEqual(["ok"]);
    expect(await useOf(store)).toEqual({ calls: 1, concurrent: 0, spent: most("5") });
    await count(store, [], new Map(), { back: [wish, wish] });
    expect(await useOf(store)).toMatchObject({ calls: 0 });
  });

  it("lets as many be under way as there may be, over all processes that are alive", async () => {
    const { store, again } = of();
    const other = await again();
    await Promise.all([store.processes.beat("p_1", now), store.processes.beat("p_2", now)]);
    await store.leases.insert(lease(), 10, now);
    const [mine, theirs] = [new Map<string, number>(), new Map<string, number>()];
    const wish = one({ concurrent: 2 });
    expect(await count(store, [wish], mine)).toEqual(["ok"]);
    expect(await count(other.store, [wish, wish], theirs)).toEqual(["ok", "concurrent"]);
    expect(await count(store, [wish], mine)).toEqual(["concurrent"]);
    expect([mine.get("t_1"), theirs.get("t_1")]).toEqual([1, 1]);
    // One of theirs ends.
    theirs.delete("t_1");
    await count(other.store, [], theirs, { freed: new Set(["t_1"]) });
    expect(await count(store, [wish], mine)).toEqual(["ok"]);
    // This process dies, and nothing is heard of it for a while.
    expect(await count(other.store, [wish], theirs)).toEqual(["concurrent"]);
    await other.store.processes.beat("p_2", now + 20_000);
    const late = await other.store.counters.count({ back: [], freed: new Set(), wishes: [wish] }, theirs, now + 20_000);
    expect(late.shortages).toEqual([null]);
    await other.close();
  });

  it("forgets at its start what its process had under way in an earlier life", async () => {
    const { store, again } = of();
    await store.processes.beat("p_1", now);
    await store.leases.insert(lease(), 10, now);
    await count(store, [one({ concurrent: 1 })]);
    const other = await again();
    expect(await count(other.store, [one({ concurrent: 1 })])).toEqual(["concurrent"]);
    await store.counters.forgetOwn();
    expect(await count(other.store, [one({ concurrent: 1 })])).toEqual(["ok"]);
    await other.close();
  });

  it("counts nothing in a task that has ended, is over, or is not there", async () => {
    const { store } = of();
    await store.leases.insert(lease(), 10, now);
    await store.leases.insert(lease({ id: "t_2", limits: leaseLimits({ until: now }) }), 10, now);
    await store.leases.end("t_1", end, notice("t_1"));
    const wishes = ["t_1", "t_2", "t_none"].map((id) => one({ id }));
    expect(await count(store, wishes)).toEqual(["closed", "expired", "closed"]);
  });
}

function describeKeys(of: () => KeptKeyStore): void {
  it("keeps the keys of its tokens, the newest first, of two new ones the one that came first", async () => {
    const keys = of();
    await keys.add({ text: "a", made: 1_000 }, 0);
    await keys.add({ text: "b", made: 1_001 }, 0);
    expect(await keys.list()).toEqual([{ text: "a", made: 1_000 }]);
    await keys.add({ text: "c", made: 5_000 }, 4_000);
    expect((await keys.list()).map(({ text }) => text)).toEqual(["c", "a"]);
    await keys.drop(1_001);
    expect((await keys.list()).map(({ text }) => text)).toEqual(["c"]);
  });
}
