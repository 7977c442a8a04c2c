import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Edit } from "../../../../../gateway/cli/connect/edits.ts";
import { carryOut } from "../../../../../gateway/cli/connect/files/carry-out.ts";
import { changeFor, undoFor } from "../../../../../gateway/cli/connect/files/change-files.ts";
import { Records } from "../../../../../gateway/cli/connect/files/records.ts";

let dir: string;
let records: Records;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-connect-"));
  records = new Records(at("state/connect"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const at = (name: string) => join(dir, name);
const edit = (name: string): Edit => ({
  format: "json",
  path: at(name),
  entries: [{ kind: "set", path: ["mcpServers", "crm"], value: { url: "https://gw.example" } }],
});
const changes = (...names: string[]) => names.map((name) => changeFor(edit(name), records, 0o600));
const undoing = (...names: string[]) => names.flatMap((name) => undoFor(at(name), records) ?? []);

it("takes back the files before one that cannot be written, and what is known of them", () => {
  writeFileSync(at("a.json"), '{ "mine": 1 }');
  const wanted = changes("a.json", "new/b.json", "c/d.json");
  // In the place of a folder.
  writeFileSync(at("c"), "");
  expect(() => carryOut(wanted, records)).toThrow(/c\/d\.json cannot be written .* Nothing was changed\.$/);
  expect(readFileSync(at("a.json"), "utf8")).toBe('{ "mine": 1 }');
  expect(readdirSync(dir).toSorted()).toEqual(["a.json", "c"]);
  expect(undoing("a.json", "new/b.json", "c/d.json")).toEqual([]);
});

it("writes no file of which nothing can be remembered", () => {
  writeFileSync(at("state"), "");
  writeFileSync(at("a.json"), "{}");
  expect(() => carryOut(changes("a.json"), new Records(at("state/connect")))).toThrow(/Nothing was changed\.$/);
  expect(readFileSync(at("a.json"), "utf8")).toBe("{}");
});

it("takes out of all files or of none", () => {
  mkdirSync(at("there"));
  carryOut(changes("a.json", "there/b.json"), records);
  const written = readFileSync(at("a.json"), "utf8");
  const undo = undoing("a.json", "there/b.json");
  rmSync(at("there"), { recursive: true });
  mkdirSync(at("there/b.json"), { recursive: true });
  expect(() => carryOut(undo, records)).toThrow(/b\.json/);
  expect(readFileSync(at("a.json"), "utf8")).toBe(written);
  rmSync(at("there"), { recursive: true });
  carryOut(undoing("a.json", "there/b.json"), records);
  expect([existsSync(at("a.json")), existsSync(at("state"))]).toEqual([false, false]);
});

it("says which files could not be taken back, and still knows what was put into them", () => {
  writeFileSync(at("a.json"), "{}");
  const wanted = changes("a.json", "c/d.json");
  writeFileSync(at("c"), "");
  // Somebody puts a folder in the place of the first file while the second is written.
  class Disturbed extends Records {
    override keep(kept: Parameters<Records["keep"]>[0]): void {
      super.keep(kept);
      if (!kept.file.endsWith("d.json")) return;
      rmSync(at("a.json"));
      mkdirSync(at("a.json"));
    }
  }
  const disturbed = new Disturbed(at("state/connect"));
  expect(() => carryOut(wanted, disturbed)).toThrow(/could not be taken back in .*a\.json; when/);
  expect(records.of(at("a.json"))).toMatchObject({ original: "{}" });
});

it("finds a file as it was where it was recorded and then not written", () => {
  writeFileSync(at("a.json"), "{}");
  const [change] = changes("a.json");
  records.keep(change!.kept!);
  expect(undoing("a.json")).toMatchObject([{ before: "{}", after: "{}", left: [] }]);
  carryOut(changes("a.json"), records);
  carryOut(undoing("a.json"), records);
  expect(readFileSync(at("a.json"), "utf8")).toBe("{}");
});
