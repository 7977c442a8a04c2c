import type { SessionStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

const token = (id: string, subject = "bot") => JSON.stringify(["https://idp.example", subject, "token", id]);
const window = (subject: string) => JSON.stringify(["https://idp.example", subject]);

/** What every store of session labels promises. */
export function describeSessionLabels(make: () => Promise<Shared<SessionStore>>): void {
  describe("labels of sessions", () => {
    let shared: Shared<SessionStore>;
    let store: SessionStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const label = (key: string, since: number, ...labels: string[]) => store.addLabels([{ key, labels, since }]);
    const found = async (query: Partial<Parameters<SessionStore["labelled"]>[0]> = {}) =>
      (await store.labelled({ limit: 9, since: 0, ...query })).map(({ key }) => key);

    it("keep when they were given first, and when last, which never goes back", async () => {
      await label("s1", 10, "b", "a");
      await label("s1", 30, "a");
      await label("s1", 20, "a");
      expect(await store.labels(["s1", "s2", "s1"])).toEqual(
        new Map([
          [
            "s1",
            [
              { label: "a", since: 10, last: 30 },
              { label: "b", since: 10, last: 10 },
            ],
          ],
        ]),
      );
    });

    it("are dropped when they were last given before a moment, and no other", async () => {
      await label("s1", 10, "a", "b");
      await label("s1", 20, "b");
      expect([await store.drop(20), await store.drop(20)]).toEqual([1, 0]);
      expect((await store.labels(["s1"])).get("s1")).toEqual([{ label: "b", since: 10, last: 20 }]);
    });

    it("list each session once, where its latest label stands, page by page", async () => {
      await label(token("a"), 10, "x", "y");
      await label(token("b"), 10, "x");
      await label(window("bot"), 5, "x");
      await label(token("a"), 20, "x");
      await label(window("bot"), 15, "z");
      expect(await found()).toEqual([token("a"), window("bot"), token("b")]);
      const [first] = await store.labelled({ limit: 1, since: 0 });
      expect(first).toEqual({ at: 20, key: token("a") });
      expect(await found({ after: first! })).toEqual([window("bot"), token("b")]);
      expect(await found({ since: 15 })).toEqual([token("a")]);
    });

    it("list the sessions of one caller, and those of one id", async () => {
      await label(token("a"), 10, "x");
      await label(token("a", "other"), 11, "x");
      await label(window("other"), 12, "x");
      await label(window("bot"), 13, "x");
      expect(await found({ subject: "other" })).toEqual([window("other"), token("a", "other")]);
      expect(await found({ session: "a" })).toEqual([token("a", "other"), token("a")]);
      expect(await found({ session: "principal:bot" })).toEqual([window("bot")]);
      expect(await found({ subject: "bot", session: "a" })).toEqual([token("a")]);
      expect(await found({ subject: "nobody" })).toEqual([]);
    });

    it("tell a process that another one has written", async () => {
      store.changedElsewhere();
      const other = await shared.again();
      await other.store.addLabels([{ key: "s1", labels: ["b"], since: 2 }]);
      await shared.look();
      expect(store.changedElsewhere()).toBe(true);
      await other.close();
    });
  });
}
