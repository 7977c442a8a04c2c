import type { DefinitionKind } from "../../../gateway/domain/definition-kinds.ts";
import type { DefinitionStore, ObservedDefinition } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

const seen = (digest: string) => ({ digest, definition: { name: "find", description: digest } });

function tool(name: string, digests: readonly string[], changes: Partial<ObservedDefinition> = {}): ObservedDefinition {
  return { server: "crm", kind: "tool", name, day: 1, seen: digests.map(seen), ...changes };
}

const toolsOf = (server: string) => ({ server, kind: "tool" as DefinitionKind });

/** What every store of definitions of tools promises. */
export function describeDefinitionStore(make: () => Promise<Shared<DefinitionStore>>): void {
  describe("definitions of tools", () => {
    let shared: Shared<DefinitionStore>;
    let store: DefinitionStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());
    const changed = async (of = store) =>
      (await of.changes({ server: null, limit: 9 })).map(({ name, pinned, last }) => [
        name,
        pinned.digest,
        last.digest,
      ]);
    const acceptance = { ...toolsOf("crm"), name: "find", digest: "d2", by: "ada", at: 5 };

    it("have the first one pinned, and of what is pinned the last one seen", async () => {
      await store.observed([tool("find", ["d1"]), tool("send", ["d1", "d2"])]);
      expect(await changed()).toEqual([["send", "d1", "d2"]]);
      await store.observed([tool("find", ["d3"]), tool("send", ["d1"])]);
      expect(await changed()).toEqual([["find", "d1", "d3"]]);
      expect(await store.changes({ server: null, limit: 9 })).toMatchObject([
        { server: "crm", pinned: seen("d1"), last: seen("d3") },
      ]);
    });

    it("are pinned once when two processes see another first one each", async () => {
      const other = await shared.again();
      await Promise.all([store.observed([tool("find", ["d1"])]), other.store.observed([tool("find", ["d2"])])]);
      expect([
        ["find", "d1", "d2"],
        ["find", "d2", "d1"],
      ]).toContainEqual((await changed())[0]);
      expect(await store.countChanges(null)).toEqual([{ kind: "tool", count: 1 }]);
      await other.close();
    });

    it("wait until they are accepted for the first time, by server, unless they changed", async () => {
      const named = (items: readonly { server: string; name: string }[]) =>
        items.map(({ server, name }) => `${server}/${name}`);
      const first = { ...acceptance, digest: "d1" };
      await store.observed([
        tool("find", ["d1"]),
        tool("send", ["d1", "d2"]),
        tool("find", ["d1"], { server: "mail" }),
      ]);
      expect(named(await store.waiting(["crm", "mail"], 9))).toEqual(["crm/find", "mail/find"]);
      expect(await store.waiting(["crm"], 9)).toEqual([{ server: "crm", kind: "tool", name: "find", ...seen("d1") }]);
      expect([await store.waiting([], 9), await store.waiting(["crm", "mail"], 1)]).toMatchObject([[], [{}]]);
      expect(await store.acceptFirst({ ...first, digest: "d2" })).toBe(false);
      expect(await store.acceptFirst({ ...first, name: "send" })).toBe(false);
      expect([await store.acceptFirst(first), await store.acceptFirst(first)]).toEqual([true, false]);
      expect(await store.countWaiting(["crm", "mail"])).toEqual([{ server: "mail", kind: "tool", count: 1 }]);
    });

    it("are accepted no longer once another one was accepted and the first one came back", async () => {
      const other = { ...acceptance, digest: "d2" };
      await store.observed([tool("find", ["d1"])]);
      await store.acceptFirst({ ...acceptance, digest: "d1" });
      await store.observed([tool("find", ["d2"])]);
      expect(await store.known({ server: "crm", limit: 9 })).toEqual([
        { server: "crm", kind: "tool", name: "find", digest: "d2", changed: true, accepted: true },
      ]);
      await store.accept(other);
      await store.drop(toolsOf("crm"), 9);
      await store.observed([tool("find", ["d1"])]);
      expect(await store.known({ server: null, limit: 9 })).toMatchObject([{ digest: "d1", accepted: false }]);
      expect(await store.countKnown("mail")).toBe(0);
    });

    it("that changed are listed by server and name, at most so many, and counted", async () => {
      for (const server of ["mail", "crm"])
        for (const name of ["b", "a"]) await store.observed([tool(name, ["d1", "d2"], { server })]);
      const names = (await store.changes({ server: null, limit: 3 })).map(({ server, name }) => `${server}/${name}`);
      expect([names, await store.countChanges(null)]).toEqual([
        ["crm/a", "crm/b", "mail/a"],
        [{ kind: "tool", count: 4 }],
      ]);
    });

    it("are listed by server, with the day on which each was listed last", async () => {
      await store.observed([tool("find", ["d1"]), tool("send", ["d1"]), tool("find", ["d1"], { server: "mail" })]);
      await store.observed([tool("find", [], { day: 9 })]);
      expect(await store.listed(toolsOf("crm"))).toEqual(
        new Map([
          ["find", 9],
          ["send", 1],
        ]),
      );
      expect((await store.listed(toolsOf("none"))).size).toBe(0);
    });

    it("that were not listed for long are dropped, but none whose change is not accepted", async () => {
      await store.observed([
        ...[tool("old", ["d1"]), tool("changed", ["d1", "d2"]), tool("new", ["d1"], { day: 9 })],
        tool("old", ["d1"], { server: "mail" }),
      ]);
      expect([await store.drop(toolsOf("crm"), 9), await store.drop(toolsOf("crm"), 9)]).toEqual([1, 0]);
      expect([...(await store.listed(toolsOf("crm"))).keys()].toSorted()).toEqual(["changed", "new"]);
      expect((await store.listed(toolsOf("mail"))).size).toBe(1);
      // Seen again, it is new.
      await store.observed([tool("old", ["d5"])]);
      expect((await changed()).map(([name]) => name)).toEqual(["changed"]);
    });

    it("are accepted by the digest that was seen last, and once", async () => {
      await store.observed([tool("find", ["d1", "d2"]), tool("same", ["d1"])]);
      const wrong = [{ digest: "d1" }, { digest: "d3" }, { name: "same", digest: "d1" }, { name: "none" }];
      for (const change of wrong) expect(await store.accept({ ...acceptance, ...change })).toBe(false);
      expect([await store.accept(acceptance), await store.accept(acceptance)]).toEqual([true, false]);
      expect(await changed()).toEqual([]);
      await store.observed([tool("find", ["d1"])]);
      expect(await changed()).toEqual([["find", "d2", "d1"]]);
    });

    it("are accepted by one of two who try at once", async () => {
      const other = await shared.again();
      await store.observed([tool("find", ["d1", "d2"])]);
      const accepted = await Promise.all([store.accept(acceptance), other.store.accept({ ...acceptance, by: "bob" })]);
      expect(accepted.toSorted()).toEqual([false, true]);
      await other.close();
    });

    it("are kept by kind: a prompt, a resource and its template have names of their own", async () => {
      const prompt = (digests: readonly string[]) => tool("find", digests, { kind: "prompt" });
      const others = (["resource", "resource_template"] as const).map((kind) => tool("crm://{id}", ["d1"], { kind }));
      await store.observed([tool("find", ["d1"]), prompt(["d1", "d2"]), ...others]);
      expect(await store.changes({ server: null, limit: 9 })).toMatchObject([{ kind: "prompt", name: "find" }]);
      expect(await store.countChanges(null)).toEqual([{ kind: "prompt", count: 1 }]);
      expect([...(await store.listed({ server: "crm", kind: "resource" })).keys()]).toEqual(["crm://{id}"]);
      expect(await store.accept(acceptance)).toBe(false);
      expect(await store.accept({ ...acceptance, kind: "prompt" })).toBe(true);
      expect(await store.known({ server: "crm", limit: 9 })).toMatchObject([
        { kind: "prompt", digest: "d2", changed: false, accepted: true },
        { kind: "resource", accepted: false },
        { kind: "resource_template", accepted: false },
        { kind: "tool", digest: "d1", changed: false, accepted: false },
      ]);
      expect(await store.countWaiting(["crm"])).toEqual(
        ["resource", "resource_template", "tool"].map((kind) => ({ server: "crm", kind, count: 1 })),
      );
      expect((await store.names()).map(({ kind }) => kind)).toEqual(["prompt", "tool"]);
      expect(await store.drop({ server: "crm", kind: "resource" }, 9)).toBe(1);
      expect(await store.countKnown("crm")).toBe(3);
    });

    it("are durable when the call resolves, and another connection sees them and that they were written", async () => {
      const other = await shared.again();
      other.store.changedElsewhere();
      await other.look();
      expect(other.store.changedElsewhere()).toBe(false);
      await store.observed([tool("find", ["d1", "d2"])]);
      await other.look();
      expect(other.store.changedElsewhere()).toBe(true);
      expect(await changed(other.store)).toEqual([["find", "d1", "d2"]]);
      await other.close();
    });
  });
}
