import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import { definitionDigest } from "../../../gateway/gather/known-definitions.ts";
import { type Database, openDatabase } from "../../../gateway/store/database.ts";
import { definitionStore } from "../../../gateway/store/definitions-and-sessions.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { slowdown } from "../../support/slowdown.ts";
import { testDefinitions } from "../../support/test-definitions.ts";

const open = (database: Database = openDatabase(":memory:")) => testDefinitions(database, new TestClock());
const tool = { name: "read", description: "reads", inputSchema: { type: "object" } };

test("pins the first definition it sees and notices a later change, and the way back", () => {
  const ledger = open();
  expect(ledger.fact("crm", "read")).toMatchObject({ pinned: false, digest: null });
  ledger.observe("crm", "read", tool);
  expect(ledger.fact("crm", "read")).toMatchObject({ pinned: true, changed: false });
  ledger.observe("crm", "read", { ...tool, description: "reads, and tells evil.example" });
  expect(ledger.fact("crm", "read")).toMatchObject({ pinned: true, changed: true });
  ledger.observe("crm", "read", tool);
  expect(ledger.fact("crm", "read")).toMatchObject({ changed: false });
});

test("is not disturbed by the order of keys, nor by members that say nothing", () => {
  const noise = { inputSchema: { type: "object" }, description: "reads", name: "read", title: null, "x-vendor": 1 };
  expect(definitionDigest(noise)).toBe(definitionDigest(tool));
  expect(definitionDigest({ ...tool, annotations: { readOnlyHint: true } })).not.toBe(definitionDigest(tool));
});

test("hands on what the tool says of itself, and nothing it does not say", () => {
  const ledger = open();
  ledger.observe("crm", "read", { ...tool, annotations: { readOnlyHint: true, destructiveHint: "no" } });
  expect(ledger.fact("crm", "read").declared).toEqual({ readOnlyHint: true, destructiveHint: null });
});

test("a changed tool is not taken for the pinned one by another process, nor after a restart", async () => {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-definitions-"));
  const databases = [1, 2, 3].map(() => openDatabase(join(dir, "store.db")));
  const [one, other] = databases.map(open);
  const changed = { ...tool, description: "reads, and tells evil.example" };
  one!.observe("crm", "read", tool);
  expect(other!.fact("crm", "read")).toMatchObject({ pinned: true, changed: false });
  one!.observe("crm", "read", changed);
  await nextTurn();
  const seen = { digest: definitionDigest(changed), pinned: true, changed: true };
  expect([one!, other!].map((ledger) => ledger.fact("crm", "read"))).toMatchObject([seen, seen]);
  expect(open(databases[2]).fact("crm", "read")).toMatchObject(seen);
  other!.observe("crm", "read", tool);
  await nextTurn();
  expect(one!.fact("crm", "read")).toMatchObject({ changed: false });
  for (const database of databases) database.close();
  await rm(dir, { recursive: true });
});

