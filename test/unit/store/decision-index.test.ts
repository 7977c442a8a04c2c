import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";
import { describeDecisionIndex } from "../../support/store-contracts/decision-index.ts";

describeDecisionIndex(async () => {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-index-"));
  const open = async () => {
    const store = decisionIndex(join(dir, "index.db"));
    return { store, look: async () => undefined, close: async () => store.close() };
  };
  const first = await open();
  return {
    ...first,
    again: open,
    async close() {
      await first.close();
      rmSync(dir, { recursive: true });
    },
  };
});

test("an index that is found damaged by two at once is made anew once, and nothing of the second is lost", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-index-"));
  const file = join(dir, "index.db");
  const before = decisionIndex(file);
  const lines = Array.from({ length: 300 }, (_, seq) => ({
    kind: "decision",
    seq: seq + 1,
    decision_id: `d_${seq + 1}`,
    timestamp: "2026-11-25T13:00:00.000Z",
    result: { effect: "allow", reasons: [] },
  }));
  await before.add("one", { bytes: 1, file: "f" }, lines);
  before.close();
  const handle = openSync(file, "r+");
  // Every page but the first, which says that it is a database.
  for (let at = 4_096; at < statSync(file).size; at += 4_096)
    writeSync(handle, Buffer.alloc(4_096, 0xff), 0, 4_096, at);
  closeSync(handle);
  const index = decisionIndex(file);
  const [added, found] = await Promise.allSettled([
    index.add("two", { bytes: 7, file: "g" }, lines.slice(0, 2)),
    index.get("d_1"),
  ]);
  expect([added.status, found.status]).toEqual(["fulfilled", "fulfilled"]);
  expect(await index.position("two")).toEqual({ bytes: 7, file: "g" });
  expect(await index.position("one")).toEqual({ bytes: 0, file: "" });
  index.close();
  rmSync(dir, { recursive: true });
});

test("an index without the columns of today is made anew", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-index-"));
  const file = join(dir, "index.db");
  const old = new DatabaseSync(file);
  old.exec("CREATE TABLE positions (segment TEXT PRIMARY KEY, bytes INTEGER NOT NULL, file TEXT NOT NULL) STRICT");
  old.exec("INSERT INTO positions VALUES ('one', 9, 'f')");
  old.exec(
    "CREATE TABLE decisions (seq INTEGER PRIMARY KEY, decision_id TEXT, timestamp TEXT, effect TEXT, line TEXT) STRICT",
  );
  old.close();
  const index = decisionIndex(file);
  expect([await index.position("one"), await index.search({ limit: 1 })]).toEqual([
    { bytes: 0, file: "" },
    { rows: [], next: null },
  ]);
  index.close();
  rmSync(dir, { recursive: true });
});
