import { copyFileSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Background } from "../../../gateway/compose/background.ts";
import { type Database, openDatabase } from "../../../gateway/store/database.ts";
import { storeFileCheck } from "../../../gateway/store/change-detector.ts";
import { quiet } from "../../support/quiet.ts";

let dir: string;
let file: string;
let database: Database;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "store-"));
  file = join(dir, "store.db");
  database = openDatabase(file);
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true });
});

const damages: readonly [what: string, damage: (path: string) => void, says: string][] = [
  ["deleted", (path) => rmSync(path), "is not in its place any more"],
  ["renamed", (path) => renameSync(path, `${path}.aside`), "is not in its place any more"],
  [
    "replaced by a copy",
    (path) => (copyFileSync(path, `${path}.copy`), renameSync(`${path}.copy`, path)),
    "was replaced by another file",
  ],
];

describe.each(["", "-wal"])("the file store.db%s", (suffix) => {
  test.each(damages)("is a finding with what to do after it was %s", async (_what, damage, says) => {
    const background = new Background(quiet);
    const job = { name: "store-file", failing: "lost", severity: "unready" as const, work: storeFileCheck(database) };
    await background.run(job);
    database.exec("CREATE TABLE filler (x TEXT) STRICT");
    await background.run(job);
    expect(background.findings()).toEqual([]);
    damage(file + suffix);
    await background.run(job);
    expect(background.findings()).toEqual([
      {
        name: "store-file",
        severity: "unready",
        problem: expect.stringContaining(`store.db${suffix} ${says}`),
        fix: expect.stringContaining("put the very same files back"),
      },
    ]);
  });
});

test("the store's file is no finding any more when it is back", () => {
  const assertInPlace = storeFileCheck(database);
  assertInPlace();
  renameSync(file, `${file}.aside`);
  expect(assertInPlace).toThrow("is not in its place");
  renameSync(`${file}.aside`, file);
  expect(assertInPlace).not.toThrow();
});
