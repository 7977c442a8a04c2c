import { readFileSync } from "node:fs";
import { makeSqliteTables } from "../../../gateway/store/copy/sqlite-tables.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { tables } from "../../../gateway/store/postgres/migrations.ts";

const page = readFileSync(new URL("../../../docs/store.md", import.meta.url), "utf8");
const section = /^## When each table forgets$(.*?)^## /ms.exec(page)?.[1] ?? "";
const listed = section
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));

function tablesOfFile(): string[] {
  const database = openDatabase(":memory:");
  makeSqliteTables(new Connection(database));
  const rows = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  database.close();
  return rows.map(({ name }) => String(name));
}

test("the manual says of every table of both stores, once, when its rows are removed", () => {
  expect(listed.toSorted()).toEqual([...tables, "store_schema"].toSorted());
  expect(tablesOfFile().filter((name) => !listed.includes(name))).toEqual([]);
});
