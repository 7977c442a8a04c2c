import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { sessionStore } from "../../../gateway/store/session-labels.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "label-times-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("keeps the labels of version 2 for a whole window from then on, whenever they were given", async () => {
  const file = join(dir, "store.db");
  const old = new DatabaseSync(file);
  old.exec(`
    CREATE TABLE session_labels (
      key TEXT NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (key, label)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO session_labels VALUES ('s1', 'read:private', 1000);
    PRAGMA user_version = 2`);
  old.close();
  const before = Date.now();
  const database = openDatabase(file);
  const store = sessionStore(new Connection(database));
  const [label] = (await store.labels(["s1"])).get("s1") ?? [];
  expect(label).toMatchObject({ label: "read:private", since: 1_000 });
  // The store counts in whole seconds here.
  expect(label!.last).toBeGreaterThan(before - 1_000);
  await store.addLabels([{ key: "s1", labels: ["wrote"], since: before }]);
  expect((await store.labels(["s1"])).get("s1")).toHaveLength(2);
  database.close();
});

test("opens a file of version 2 that has no labels, such as the index of decisions", () => {
  const file = join(dir, "index.db");
  const old = new DatabaseSync(file);
  old.exec("CREATE TABLE other (x); PRAGMA user_version = 2");
  old.close();
  const database = openDatabase(file);
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 5 });
  database.close();
});
