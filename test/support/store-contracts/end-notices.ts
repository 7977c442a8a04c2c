import { nothingEnded } from "../../../gateway/domain/ended.ts";
import type { EndNotice, EndNoticeStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

const notice = (id: string, at = 1): EndNotice => ({
  id,
  process: "p_1",
  asks: false,
  at,
  target: { kind: "task", issuer: null, target: "t_1" },
  by: { kind: "task", id: "t_1", reason: "closed" },
});

const counted = { ...nothingEnded, calls: 2, callers: [] };

/** What every store of notices about ends promises. */
export function describeEndNotices(make: () => Promise<Shared<EndNoticeStore>>): void {
  describe("a store of notices about ends", () => {
    let shared: Shared<EndNoticeStore>;
    let store: EndNoticeStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());

    it("gives another process what was announced since it looked, oldest first", async () => {
      const other = await shared.again();
      expect(await other.store.newest()).toBe(0);
      await store.announce(notice("n_1"));
      const first = await other.store.since(0);
      expect(first.notices).toEqual([notice("n_1")]);
      await store.announce(notice("n_2"));
      await store.announce(notice("n_3"));
      expect((await other.store.since(first.last)).notices.map(({ id }) => id)).toEqual(["n_2", "n_3"]);
      expect(await other.store.since(await other.store.newest())).toMatchObject({ notices: [] });
      await other.close();
    });

    it("gives whoever announced it the answer of each process, the last one of each", async () => {
      const other = await shared.again();
      await store.announce(notice("n_1"));
      await other.store.answer("n_1", "p_2", { ...counted, calls: 1 });
      await other.store.answer("n_1", "p_2", counted);
      expect(await store.answers("n_1")).toEqual([{ process: "p_2", counted }]);
      expect(await store.answers("n_2")).toEqual([]);
      await other.close();
    });

    it("forgets old ones with their answers, and numbers new ones on", async () => {
      await store.announce(notice("n_1", 1));
      await store.answer("n_1", "p_2", counted);
      const { last } = await store.since(0);
      await store.purge(2);
      expect([(await store.since(0)).notices, await store.answers("n_1")]).toEqual([[], []]);
      await store.announce(notice("n_2", 5));
      expect((await store.since(last)).notices.map(({ id }) => id)).toEqual(["n_2"]);
    });

    it("notices what another process wrote, and not its own", async () => {
      const other = await shared.again();
      const noticed = async (): Promise<boolean> => {
        await shared.look();
        return store.changedElsewhere();
      };
      await noticed();
      await store.announce(notice("n_1"));
      expect(await noticed()).toBe(false);
      await other.store.announce(notice("n_2"));
      expect(await noticed()).toBe(true);
      await other.close();
    });
  });
}