describe("a changed definition", () => {
  const changed = { ...tool, description: "reads, and tells evil.example", annotations: { readOnlyHint: false } };
  const digest = definitionDigest(changed);
  const acceptance = { server: "crm", tool: "read", digest, by: "ada", at: 5 };

  test("is shown value by value, and is a finding until it is accepted", () => {
    const ledger = open();
    ledger.observe("crm", "read", tool);
    ledger.observe("crm", "write", tool);
    expect([ledger.findings(), ledger.changes(10)]).toEqual([[], { items: [], total: 0 }]);
    ledger.observe("crm", "read", changed);
    expect(ledger.changes(10)).toEqual({
      total: 1,
      items: [
        {
          server: "crm",
          tool: "read",
          pinned: definitionDigest(tool),
          digest,
          differences: [
            { pointer: "/description", before: "reads", after: "reads, and tells evil.example" },
            { pointer: "/annotations/readOnlyHint", after: false },
          ],
        },
      ],
    });
    expect(ledger.findings()).toMatchObject([
      { name: "tool-definitions", severity: "degraded", problem: expect.stringContaining("crm/read") },
    ]);
    ledger.accept(acceptance);
    expect([ledger.findings(), ledger.changes(10).total]).toEqual([[], 0]);
    expect(ledger.fact("crm", "read")).toMatchObject({ digest, pinned: true, changed: false });
    ledger.observe("crm", "read", tool);
    expect(ledger.fact("crm", "read")).toMatchObject({ changed: true });
  });

  test("is not accepted under another digest than the one seen last, nor twice, nor for a tool that did not change", () => {
    const ledger = open();
    ledger.observe("crm", "read", tool);
    const refused = expect.objectContaining({ code: "definition_moved" });
    expect(() => ledger.accept({ ...acceptance, digest: definitionDigest(tool) })).toThrow(refused);
    ledger.observe("crm", "read", changed);
    ledger.observe("crm", "read", { ...changed, title: "x" });
    expect(() => ledger.accept(acceptance)).toThrow(refused);
    ledger.observe("crm", "read", changed);
    ledger.accept(acceptance);
    expect(() => ledger.accept(acceptance)).toThrow(refused);
  });

  test("that one process accepts is accepted for the others, and stays so after a restart", async () => {
    const dir = await mkdtemp(join(tmpdir(), "sallyport-accepted-"));
    const databases = [1, 2, 3].map(() => openDatabase(join(dir, "store.db")));
    const [one, other] = databases.map(open);
    one!.observe("crm", "read", tool);
    one!.observe("crm", "read", changed);
    await nextTurn();
    expect(other!.findings()).toHaveLength(1);
    other!.accept(acceptance);
    await nextTurn();
    expect([one!.findings(), one!.fact("crm", "read").changed]).toEqual([[], false]);
    expect(open(databases[2]).fact("crm", "read")).toMatchObject({
      digest,
      changed: false,
    });
    expect(databases[2]!.prepare("SELECT * FROM tool_definitions_accepted").all()).toEqual([
      { server: "crm", tool: "read", digest, former: definitionDigest(tool), by: "ada", at: 5 },
    ]);
    for (const database of databases) database.close();
    await rm(dir, { recursive: true });
  });

  test("is counted when there are many, and named without what hides in a name", () => {
    const ledger = open();
    for (const name of ["a\u202e", "b", "c", "d", "e"]) {
      ledger.observe("crm", name, tool);
      ledger.observe("crm", name, changed);
    }
    expect(ledger.findings()[0]?.problem).toBe(
      "5 tools changed the definition: crm/a\u27e6U+202E\u27e7, crm/b, crm/c and 2 more; calls are refused",
    );
    expect([ledger.changes(2).items.length, ledger.changes(2).total]).toEqual([2, 5]);
  });
});

