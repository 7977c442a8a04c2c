import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import type { DefinitionKind } from "../../../gateway/domain/definition-kinds.ts";
import type { DefinitionStore } from "../../../gateway/domain/ports.ts";
import { readSubjectMatter } from "../../../gateway/parse/mcp/subject.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { slowdown } from "../../support/slowdown.ts";
import { listTool, openCallState, toolOf } from "../../support/test-definitions.ts";

const connect = (file = ":memory:") => new Connection(openDatabase(file));
const tool = { name: "read", description: "reads", inputSchema: { type: "object" } };

describe("a server that lists tools without end", () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `t${n}`);

  /** What was listed is pending until `keep`; `asked` has what was asked of the store, in that order. */
  function counted(connection = connect()) {
    const asked: string[] = [];
    const clock = new TestClock();
    const { definitions, read } = openCallState(connection);
    const store = new Proxy(definitions, {
      get(real, name: keyof DefinitionStore) {
        if (name !== "changedElsewhere") asked.push(name);
        return real[name];
      },
    });
    const ledger = definitionLedger({
      store,
      clock,
      logger: quiet,
      read: (question) => (asked.push("read"), read(question)),
      onPending: () => void asked.push("pending"),
    });
    const list = async (all: readonly string[], server = "crm", kind: DefinitionKind = "tool") => {
      const facts = await ledger.observe(
        { server, kind },
        all.map((name) => ({ name, definition: { ...tool, name } })),
      );
      return facts.map((fact) => fact !== null);
    };
    return { ledger, list, asked, clock };
  }

  test("has no more than a thousand of them remembered, and is a finding", async () => {
    const { ledger, list } = counted();
    expect((await list(names(1_010))).filter(Boolean).length).toBe(1_000);
    expect((await ledger.fact(toolOf("crm", "t1005"))).pinned).toBe(false);
    expect(await list(["t1"])).toEqual([true]);
    expect(await list(["t1"], "other")).toEqual([true]);
    expect(await ledger.findings()).toEqual([expect.objectContaining({ name: "tools-capped", severity: "degraded" })]);
  });

  test("has no resource shown beyond them whose name no call may have", async () => {
    const { list } = counted();
    await list(names(1_000), "crm", "resource");
    expect(await list(["file:///a", "file:///a\tb"], "crm", "resource")).toEqual([true, false]);
  });

  test("costs one read for a hundred thousand names, no write in the turn that lists them, and one after it", async () => {
    const { ledger, list, asked } = counted();
    await list(names(100_000));
    expect(asked).toEqual(["listed", "pending", "pending"]);
    expect(await ledger.fact(toolOf("crm", "t7"))).toMatchObject({ pinned: true, changed: false });
    asked.length = 0;
    await ledger.keep();
    expect(asked).toEqual(["observed", "drop"]);
    asked.length = 0;
    await list(names(100_000));
    // Each tool that is remembered is read once.
    expect(Object.groupBy(asked, (name) => name)).toMatchObject({ read: { length: 1_000 } });
    asked.length = 0;
    await list(names(100_000));
    expect(asked).toEqual([]);
  });

  test("costs as much as one with a thousand names, neither by the turn that lists nor by the one that writes", async () => {
    const few = names(1_000);
    const many = names(100_000);
    const text = JSON.stringify(many.map((name) => ({ ...tool, name })));
    const each = (all: readonly string[]) => async () => {
      const { ledger, list } = counted();
      await list(all);
      await ledger.keep();
    };
    expect(await slowdown(each(many), async () => (await each(few)(), JSON.parse(text)), 6)).toBeLessThan(6);
  });

  test("drops none of its own pins by it, until it has not listed them for thirty days", async () => {
    const { ledger, list, clock } = counted();
    const changed = { ...tool, name: "t1", description: "tells evil.example" };
    await list(names(1_000));
    await listTool(ledger, "crm", "t1", changed);
    clock.advance(20 * 86_400_000);
    await list(["t5"]);
    await ledger.keep();
    clock.advance(10 * 86_400_000);
    expect(await list(["new"])).toEqual([false]);
    await ledger.keep();
    expect(await list(["new"])).toEqual([false]);
    clock.advance(86_400_000);
    expect(await list(["new"])).toEqual([false]);
    await ledger.keep();
    expect(await list(["new"])).toEqual([true]);
    // t1 has a change that nobody accepted, t5 was listed meanwhile; the others are new again.
    const pinned = await Promise.all(
      ["t1", "t5", "t6"].map(async (name) => (await ledger.fact(toolOf("crm", name))).pinned),
    );
    expect(pinned).toEqual([true, true, false]);
    expect(await listTool(ledger, "crm", "t1", changed)).toBe(true);
    expect((await ledger.fact(toolOf("crm", "t1"))).changed).toBe(true);
    expect((await ledger.findings()).map(({ name }) => name)).toEqual(["tool-definitions"]);
  });

  test("forgets nothing where it is not full, however far the clock leaps", async () => {
    const { ledger, list, clock } = counted();
    await list(["a", "b"]);
    await ledger.keep();
    clock.leap(10 * 365 * 86_400_000);
    await list(["a"]);
    await ledger.keep();
    await listTool(ledger, "crm", "b", { ...tool, name: "b", description: "tells evil.example" });
    expect((await ledger.fact(toolOf("crm", "b"))).changed).toBe(true);
  });
});

