import type { JudgedPolicy } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

/** What every store of the policy that judged last promises. */
export function describeJudgedPolicy(make: () => Promise<Shared<JudgedPolicy>>): void {
  describe("the policy that judged last", () => {
    let shared: Shared<JudgedPolicy>;
    beforeEach(async () => {
      shared = await make();
    });
    afterEach(() => shared.close());

    it("is none at first, then the one that was noted last, and other gateways know it at once", async () => {
      const { store } = shared;
      const other = await shared.again();
      expect(await other.store.last()).toBeNull();
      for (const name of ["1", "2"]) {
        const policy = { revision: `r${name}`, digest: `sha256:${name}` };
        await store.note(policy);
        expect([await store.last(), await other.store.last()]).toEqual([policy, policy]);
      }
      await other.close();
    });
  });
}