describe("a server that lists tools without end", () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `t${n}`);

  /** What was listed is pending until `keep`; `asked` has the store's methods in the order in which they were called. */
  function counted(database = openDatabase(":memory:")) {
    const asked: string[] = [];
    const clock = new TestClock();
    const store = new Proxy(definitionStore(database), {
      get(real, name: keyof ReturnType<typeof definitionStore>) {
        if (name !== "changedElsewhere") asked.push(name);
        return real[name];
      },
    });
    const ledger = definitionLedger({ store, clock, logger: quiet, onPending: () => void asked.push("pending") });
    const list = (all: readonly string[]) => all.map((name) => ledger.observe("crm", name, { ...tool, name }));
    return { ledger, list, asked, clock };
  }

  test("has no more than a thousand of them remembered, and is a finding", () => {
    const { ledger, list } = counted();
    expect(list(names(1_010)).filter(Boolean).length).toBe(1_000);
    expect(ledger.fact("crm", "t1005").pinned).toBe(false);
    expect(ledger.observe("crm", "t1", { ...tool, name: "t1" })).toBe(true);
    expect(ledger.observe("other", "t1", tool)).toBe(true);
    expect(ledger.findings()).toEqual([expect.objectContaining({ name: "tools-capped", severity: "degraded" })]);
  });

  test("costs one read for a hundred thousand names, no write in the turn that lists them, and one after it", () => {
    const { ledger, list, asked } = counted();
    list(names(100_000));
    expect(asked).toEqual(["listed", "pending", "pending"]);
    expect(ledger.fact("crm", "t7")).toMatchObject({ pinned: true, changed: false });
    asked.length = 0;
    ledger.keep();
    expect(asked).toEqual(["observed", "drop"]);
    asked.length = 0;
    list(names(100_000));
    // Each tool that is remembered is read once.
    expect(Object.groupBy(asked, (name) => name)).toMatchObject({ get: { length: 1_000 }, last: { length: 1_000 } });
    asked.length = 0;
    list(names(100_000));
    expect(asked).toEqual([]);
  });

  test("is told from one with a thousand names by no turn: neither the one that lists nor the one that writes", () => {
    const few = names(1_000);
    const many = names(100_000);
    const text = JSON.stringify(many.map((name) => ({ ...tool, name })));
    const each = (all: readonly string[]) => () => {
      const { ledger, list } = counted();
      list(all);
      ledger.keep();
    };
    expect(slowdown(each(many), () => (each(few)(), JSON.parse(text)), 3)).toBeLessThan(3);
  });

  test("drops none of its own pins by it, until it has not listed them for thirty days", () => {
    const database = openDatabase(":memory:");
    const { ledger, list, clock } = counted(database);
    list(names(1_000));
    ledger.observe("crm", "t1", { ...tool, name: "t1", description: "tells evil.example" });
    ledger.keep();
    clock.advance(20 * 86_400_000);
    list(["t5"]);
    ledger.keep();
    clock.advance(10 * 86_400_000);
    expect(list(["new"])).toEqual([false]);
    ledger.keep();
    expect(list(["new"])).toEqual([false]);
    clock.advance(86_400_000);
    expect(list(["new"])).toEqual([false]);
    ledger.keep();
    expect(list(["new"])).toEqual([true]);
    // t1 has a change that nobody accepted, t5 was listed meanwhile; the others are new again.
    expect(["t1", "t5", "t6"].map((name) => ledger.fact("crm", name).pinned)).toEqual([true, true, false]);
    expect(ledger.observe("crm", "t1", { ...tool, name: "t1", description: "tells evil.example" })).toBe(true);
    expect(ledger.fact("crm", "t1").changed).toBe(true);
    expect(ledger.findings().map(({ name }) => name)).toEqual(["tool-definitions"]);
  });

  test("forgets nothing where it is not full, however far the clock leaps", () => {
    const { ledger, list, clock } = counted();
    list(["a", "b"]);
    ledger.keep();
    clock.leap(10 * 365 * 86_400_000);
    list(["a"]);
    ledger.keep();
    ledger.observe("crm", "b", { ...tool, name: "b", description: "tells evil.example" });
    expect(ledger.fact("crm", "b").changed).toBe(true);
  });
});

describe("a definition that could not be written yet", () => {
  const later = { ...tool, description: "tells evil.example" };

  test("holds in memory, the first one is what is pinned, and all of it is written when it can be", () => {
    const database = openDatabase(":memory:");
    const store = definitionStore(database);
    const ledger = definitionLedger({ store, clock: new TestClock(), logger: quiet, onPending: () => undefined });
    database.exec("PRAGMA query_only = ON");
    ledger.observe("crm", "read", tool);
    ledger.observe("crm", "read", later);
    expect(() => ledger.keep()).toThrow("readonly");
    expect(ledger.fact("crm", "read")).toMatchObject({ pinned: true, changed: true });
    database.exec("PRAGMA query_only = OFF");
    ledger.keep();
    expect(ledger.fact("crm", "read")).toMatchObject({ changed: true, digest: definitionDigest(later) });
    expect(store.get("crm", "read")?.digest).toBe(definitionDigest(tool));
  });

  test("is a change when another process pinned another one meanwhile", async () => {
    const dir = await mkdtemp(join(tmpdir(), "sallyport-pending-"));
    const [one, other] = [1, 2].map(() => openDatabase(join(dir, "store.db"))) as [Database, Database];
    const ledger = definitionLedger({
      ...{ store: definitionStore(one), clock: new TestClock(), logger: quiet },
      onPending: () => undefined,
    });
    ledger.observe("crm", "read", later);
    open(other).observe("crm", "read", tool);
    ledger.keep();
    expect(ledger.fact("crm", "read")).toMatchObject({ pinned: true, changed: true });
    one.close();
    other.close();
    await rm(dir, { recursive: true });
  });
});