describe("a server that lists names which no store can keep", () => {
  const listing = () => {
    const clock = new TestClock();
    const { definitions: store, read } = openCallState(connect());
    const ledger = definitionLedger({ store, read, clock, logger: quiet, onPending: () => undefined });
    const list = async (kind: DefinitionKind, ...all: readonly string[]) => {
      const listed = all.map((name) => ({ name, definition: { ...tool, name } }));
      const facts = await ledger.observe({ server: "crm", kind }, listed);
      return facts.map((fact) => fact !== null);
    };
    return { ledger, list, clock };
  };

  test.each<DefinitionKind>(["tool", "prompt", "resource", "resource_template"])(
    "has each such %s hidden, and no other",
    async (kind) => {
      const { ledger, list } = listing();
      const [longest, tooLong] = ["é".repeat(1_024), `${"é".repeat(1_024)}a`];
      const shown = await list(kind, "a\0b", "half \ud83d", tooLong, longest, "read");
      // No tool may have the longest one.
      expect(shown).toEqual([false, false, false, kind !== "tool", true]);
      await ledger.keep();
      expect([...(await ledger.names({ server: "crm", kind }))]).toEqual([longest, "read"]);
    },
  );

  test("is one finding, until it has not listed any for a day", async () => {
    const { ledger, list, clock } = listing();
    await list("tool", "read");
    expect(await ledger.findings()).toEqual([]);
    await list("tool", "a\0b", "c\0d");
    await list("resource", "file:///\0");
    const findings = await ledger.findings();
    expect(findings.filter(({ name }) => name !== "names-uncallable")).toEqual([
      expect.objectContaining({
        name: "names-unkept",
        problem: "crm lists names that no store can keep; they are hidden",
        severity: "degraded",
      }),
    ]);
    clock.advance(2 * 86_400_000);
    expect(await ledger.findings()).toEqual([]);
  });

  const readName = (name: string) => {
    const route = { server: "crm", session: { meta: "session" } };
    return readSubjectMatter("tool", { params: { name } } as never, route as never).name;
  };

  test("has each hidden that no call may have, which is one finding, and remembers it as a name that may look like another", async () => {
    const { ledger, list, clock } = listing();
    const refused = ["read it", "lösche", "a\tb", "a".repeat(129)];
    for (const name of refused) expect(() => readName(name)).toThrow("not one valid JSON-RPC message");
    expect(await list("tool", ...refused, "a".repeat(128), "read")).toEqual([...refused.map(() => false), true, true]);
    expect(readName("a".repeat(128))).toBe("a".repeat(128));
    expect(await list("prompt", "read it", "lösche", "a\tb")).toEqual([true, true, false]);
    expect([...(await ledger.names({ server: "crm", kind: "tool" }))]).toEqual(expect.arrayContaining(refused));
    expect(await ledger.findings()).toEqual([
      expect.objectContaining({
        name: "names-uncallable",
        problem: "crm lists names that no call may have; they are hidden",
        severity: "degraded",
      }),
    ]);
    clock.advance(2 * 86_400_000);
    expect(await ledger.findings()).toEqual([]);
  });
});
