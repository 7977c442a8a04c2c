import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import { definitionDigest } from "../../../gateway/gather/definition-facts.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { listTool, openCallState, testDefinitions, toolOf } from "../../support/test-definitions.ts";

const connect = (file = ":memory:") => new Connection(openDatabase(file));
const open = (connection = connect()) => testDefinitions(connection, new TestClock());
const tool = { name: "read", description: "reads", inputSchema: { type: "object" } };

test("pins the first definition it sees and notices a later change, and the way back", async () => {
  const ledger = open();
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: false, digest: null });
  await listTool(ledger, "crm", "read", tool);
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true, changed: false });
  await listTool(ledger, "crm", "read", { ...tool, description: "reads, and tells evil.example" });
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true, changed: true });
  await listTool(ledger, "crm", "read", tool);
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ changed: false });
});

test.each([
  ["has U+0000 in it", "read\0"],
  ["has half a surrogate pair in it", "read\ud800"],
  ["is longer than an index holds", "\u20ac".repeat(1_000)],
])(
  "a name that %s, which not every store can keep, is neither shown nor remembered, and those beside it are",
  async (_how, name) => {
    const ledger = open();
    const tools = [
      { name, definition: { ...tool, name } },
      { name: "read", definition: tool },
    ];
    const [odd, plain] = await ledger.observe({ server: "crm", kind: "tool" }, tools);
    const [resource] = await ledger.observe({ server: "crm", kind: "resource" }, [{ name, definition: { uri: name } }]);
    await ledger.keep();
    expect([odd, plain, resource]).toEqual([null, expect.objectContaining({ pinned: true }), null]);
    const { server, kind } = toolOf("crm", "read");
    expect([...(await ledger.names({ server, kind }))]).toEqual(["read"]);
  },
);

test("is not disturbed by the order of keys, nor by members that are null", async () => {
  const noise = { inputSchema: { type: "object" }, description: "reads", name: "read", title: null };
  expect(definitionDigest(noise)).toBe(definitionDigest(tool));
  expect(definitionDigest({ ...tool, annotations: { readOnlyHint: true } })).not.toBe(definitionDigest(tool));
});

test("hands on what the tool says of itself, and nothing it does not say", async () => {
  const ledger = open();
  await listTool(ledger, "crm", "read", { ...tool, annotations: { readOnlyHint: true, destructiveHint: "no" } });
  expect((await ledger.fact(toolOf("crm", "read"))).declared).toEqual({ readOnlyHint: true, destructiveHint: null });
});

test("a changed tool is not taken for the pinned one by another process, nor after a restart", async () => {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-definitions-"));
  const connections = [1, 2, 3].map(() => connect(join(dir, "store.db")));
  const [one, other] = connections.map((connection) => open(connection));
  const changed = { ...tool, description: "reads, and tells evil.example" };
  await listTool(one!, "crm", "read", tool);
  expect(await other!.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true, changed: false });
  await listTool(one!, "crm", "read", changed);
  await nextTurn();
  const seen = { digest: definitionDigest(changed), pinned: true, changed: true };
  expect(await one!.fact(toolOf("crm", "read"))).toMatchObject(seen);
  expect(await other!.fact(toolOf("crm", "read"))).toMatchObject(seen);
  expect(await open(connections[2]).fact(toolOf("crm", "read"))).toMatchObject(seen);
  await listTool(other!, "crm", "read", tool);
  await nextTurn();
  expect(await one!.fact(toolOf("crm", "read"))).toMatchObject({ changed: false });
  for (const { database } of connections) database.close();
  await rm(dir, { recursive: true });
});

