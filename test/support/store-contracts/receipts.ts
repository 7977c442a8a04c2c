import type { ReceiptStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

/** What every store of receipts promises. */
export function describeReceipts(make: () => Promise<Shared<ReceiptStore>>): void {
  describe("a store of receipts", () => {
    let shared: Shared<ReceiptStore>;
    beforeEach(async () => (shared = await make()));
    afterEach(() => shared.close());

    it("gives those of an approval in the order in which they were added, whatever their times, also to others", async () => {
      const other = await shared.again();
      await shared.store.add("a_1", 20, "one");
      await shared.store.add("a_2", 20, "of another");
      await shared.store.add("a_1", 10, "two");
      expect(await other.store.of("a_1")).toEqual([
        { at: 20, jws: "one" },
        { at: 10, jws: "two" },
      ]);
      expect(await other.store.of("a_3")).toEqual([]);
      await other.close();
    });
  });
}
