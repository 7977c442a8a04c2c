import type { TaskTextStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

const client = '["https://idp.example","chat-app"]';
const cut = (text: string, truncated = false) => ({ text, truncated });

/** What every store of what is added to the texts of tasks promises. */
export function describeTaskTextStore(make: () => Promise<Shared<TaskTextStore>>): void {
  describe("what is added to the texts of tasks", () => {
    let shared: Shared<TaskTextStore>;
    let store: TaskTextStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const extend = (key: string, text: string, { now = 1_000, expires = 2_000, by = client, mostKeys = 10 } = {}) =>
      store.extend({ key, by, text: cut(text) }, { now, expires, mostKeys });
    const textsOf = async (key: string, now = 1_000, of = store) =>
      (await of.read(key, now))?.texts.map(({ text }) => text) ?? null;

    it("is given back in the order in which it was said, as it was, by key", async () => {
      const hostile = `line\nbreak\t"quoted" \u2028 ü 😀`;
      await extend("s1", "first");
      const told = await store.extend(
        { key: "s1", by: client, text: cut(hostile, true) },
        { now: 1_000, expires: 3_000, mostKeys: 10 },
      );
      expect(told).toEqual({
        by: client,
        expires: 3_000,
        dropped: [],
        texts: [cut("first"), cut(hostile, true)],
        kept: cut(hostile, true),
      });
      expect(await store.read("s1", 1_500)).toEqual({ by: client, expires: 3_000, texts: told.texts });
      expect(await store.read("s2", 1_500)).toBeNull();
    });

    it("is cut to the room that is left, and says what of it is kept", async () => {
      await extend("s1", "a".repeat(16_380));
      expect((await extend("s1", "bcdefgh")).kept).toEqual(cut("bcde", true));
      expect((await extend("s1", "more")).kept).toBeNull();
      expect(await textsOf("s1")).toEqual(["a".repeat(16_380), "bcde"]);
    });

    it("loses nothing, and keeps to its bound, when two processes add at the same time", async () => {
      const other = await shared.again();
      const long = (letter: string) => letter.repeat(10_000);
      await Promise.all([
        extend("s1", long("a")),
        other.store.extend(
          { key: "s1", by: client, text: cut(long("b")) },
          { now: 1_000, expires: 2_000, mostKeys: 10 },
        ),
      ]);
      const texts = (await textsOf("s1")) ?? [];
      expect(texts.map(({ length }) => length).toSorted()).toEqual([10_000, 6_384]);
      await other.close();
    });

    it("ends when its time is over, all of a key together, and begins anew after that", async () => {
      await extend("s1", "first", { expires: 2_000 });
      await extend("s1", "second", { expires: 3_000 });
      expect(await textsOf("s1", 2_999)).toEqual(["first", "second"]);
      expect(await textsOf("s1", 3_000)).toBeNull();
      await extend("s1", "third", { now: 3_000, expires: 4_000 });
      expect(await textsOf("s1", 3_000)).toEqual(["third"]);
    });

    it("is removed when it is purged after its end, and not before", async () => {
      await extend("s1", "first", { expires: 2_000 });
      await extend("s2", "second", { expires: 3_000 });
      await store.purge(2_000);
      // Before it expired, it would be there.
      expect([await textsOf("s1", 0), await textsOf("s2", 0)]).toEqual([null, ["second"]]);
    });

    it("of a client with more than its share of keys makes room at its own cost, what expires first going first", async () => {
      await extend("other", "x", { by: "other" });
      await extend("s1", "a", { expires: 5_000, mostKeys: 2 });
      await extend("s2", "b", { expires: 4_000, mostKeys: 2 });
      // The new one stays, although it expires before the others.
      expect((await extend("s3", "c", { expires: 3_000, mostKeys: 2 })).dropped).toEqual(["s2"]);
      expect(await Promise.all(["s1", "s2", "s3", "other"].map((key) => textsOf(key)))).toEqual([
        ["a"],
        null,
        ["c"],
        ["x"],
      ]);
    });

    it("is durable when the call resolves, and another connection sees it and is told that something was written", async () => {
      const other = await shared.again();
      await Promise.all([shared.look(), other.look()]);
      [store, other.store].map((one) => one.changedElsewhere());
      await extend("s1", "first");
      expect(await textsOf("s1", 1_000, other.store)).toEqual(["first"]);
      await Promise.all([shared.look(), other.look()]);
      expect([other.store.changedElsewhere(), store.changedElsewhere()]).toEqual([true, false]);
      await other.close();
    });
  });
}
