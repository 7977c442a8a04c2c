import { definitionReviews } from "../../../gateway/gather/definition-reviews.ts";
import { definitionDigest } from "../../../gateway/gather/definition-facts.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { TestClock } from "../../support/builders.ts";
import { listTool, openCallState, testDefinitions, toolOf } from "../../support/test-definitions.ts";

const tool = { name: "read", description: "reads", "x-vendor": 1 };
const digest = definitionDigest(tool);
const acceptance = { ...toolOf("crm", "read"), digest, by: "ada", at: 5 };
const open = (pins: object = { crm: "accepted" }) =>
  testDefinitions(new Connection(openDatabase(":memory:")), new TestClock(), pins as never);

test("tools of a server that wants acceptance wait for it, with their words, and are a finding", async () => {
  const ledger = open();
  await listTool(ledger, "crm", "read", tool);
  await listTool(ledger, "crm", "write", tool);
  await listTool(ledger, "mail", "read", tool);
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pins: "accepted", accepted: false, changed: false });
  expect(await ledger.waiting({ server: null, limit: 1 })).toEqual({
    total: 2,
    items: [{ server: "crm", kind: "tool", name: "read", digest, definition: tool }],
  });
  expect(await ledger.waiting({ server: "mail", limit: 9 })).toEqual({ items: [], total: 0 });
  const [finding] = await ledger.findings();
  expect(finding).toMatchObject({ name: "tools-waiting", problem: expect.stringContaining("2 tools of crm wait") });
  expect(finding?.fix).toContain("sallyport tools accept --all crm");
});

test("what a person accepts counts until it changes, and again when the change is accepted", async () => {
  const ledger = open();
  await listTool(ledger, "crm", "read", tool);
  await ledger.accept(acceptance);
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ accepted: true, changed: false });
  expect(await ledger.findings()).toEqual([]);
  await expect(ledger.accept(acceptance)).rejects.toMatchObject({ code: "definition_moved" });
  const other = { ...tool, description: "reads all" };
  await listTool(ledger, "crm", "read", other);
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ accepted: true, changed: true });
  await ledger.accept({ ...acceptance, digest: definitionDigest(other) });
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ accepted: true, changed: false });
});

test("a tool that changed before anybody accepted it is accepted by the digest that it has now", async () => {
  const ledger = open();
  const other = { ...tool, description: "reads all" };
  for (const definition of [tool, other]) await listTool(ledger, "crm", "read", definition);
  await expect(ledger.accept(acceptance)).rejects.toMatchObject({ code: "definition_moved" });
  await ledger.accept({ ...acceptance, digest: definitionDigest(other) });
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ accepted: true, changed: false });
});

test("every tool that was listed is shown with where its definition stands", async () => {
  const ledger = open({ crm: "accepted", files: "catalog" });
  for (const server of ["crm", "files", "mail"]) await listTool(ledger, server, "read", tool);
  await listTool(ledger, "mail", "read", { ...tool, description: "other" });
  await listTool(ledger, "crm", "write", tool);
  await ledger.accept(acceptance);
  const { items, total } = await ledger.known({ server: null, limit: 9 });
  expect(items.map((item) => [item.server, item.name, item.pins, item.state])).toEqual([
    ["crm", "read", "accepted", "accepted"],
    ["crm", "write", "accepted", "waiting"],
    ["files", "read", "catalog", "pinned"],
    ["mail", "read", "first_use", "changed"],
  ]);
  expect(total).toBe(4);
});

test("names that look alike are told, of servers that a route leads to", async () => {
  const ledger = open({ crm: "first_use", mail: "first_use" });
  for (const [server, name] of [
    ["crm", "read"],
    ["mail", "re\u0430d"],
    ["gone", "READ"],
  ] as const)
    await listTool(ledger, server, name, { ...tool, name });
  expect(await ledger.findings()).toMatchObject([
    { name: "tools-alike", problem: expect.stringContaining("crm/read and mail/re\u27e6U+0430\u27e7d") },
    { name: "names-uncallable" },
  ]);
  const { items } = await ledger.known({ server: "crm", limit: 9 });
  expect(items.map(({ alike }) => alike)).toEqual([["mail/re\u0430d"]]);
});

test("findings are read once for each write to the store", async () => {
  const { definitions: store } = openCallState(new Connection(openDatabase(":memory:")));
  let [writes, counts] = [1, 0];
  const counted = { ...store, countChanges: async () => (counts++, []) };
  const reviews = definitionReviews(counted, {
    refresh: () => writes,
    forget: () => undefined,
    pinsOf: () => "first_use" as const,
    serves: () => true,
    reviewed: [],
  });
  await reviews.findings();
  await reviews.findings();
  expect(counts).toBe(1);
  writes += 1;
  await reviews.findings();
  expect(counts).toBe(2);
});
