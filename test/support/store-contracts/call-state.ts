import type {
  CallQuestion,
  CallStateStore,
  DefinitionStore,
  ProvenanceStore,
  SessionStore,
  StoredMemory,
  TaskTextStore,
} from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

export interface CallStateStores extends CallStateStore {
  readonly sessions: SessionStore;
  readonly definitions: DefinitionStore;
  readonly memories: ProvenanceStore;
  readonly texts: TaskTextStore;
}

const seen = (digest: string) => ({ digest, definition: { name: "find", description: digest } });

/** Each engine has a class of its own for bytes. */
const plain = (stored: StoredMemory): StoredMemory => ({
  ...stored,
  memory: stored.memory && Uint8Array.from(stored.memory),
});

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

    it("keeps that a session had a memory as long as the session has labels", async () => {
      const { memories, sessions } = stores;
      await memories.claim([{ key: "s1", version: 0 }], "p1", 10);
      await memories.write([{ key: "s1", memory: Uint8Array.of(1), complete: true }], "p1", 20);
      await label("s1", "read:untrusted");
      expect([await memories.shed(30), await memories.drop(30)]).toEqual([1, 0]);
      expect(await memories.read(["s1"])).toEqual([{ memory: null, version: 1, writer: null }]);
      expect([await sessions.drop(2), await memories.drop(30)]).toEqual([1, 1]);
    });

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
        { labels: [], definition, live: false, memory: null, texts: null, history: null },
        { labels: [], definition: null, live: false, memory: null, texts: null, history: null },
        { labels, definition: null, live: false, memory: null, texts: null, history: null },
        { labels, definition, live: false, memory: null, texts: null, history: null },
        { labels: [], definition: null, live: false, memory: null, texts: null, history: null },
      ]);
      expect(await stores.read([])).toEqual([]);
    });

    it("is what questions about different things, asked apart and together, would be told alone", async () => {
      await label("s1", "a");
      await stores.write([{ claim: { key: "m1", version: 0, writer: "p1", now: 1 } }]);
      await stores.memories.write([{ key: "m1", memory: Uint8Array.of(7), complete: false }], "p1", 2);
      const text = { text: "Book a room", truncated: false };
      await stores.texts.extend({ key: "t1", by: "app", text }, { now: 1, expires: 9, mostKeys: 5 });
      const questions: readonly CallQuestion[] = [
        { memoryOf: "m1" },
        { labelsOf: "s1" },
        { labelsOf: "none", textsOf: { key: "t1", now: 8 } },
        { memoryOf: "none" },
        { textsOf: { key: "t1", now: 9 } },
        { labelsOf: "s1", memoryOf: "m1", textsOf: { key: "t1", now: 1 } },
        { liveOf: { issuer: "i", subject: "s", now: 1 } },
      ];
      const alone = await Promise.all(questions.map(async (question) => (await stores.read([question]))[0]));
      expect(await stores.read(questions)).toEqual(alone);
      const memory = { memory: Uint8Array.of(7), version: 1, writer: "p1" };
      const texts = { texts: [text], by: "app", expires: 9 };
      const labels = [{ label: "a", since: 1, last: 1 }];
      const none = { labels: [], definition: null, live: false, memory: null, texts: null, history: null };
      expect(alone.map((state) => state && { ...state, memory: state.memory && plain(state.memory) })).toEqual([
        { ...none, memory },
        { ...none, labels },
        { ...none, texts },
        none,
        none,
        { ...none, labels, memory, texts },
        none,
      ]);
    });

    it("is changed by many calls at once: labels, and claims that say which was lost", async () => {
      await stores.write([{ claim: { key: "other's", version: 0, writer: "p2", now: 1 } }]);
      const claim = (key: string, version = 0) => ({ claim: { key, version, writer: "p1", now: 2 } });
      const labels = [{ key: "s1", labels: ["b"], since: 1 }];
      expect(
        await stores.write([
          { labels },
          claim("m1"),
          { labels: [{ key: "s1", labels: ["a", "b"], since: 2 }], ...claim("other's") },
          {},
          claim("m1"),
          claim("gone", 4),
        ]),
      ).toEqual([true, true, false, true, true, false]);
      expect(await labelsOf("s1")).toEqual(["a", "b"]);
      const writers = await stores.read(["m1", "other's", "gone"].map((memoryOf) => ({ memoryOf })));
      expect(writers.map(({ memory }) => memory?.writer)).toEqual(["p1", "p1", "p1"]);
      expect(await stores.write([claim("m1"), claim("m1", 3)])).toEqual([true, false]);
      expect(await stores.write([])).toEqual([]);
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
