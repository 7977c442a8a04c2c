import type { BundleMarks } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

/** What every store of marks of signed bundles promises. */
export function describeBundleMarks(make: () => Promise<Shared<BundleMarks>>): void {
  describe("marks of signed bundles", () => {
    let shared: Shared<BundleMarks>;
    let marks: BundleMarks;
    beforeEach(async () => {
      shared = await make();
      marks = shared.store;
    });
    afterEach(() => shared.close());
    const mark = { content: "sha256:a", at: 1 };

    it("know nothing at first", async () => {
      expect([await marks.newest(), await marks.contentOf("r1")]).toEqual([null, null]);
    });

    it("have no time as long as no signature had one, and then the newest, whichever came last", async () => {
      await marks.add({ ...mark, revision: "r1", issuedAt: null });
      expect(await marks.newest()).toBeNull();
      await marks.add({ ...mark, revision: "r1", issuedAt: 7.5 });
      await marks.add({ ...mark, revision: "r1", issuedAt: null });
      await marks.add({ ...mark, revision: "r2", issuedAt: 5 });
      expect(await marks.newest()).toBe(7.5);
    });

    it("keep the content that a revision was first the name of", async () => {
      await marks.add({ ...mark, revision: "r1", issuedAt: 1 });
      await marks.add({ ...mark, revision: "r1", content: "sha256:b", issuedAt: 2 });
      expect([await marks.contentOf("r1"), await marks.contentOf("r2")]).toEqual(["sha256:a", null]);
    });

    it("are durable when the call resolves, and another connection sees them", async () => {
      const other = await shared.again();
      await marks.add({ ...mark, revision: "r1", issuedAt: 9 });
      expect([await other.store.newest(), await other.store.contentOf("r1")]).toEqual([9, "sha256:a"]);
      await other.close();
    });
  });
}
