import type { ProcessStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

/** What a store promises of processes that have one clock. */
export function describeProcesses(make: () => Promise<Shared<ProcessStore>>): void {
  describe("a store of the processes that share it", () => {
    let shared: Shared<ProcessStore>;
    let processes: ProcessStore;
    beforeEach(async () => {
      shared = await make();
      processes = shared.store;
    });
    afterEach(() => shared.close());

    it("has those alive that were heard of lately, by the last beat of each, whichever process asks", async () => {
      const other = await shared.again();
      await processes.beat("p_1", 0);
      await processes.beat("p_2", 0);
      await processes.beat("p_2", 500);
      expect((await other.store.alive(1_000, 1_000)).toSorted()).toEqual(["p_1", "p_2"]);
      expect(await other.store.alive(1_001, 1_000)).toEqual(["p_2"]);
      await other.close();
    });

    it("takes a beat of a clock that was ahead by more than that for none", async () => {
      await processes.beat("p_1", 2_001);
      expect(await processes.alive(1_000, 1_000)).toEqual([]);
      expect(await processes.alive(1_001, 1_000)).toEqual(["p_1"]);
    });

    it("is not told less by a beat that was overtaken, and is by a clock that was set back", async () => {
      await processes.beat("p_1", 9_000);
      await processes.beat("p_1", 4_000);
      expect(await processes.alive(10_000, 1_000)).toEqual(["p_1"]);
      await processes.beat("p_1", 2_000);
      expect([await processes.alive(10_000, 1_000), await processes.alive(2_000, 1_000)]).toEqual([[], ["p_1"]]);
    });

    it("has none that has left", async () => {
      await processes.beat("p_1", 0);
      await processes.leave("p_1");
      expect(await processes.alive(0, 1_000)).toEqual([]);
    });
  });
}
