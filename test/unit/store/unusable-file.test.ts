import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openDatabase, openStore } from "../../../gateway/store/database.ts";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";
import { unusableFile } from "../../../gateway/store/unusable-file.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "unusable-file-"));
  file = join(dir, "a.db");
});
afterEach(() => rmSync(dir, { recursive: true }));

const openings: readonly [what: string, code: string, open: () => unknown][] = [
  ["the store", "store_unusable", () => openStore(file)],
  ["the index of the decision log", "index_unusable", () => decisionIndex(file)],
];

function thrownBy(open: () => unknown): unknown {
  try {
    return open();
  } catch (failure) {
    return failure;
  }
}

const fix = "make it, its -wal and -shm files and its folder writable by the gateway's user";

describe.each(openings)("%s", (what, code, open) => {
  it("is named with the errno and what to do when it cannot be opened", () => {
    mkdirSync(file);
    expect(thrownBy(open)).toMatchObject({ code, message: `${what} ${file} cannot be used (EISDIR): ${fix}` });
    expect(existsSync(file)).toBe(true);
  });

  it("is named when its folder cannot be made", () => {
    writeFileSync(join(dir, "no-folder"), "");
    file = join(dir, "no-folder", "a.db");
    expect(thrownBy(open)).toMatchObject({ code, message: expect.stringContaining(`${file} cannot be used (EEXIST)`) });
  });

  it("stays as it is while another program has locked it", () => {
    const other = openDatabase(file);
    other.exec("CREATE TABLE kept (a); BEGIN IMMEDIATE");
    expect(thrownBy(open)).toMatchObject({ code, message: expect.stringContaining("another program holds a lock") });
    other.exec("COMMIT");
    expect(other.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'kept'").get()).toEqual({ n: 1 });
    other.close();
  });
});

test("tells a file that may only be read by what SQLite says, where the file system lets it be opened", () => {
  openDatabase(file).close();
  const database = new DatabaseSync(file, { readOnly: true });
  const failure = thrownBy(() => database.exec("PRAGMA user_version = 4"));
  database.close();
  expect(unusableFile("store_unusable", "the store", { file, failure })?.message).toBe(
    `the store ${file} cannot be used (attempt to write a readonly database): ${fix}`,
  );
  expect(unusableFile("store_unusable", "the store", { file, failure: new Error("of another kind") })).toBeNull();
});

test("a store of another version is named, with what does not lose what is in it, and stays as it is", () => {
  const other = openDatabase(file);
  other.exec("CREATE TABLE kept (a); PRAGMA user_version = 999");
  other.close();
  const message = `${file} has tables of version 999, and this Sallyport is for 5: run the version that wrote it, or restore a backup of this one`;
  expect(thrownBy(() => openStore(file))).toMatchObject({ name: "CannotStart", code: "store_schema", message });
  const kept = new DatabaseSync(file);
  expect(kept.prepare("PRAGMA user_version").get()).toEqual({ user_version: 999 });
  kept.close();
});

test("an index of another version is made anew", () => {
  const other = openDatabase(file);
  other.exec("CREATE TABLE kept (a); PRAGMA user_version = 999");
  other.close();
  decisionIndex(file).close();
  openDatabase(file).close();
});