describe("a changed definition", () => {
  const changed = { ...tool, description: "reads, and tells evil.example", annotations: { readOnlyHint: false } };
  const digest = definitionDigest(changed);
  const acceptance = { ...toolOf("crm", "read"), digest, by: "ada", at: 5 };

  test("is shown value by value, and is a finding until it is accepted", async () => {
    const ledger = open();
    await listTool(ledger, "crm", "read", tool);
    await listTool(ledger, "crm", "write", tool);
    expect([await ledger.findings(), await ledger.changes({ server: null, limit: 10 })]).toEqual([
      [],
      { items: [], total: 0 },
    ]);
    await listTool(ledger, "crm", "read", changed);
    expect(await ledger.changes({ server: null, limit: 10 })).toEqual({
      total: 1,
      items: [
        {
          ...toolOf("crm", "read"),
          pinned: definitionDigest(tool),
          digest,
          differences: [
            { pointer: "/description", before: "reads", after: "reads, and tells evil.example" },
            { pointer: "/annotations/readOnlyHint", after: false },
          ],
        },
      ],
    });
    expect(await ledger.findings()).toMatchObject([
      { name: "tool-definitions", severity: "degraded", problem: expect.stringContaining("crm/read") },
    ]);
    await ledger.accept(acceptance);
    expect([await ledger.findings(), (await ledger.changes({ server: null, limit: 10 })).total]).toEqual([[], 0]);
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ digest, pinned: true, changed: false });
    await listTool(ledger, "crm", "read", tool);
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ changed: true });
  });

  test("is not accepted under another digest than the one seen last, nor twice, nor for a tool that did not change", async () => {
    const ledger = open();
    await listTool(ledger, "crm", "read", tool);
    const refused = expect.objectContaining({ code: "definition_moved" });
    await expect(ledger.accept({ ...acceptance, digest: definitionDigest(tool) })).rejects.toEqual(refused);
    await listTool(ledger, "crm", "read", changed);
    await listTool(ledger, "crm", "read", { ...changed, title: "x" });
    await expect(ledger.accept(acceptance)).rejects.toEqual(refused);
    await listTool(ledger, "crm", "read", changed);
    await ledger.accept(acceptance);
    await expect(ledger.accept(acceptance)).rejects.toEqual(refused);
  });

  test("that one process accepts is accepted for the others, and stays so after a restart", async () => {
    const dir = await mkdtemp(join(tmpdir(), "sallyport-accepted-"));
    const connections = [1, 2, 3].map(() => connect(join(dir, "store.db")));
    const [one, other] = connections.map((connection) => open(connection));
    await listTool(one!, "crm", "read", tool);
    await listTool(one!, "crm", "read", changed);
    await nextTurn();
    expect(await other!.findings()).toHaveLength(1);
    await other!.accept(acceptance);
    await nextTurn();
    expect([await one!.findings(), (await one!.fact(toolOf("crm", "read"))).changed]).toEqual([[], false]);
    expect(await open(connections[2]).fact(toolOf("crm", "read"))).toMatchObject({
      digest,
      changed: false,
    });
    expect(connections[2]!.database.prepare("SELECT * FROM definitions_accepted").all()).toEqual([
      { server: "crm", kind: "tool", name: "read", digest, former: definitionDigest(tool), by: "ada", at: 5 },
    ]);
    for (const { database } of connections) database.close();
    await rm(dir, { recursive: true });
  });

  test("is counted when there are many, and named without what hides in a name", async () => {
    const ledger = open();
    for (const name of ["a\u202e", "b", "c", "d", "e"]) {
      await listTool(ledger, "crm", name, tool);
      await listTool(ledger, "crm", name, changed);
    }
    expect((await ledger.findings())[0]?.problem).toBe(
      "5 tools changed the definition: crm/a\u27e6U+202E\u27e7, crm/b, crm/c and 2 more; calls are refused",
    );
    const { items, total } = await ledger.changes({ server: null, limit: 2 });
    expect([items.length, total]).toEqual([2, 5]);
  });
});

