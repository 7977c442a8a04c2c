import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { definitionStore } from "../../../gateway/store/definitions.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "definition-tables-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const named = "server TEXT NOT NULL, tool TEXT NOT NULL";
const pinned = `(${named}, digest TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (server, tool)) STRICT, WITHOUT ROWID`;

/** A store as version 3 left it. */
function oldStore(more = ""): string {
  const file = join(dir, "store.db");
  const old = new DatabaseSync(file);
  old.exec(`
    CREATE TABLE tool_definitions ${pinned};
    CREATE TABLE tool_definitions_seen ${pinned};
    CREATE TABLE tool_definitions_accepted (
      ${named}, digest TEXT NOT NULL, former TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX tool_definitions_accepted_of ON tool_definitions_accepted (server, tool);
    INSERT INTO tool_definitions VALUES
      ('crm', 'changed', 'd1', '{"name":"changed"}'), ('crm', 'same', 'd1', '{"name":"same"}'), ('mail', 'same', 'd7', '{}');
    INSERT INTO tool_definitions_seen VALUES ('crm', 'changed', 'd2', '{"name":"changed","title":"x"}');
    INSERT INTO tool_definitions_accepted VALUES
      ('crm', 'same', 'd1', 'd0', 'ada', 1), ('mail', 'same', 'd7', 'd7', 'ada', 2), ('mail', 'same', 'd8', 'd7', 'bob', 3);
    ${more};
    PRAGMA user_version = 3`);
  old.close();
  return file;
}

test("what version 3 has pinned, seen and accepted is of tools, and stays so", async () => {
  const file = oldStore(`
    CREATE TABLE tool_definitions_listed (${named}, day INTEGER NOT NULL, PRIMARY KEY (server, tool)) STRICT, WITHOUT ROWID;
    INSERT INTO tool_definitions_listed VALUES ('crm', 'same', 5)`);
  const database = openDatabase(file);
  const store = definitionStore(new Connection(database));
  expect(await store.changes({ server: null, limit: 9 })).toEqual([
    {
      server: "crm",
      kind: "tool",
      name: "changed",
      pinned: { digest: "d1", definition: { name: "changed" } },
      last: { digest: "d2", definition: { name: "changed", title: "x" } },
    },
  ]);
  // Of two acceptances the last one counts, as before.
  const known = await store.known({ server: null, limit: 9 });
  expect(known.map(({ server, name, accepted }) => [server, name, accepted])).toEqual([
    ["crm", "changed", false],
    ["crm", "same", true],
    ["mail", "same", false],
  ]);
  const days = await store.listed({ server: "crm", kind: "tool" });
  expect(days.get("same")).toBe(5);
  // Nobody knows when it was listed last: from now on it has as long as any other.
  expect(days.get("changed")).toBeGreaterThan(20_000);
  expect(database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'tool_def%'").all()).toEqual([]);
  database.close();
});

test("a store whose upgrade fails is as it was, and a store is upgraded once", async () => {
  const file = oldStore("CREATE TABLE definitions (server TEXT)");
  expect(() => openDatabase(file)).toThrow("definitions");
  const old = new DatabaseSync(file);
  expect(old.prepare("SELECT count(*) AS n FROM tool_definitions").get()).toEqual({ n: 3 });
  expect(old.prepare("PRAGMA user_version").get()).toEqual({ user_version: 3 });
  old.exec("DROP TABLE definitions");
  old.close();
  for (let opened = 0; opened < 2; opened++) {
    const database = openDatabase(file);
    expect(await definitionStore(new Connection(database)).countKnown(null)).toBe(3);
    database.close();
  }
});
