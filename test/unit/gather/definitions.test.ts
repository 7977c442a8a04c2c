import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { definitionDigest, definitionLedger } from "../../../gateway/gather/definitions.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { definitionStore } from "../../../gateway/store/definitions.ts";

const open = () => definitionLedger(definitionStore(openDatabase(":memory:")));
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
  const [one, other] = databases.map((database) => definitionLedger(definitionStore(database)));
  const changed = { ...tool, description: "reads, and tells evil.example" };
  one!.observe("crm", "read", tool);
  expect(other!.fact("crm", "read")).toMatchObject({ pinned: true, changed: false });
  one!.observe("crm", "read", changed);
  await nextTurn();
  const seen = { digest: definitionDigest(changed), pinned: true, changed: true };
  expect([one!, other!].map((ledger) => ledger.fact("crm", "read"))).toMatchObject([seen, seen]);
  expect(definitionLedger(definitionStore(databases[2]!)).fact("crm", "read")).toMatchObject(seen);
  other!.observe("crm", "read", tool);
  await nextTurn();
  expect(one!.fact("crm", "read")).toMatchObject({ changed: false });
  for (const database of databases) database.close();
  await rm(dir, { recursive: true });
});