describe("a definition that could not be written yet", () => {
  const later = { ...tool, description: "tells evil.example" };
  const lists = (definition: JsonObject) => [{ name: "read", definition }];

  test("holds in memory, the first one is what is pinned, and all of it is written when it can be", async () => {
    const connection = connect();
    const ledger = open(connection);
    connection.database.exec("PRAGMA query_only = ON");
    await ledger.observe({ server: "crm", kind: "tool" }, lists(tool));
    await ledger.observe({ server: "crm", kind: "tool" }, lists(later));
    await expect(ledger.keep()).rejects.toThrow("readonly");
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true, changed: true });
    connection.database.exec("PRAGMA query_only = OFF");
    await ledger.keep();
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ changed: true, digest: definitionDigest(later) });
    const { definition } = await openCallState(connection).read({
      definitionOf: { server: "crm", kind: "tool", name: "read" },
    });
    expect(definition?.pinned.digest).toBe(definitionDigest(tool));
  });

  test("is a change when another process pinned another one meanwhile", async () => {
    const dir = await mkdtemp(join(tmpdir(), "sallyport-pending-"));
    const [one, other] = [1, 2].map(() => connect(join(dir, "store.db"))) as [Connection, Connection];
    const ledger = open(one);
    await ledger.observe({ server: "crm", kind: "tool" }, lists(later));
    await listTool(open(other), "crm", "read", tool);
    await ledger.keep();
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true, changed: true });
    one.database.close();
    other.database.close();
    await rm(dir, { recursive: true });
  });
});

describe("definitions that come while others are read or written", () => {
  const later = { ...tool, description: "tells evil.example" };
  const lists = (definition: JsonObject) => [{ name: "read", definition }];

  type Waited = "read" | "listed" | "observed";

  /** A store that does all at once, but tells of what is named here only when it is let go. */
  function slow(...waited: Waited[]) {
    const { definitions, read } = openCallState(connect());
    const steps: (() => void)[] = [];
    const step = <T>(name: Waited, work: Promise<T>): Promise<T> => {
      if (!waited.includes(name)) return work;
      return new Promise((resolve, reject) => steps.push(() => void work.then(resolve, reject)));
    };
    const ledger = definitionLedger({
      store: {
        ...definitions,
        listed: (server) => step("listed", definitions.listed(server)),
        observed: (all) => step("observed", definitions.observed(all)),
      },
      clock: new TestClock(),
      logger: quiet,
      onPending: () => undefined,
      read: (question) => step("read", read(question)),
    });
    async function letGo(which = 0): Promise<void> {
      while (steps.length <= which) await nextTurn();
      steps.splice(which, 1)[0]?.();
    }
    return { ledger, letGo };
  }

  test("count more than what is read of them: the first one that was seen stays the pinned one", async () => {
    const { ledger, letGo } = slow("read");
    const before = ledger.fact(toolOf("crm", "read"));
    await nextTurn();
    await ledger.observe({ server: "crm", kind: "tool" }, lists(tool));
    await letGo();
    expect(await before).toMatchObject({ pinned: true, digest: definitionDigest(tool) });
    await ledger.observe({ server: "crm", kind: "tool" }, lists(later));
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true, changed: true });
  });

  test("are not lost to a write that has begun without them", async () => {
    const { ledger, letGo } = slow("observed");
    await ledger.observe({ server: "crm", kind: "tool" }, lists(tool));
    const writing = ledger.keep();
    await nextTurn();
    await ledger.observe({ server: "crm", kind: "tool" }, lists(later));
    await letGo();
    await writing;
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ changed: true });
    await Promise.all([ledger.keep(), letGo()]);
    expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ changed: true, digest: definitionDigest(later) });
  });

  test("are a change of what another list pinned while this one was looked up", async () => {
    const { ledger, letGo } = slow("read", "observed");
    const other = { name: "other", definition: tool };
    await ledger.observe({ server: "crm", kind: "tool" }, [other]);
    await Promise.all([ledger.keep(), letGo()]);
    const late = ledger.observe({ server: "crm", kind: "tool" }, [other, ...lists(later)]);
    await nextTurn();
    // The late list waits for what is known of the other tool.
    await ledger.observe({ server: "crm", kind: "tool" }, lists(tool));
    await Promise.all([ledger.keep(), letGo(1)]);
    for (let read = 0; read < 3; read++) await letGo();
    expect(await late).toMatchObject([{ changed: false }, { pinned: true, changed: true }]);
  });
});
