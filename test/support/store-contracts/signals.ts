import type { OutsideSignalStore, SeenSetStore, StoredSignal, StreamStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

/** What every store of SETs that were carried out promises. */
export function describeSeenSetStore(make: () => Promise<Shared<SeenSetStore>>): void {
  describe("SETs that were carried out", () => {
    let shared: Shared<SeenSetStore>;
    beforeEach(async () => {
      shared = await make();
    });
    afterEach(() => shared.close());

    it("are known by transmitter and id, also to another process", async () => {
      const { store } = shared;
      await store.add("idp", "j1", 2_000);
      const other = await shared.again();
      expect(await Promise.all([store.has("idp", "j1"), store.has("edr", "j1"), store.has("idp", "j2")])).toEqual([
        ...[true, false, false],
      ]);
      expect(await other.store.has("idp", "j1")).toBe(true);
      await other.close();
    });

    it("are forgotten when their time is over, and not before", async () => {
      const { store } = shared;
      await store.add("idp", "j1", 2_000);
      await store.add("idp", "j1", 1_000);
      await store.add("idp", "j2", 1_500);
      await store.purge(1_999);
      expect([await store.has("idp", "j1"), await store.has("idp", "j2")]).toEqual([true, false]);
      await store.purge(2_000);
      expect(await store.has("idp", "j1")).toBe(false);
    });
  });
}

/** What every store of streams promises. */
export function describeStreamStore(make: () => Promise<Shared<StreamStore>>): void {
  it("keeps of a stream what is given, changes that alone, and shows it to other processes", async () => {
    const shared = await make();
    const { store } = shared;
    expect(await store.read("idp")).toBeNull();
    await store.change("idp", { streamId: "s1", status: "paused", reason: "upgrade" });
    await store.change("idp", { awaited: "x", askedAt: 5 });
    const other = await shared.again();
    expect(await other.store.read("idp")).toEqual({
      streamId: "s1",
      status: "paused",
      reason: "upgrade",
      awaited: "x",
      askedAt: 5,
      verifiedAt: null,
    });
    expect(await other.store.read("edr")).toBeNull();
    await other.close();
    await shared.close();
  });
}

const signal: StoredSignal = {
  issuer: "https://idp.example",
  subject: "alice",
  name: "risk-level-change",
  source: "idp",
  level: 0.9,
  evidence: "idp says: risk is HIGH",
  at: 1_000,
  until: 5_000,
};

/** What every store of signals about subjects promises. */
export function describeOutsideSignalStore(make: () => Promise<Shared<OutsideSignalStore>>): void {
  describe("what others say of subjects", () => {
    let shared: Shared<OutsideSignalStore>;
    let store: OutsideSignalStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const levels = async (now = 2_000) => (await store.list(now, 100)).map(({ source, level }) => [source, level]);

    it("is given back as it was said, oldest first, of any issuer too", async () => {
      const anyone = { ...signal, issuer: null, subject: "bob", at: 500, until: null };
      await store.put(signal);
      await store.put(anyone);
      expect(await store.list(2_000, 100)).toEqual([anyone, signal]);
      expect(await store.list(2_000, 1)).toEqual([signal]);
    });

    it("replaces what the same one said before, and nothing that another one said", async () => {
      await store.put(signal);
      await store.put({ ...signal, source: "edr", level: 0.7, at: 1_100 });
      await store.put({ ...signal, level: 0.1, at: 1_200 });
      expect(await levels()).toEqual([
        ["edr", 0.7],
        ["idp", 0.1],
      ]);
    });

    it("is not replaced by what happened before it, however late that comes", async () => {
      await store.put(signal);
      await store.put({ ...signal, level: 0.1, at: 999 });
      expect(await levels()).toEqual([["idp", 0.9]]);
    });

    it("ends when its time is over", async () => {
      await store.put(signal);
      expect(await levels(5_000)).toEqual([]);
      await store.purge(4_999);
      expect(await levels()).toHaveLength(1);
      await store.purge(5_000);
      expect(await levels()).toEqual([]);
    });

    it("is seen by another process, which is told that something was written", async () => {
      const other = await shared.again();
      await Promise.all([shared.look(), other.look()]);
      [store, other.store].map((one) => one.changedElsewhere());
      await store.put(signal);
      await Promise.all([shared.look(), other.look()]);
      expect([other.store.changedElsewhere(), store.changedElsewhere()]).toEqual([true, false]);
      expect(await other.store.list(2_000, 100)).toEqual([signal]);
      await other.close();
    });
  });
}
