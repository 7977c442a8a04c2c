import type { ProvenanceStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

const memory = (byte: number) => Uint8Array.of(byte, byte);

/** What every store of the memories of sessions promises. */
export function describeProvenanceStore(make: () => Promise<Shared<ProvenanceStore>>): void {
  describe("memories of sessions", () => {
    let shared: Shared<ProvenanceStore>;
    let store: ProvenanceStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const claim = (key: string, version = 0, writer = "p1", of = store) => of.claim([{ key, version }], writer, 10);
    const write = (key: string, byte: number, complete: boolean, writer = "p1") =>
      store.write([{ key, memory: memory(byte), complete }], writer, 20);

    it("are read in the order of the keys, and null where nothing was kept", async () => {
      await claim("b");
      await write("b", 1, true);
      await claim("a");
      expect(await store.read(["a", "none", "b"])).toEqual([
        { memory: null, version: 0, writer: "p1" },
        null,
        { memory: memory(1), version: 1, writer: null },
      ]);
      expect(await store.read([])).toEqual([]);
    });

    it("have a writer from its claim until it has written them as complete", async () => {
      await claim("a");
      await write("a", 1, false);
      expect(await store.read(["a"])).toEqual([{ memory: memory(1), version: 1, writer: "p1" }]);
      await write("a", 2, true);
      expect(await store.read(["a"])).toEqual([{ memory: memory(2), version: 2, writer: null }]);
    });

    it("are claimed by one writer after another, and a claim says whether something was lost", async () => {
      expect(await claim("a")).toEqual([true]);
      expect(await claim("a")).toEqual([true]);
      expect(await claim("a", 0, "p2")).toEqual([false]);
      await write("a", 1, true, "p2");
      // As it was read before.
      expect(await claim("a", 0)).toEqual([false]);
      await write("a", 2, true);
      expect(await claim("a", 2)).toEqual([true]);
      expect(await claim("new", 3)).toEqual([false]);
    });

    it("are not written by whoever has not claimed them, or not any more", async () => {
      await claim("a");
      await claim("b");
      await claim("a", 0, "p2");
      const both = ["a", "b"].map((key) => ({ key, memory: memory(1), complete: true }));
      expect(await store.write(both, "p1", 20)).toEqual(["a"]);
      expect(await store.write([{ ...both[0]!, key: "none" }], "p1", 20)).toEqual(["none"]);
      expect((await store.read(["a", "b"])).map((one) => one?.version)).toEqual([0, 1]);
    });

    it("are dropped when they were not used for long, and that there was one stays known", async () => {
      for (const key of ["a", "b", "c"]) await claim(key);
      await write("a", 1, true);
      await write("b", 1, false);
      expect([await store.shed(20), await store.shed(21), await store.shed(21)]).toEqual([0, 1, 0]);
      expect(await store.read(["a", "b"])).toEqual([
        { memory: null, version: 1, writer: null },
        { memory: memory(1), version: 1, writer: "p1" },
      ]);
    });

    it("are forgotten when they were not used for longer, whatever is kept of them", async () => {
      for (const key of ["a", "b", "c", "d"]) await claim(key);
      await write("a", 1, true);
      await write("b", 1, false);
      await write("c", 1, true);
      await store.shed(21);
      expect([await store.drop(10), await store.drop(20), await store.drop(21)]).toEqual([0, 1, 3]);
      expect(await store.read(["a", "b", "c", "d"])).toEqual([null, null, null, null]);
      // Of what a process has still in memory something is lost.
      expect([...(await claim("a", 1)), ...(await claim("c"))]).toEqual([false, true]);
      expect(await store.write([{ key: "b", memory: memory(1), complete: true }], "p1", 30)).toEqual(["b"]);
    });

    it("are there for another connection when a write resolves", async () => {
      const other = await shared.again();
      await claim("a");
      await write("a", 1, true);
      expect(await other.store.read(["a"])).toEqual([{ memory: memory(1), version: 1, writer: null }]);
      await other.close();
    });
  });
}
