import type { CallStateStore, DefinitionStore, SessionStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

export interface CallStateStores {
  readonly read: CallStateStore["read"];
  readonly sessions: SessionStore;
  readonly definitions: DefinitionStore;
}

const seen = (digest: string) => ({ digest, definition: { name: "find", description: digest } });

/** What the store promises of labels, and of all that calls read of it at once. */
export function describeCallState(make: () => Promise<Shared<CallStateStores>>): void {
  describe("what calls need of the store", () => {
    let shared: Shared<CallStateStores>;
    let stores: CallStateStores;
    beforeEach(async () => {
      shared = await make();
      stores = shared.store;
    });
    afterEach(() => shared.close());
    const labelsOf = async (key: string, of = stores) =>
      (await of.read([{ labelsOf: key }]))[0]?.labels.map((stored) => stored.label);
    const label = (key: string, ...labels: string[]) => stores.sessions.addLabels([{ key, labels, since: 1 }]);
    const list = (name: string, ...digests: string[]) =>
      stores.definitions.observed([{ server: "crm", kind: "tool", name, day: 1, seen: digests.map(seen) }]);

    it("is answered in the order of the questions, each with what it asked and nothing else", async () => {
      await label("s1", "b", "a");
      await list("find", "d1");
      const labels = ["a", "b"].map((name) => ({ label: name, since: 1, last: 1 }));
      const definitionOf = { server: "crm", kind: "tool", name: "find" } as const;
      const definition = { pinned: seen("d1"), last: seen("d1"), accepted: false };
      expect(
        await stores.read([
          { definitionOf },
          {},
          { labelsOf: "s1" },
          { labelsOf: "s1", definitionOf },
          { labelsOf: "s2" },
        ]),
      ).toEqual([
        { labels: [], definition, live: false, memory: null, texts: null },
        { labels: [], definition: null, live: false, memory: null, texts: null },
        { labels, definition: null, live: false, memory: null, texts: null },
        { labels, definition, live: false, memory: null, texts: null },
        { labels: [], definition: null, live: false, memory: null, texts: null },
      ]);
      expect(await stores.read([])).toEqual([]);
    });

    it("has labels that only grow, of several sessions in one write", async () => {
      await stores.sessions.addLabels([
        { key: "s1", labels: ["a", "a"], since: 1 },
        { key: "p1", labels: ["a"], since: 2 },
      ]);
      await label("s1", "b", "a");
      expect([await labelsOf("s1"), await labelsOf("p1")]).toEqual([["a", "b"], ["a"]]);
    });

    it("loses no label when two processes add theirs at the same time", async () => {
      const other = await shared.again();
      await Promise.all([
        label("s1", "a", "b"),
        other.store.sessions.addLabels([{ key: "s1", labels: ["b", "c"], since: 2 }]),
      ]);
      expect(await labelsOf("s1")).toEqual(["a", "b", "c"]);
      await other.close();
    });

    it("has the definition that is pinned beside the one that was seen last, and null for a tool that was never listed", async () => {
      await list("find", "d1");
      await list("find", "d2");
      const [found, none] = await stores.read(
        ["find", "send"].map((name) => ({ definitionOf: { server: "crm", kind: "tool", name } as const })),
      );
      expect(found?.definition).toEqual({ pinned: seen("d1"), last: seen("d2"), accepted: false });
      expect(none?.definition).toBeNull();
    });

    it("is durable when a write resolves, and another connection reads it", async () => {
      const other = await shared.again();
      await label("s1", "a");
      expect(await labelsOf("s1", other.store)).toEqual(["a"]);
      await other.close();
    });
  });
}
