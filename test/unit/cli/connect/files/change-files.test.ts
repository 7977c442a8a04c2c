import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Edit } from "../../../../../gateway/cli/connect/edits.ts";
import { changeFor, undoFor } from "../../../../../gateway/cli/connect/files/change-files.ts";
import { carryOut } from "../../../../../gateway/cli/connect/files/carry-out.ts";
import { readText, writeWhole } from "../../../../../gateway/cli/connect/files/disk.ts";
import { Records } from "../../../../../gateway/cli/connect/files/records.ts";

let dir: string;
let records: Records;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-connect-"));
  records = new Records(join(dir, "state", "connect"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const at = (name: string) => join(dir, name);
const json = (name: string, value = "https://gw.example"): Edit => ({
  format: "json",
  path: at(name),
  entries: [{ kind: "set", path: ["mcpServers", "crm"], value: { url: value } }],
});
const connect = (edit: Edit) => carryOut([changeFor(edit, records, 0o600)], records);
function undo(name: string) {
  const change = undoFor(at(name), records);
  if (change !== null) carryOut([change], records);
  return change;
}

it("puts back a file byte by byte, whatever its layout, and writes nothing the second time", () => {
  const before = '\uFEFF{ "a":1 ,\r\n"b" : [ ] }';
  writeFileSync(at("f.json"), before);
  chmodSync(at("f.json"), 0o640);
  connect(json("f.json"));
  const written = readFileSync(at("f.json"), "utf8");
  expect(written).toContain("https://gw.example");
  expect(statSync(at("f.json")).mode & 0o777).toBe(0o640);
  const again = changeFor(json("f.json"), records, 0o600);
  expect([again.before, again.after]).toEqual([written, written]);
  carryOut([again], records);
  undo("f.json");
  expect(readFileSync(at("f.json"), "utf8")).toBe(before);
  expect(undo("f.json")).toBeNull();
});

it("removes a file that it made, and the folders that it made for it", () => {
  mkdirSync(at("there"));
  connect(json("there/new/deep/f.json"));
  expect(statSync(at("there/new/deep/f.json")).mode & 0o777).toBe(0o600);
  undo("there/new/deep/f.json");
  expect(readdirSync(at("there"))).toEqual([]);
  expect(existsSync(at("state"))).toBe(false);
});

it("replaces what it wrote before, and still puts back what was there first", () => {
  writeFileSync(at("f.json"), "{}\n");
  connect(json("f.json"));
  connect(json("f.json", "https://other.example"));
  expect(readFileSync(at("f.json"), "utf8")).not.toContain("gw.example");
  undo("f.json");
  expect(readFileSync(at("f.json"), "utf8")).toBe("{}\n");
});

it("takes out its own alone when somebody has written into the file since", () => {
  connect(json("f.json"));
  writeFileSync(at("f.json"), readFileSync(at("f.json"), "utf8").replace("{\n", '{\n  "mine": true,\n'));
  connect(json("f.json", "https://other.example"));
  expect(JSON.parse(readFileSync(at("f.json"), "utf8"))).toEqual({
    mine: true,
    mcpServers: { crm: { url: "https://other.example" } },
  });
  undo("f.json");
  expect(JSON.parse(readFileSync(at("f.json"), "utf8"))).toEqual({ mine: true });
});

it("removes a file that it made when only its own was changed in it", () => {
  connect(json("f.json"));
  writeFileSync(at("f.json"), `${readFileSync(at("f.json"), "utf8")}\n\n`);
  undo("f.json");
  expect(existsSync(at("f.json"))).toBe(false);
});

it("takes a section out of TOML, changed around it or not", () => {
  const edit: Edit = { format: "toml", path: at("c.toml"), head: "", tables: "[mcp_servers.crm]\nurl = 1\n" };
  connect(edit);
  undo("c.toml");
  expect(existsSync(at("c.toml"))).toBe(false);
  writeFileSync(at("c.toml"), "[a]\nb = 1\n");
  connect(edit);
  writeFileSync(at("c.toml"), `${readFileSync(at("c.toml"), "utf8")}[z]\ny = 1\n`);
  undo("c.toml");
  expect(readFileSync(at("c.toml"), "utf8")).toBe("[a]\nb = 1\n[z]\ny = 1\n");
});

it("keeps what somebody has written between the marked lines of TOML, and tells it", () => {
  const edit: Edit = { format: "toml", path: at("c.toml"), head: "", tables: "[mcp_servers.crm]\nurl = 1\n" };
  connect(edit);
  const mine = "[mcp_servers.mine]\nurl = 2\n";
  writeFileSync(at("c.toml"), readFileSync(at("c.toml"), "utf8").replace("# <<<", `${mine}# <<<`));
  const again = changeFor(edit, records, 0o600);
  expect(again.left).toEqual([{ path: ["mcp_servers", "mine"] }]);
  carryOut([again], records);
  expect(readFileSync(at("c.toml"), "utf8").startsWith(`${mine}\n# >>>`)).toBe(true);
  expect(changeFor(edit, records, 0o600)).toMatchObject({ before: again.after, after: again.after, left: [] });
  const broken = readFileSync(at("c.toml"), "utf8").replace(/^# <<<.*\n/m, "");
  writeFileSync(at("c.toml"), broken);
  expect(() => undo("c.toml")).toThrow(/c\.toml:4: .* is missing/);
  expect(records.of(at("c.toml"))).not.toBeNull();
  writeFileSync(at("c.toml"), `${broken}# <<< sallyport\n`);
  undo("c.toml");
  expect(readFileSync(at("c.toml"), "utf8")).toBe(mine);
});

it("writes through a link, leaves nothing beside the file, and keeps its records to its user", () => {
  writeFileSync(at("real.json"), "{}\n");
  symlinkSync(at("real.json"), at("link.json"));
  connect(json("link.json"));
  expect(readFileSync(at("real.json"), "utf8")).toContain("https://gw.example");
  expect(readdirSync(dir).sort()).toEqual(["link.json", "real.json", "state"]);
  const place = records.placeOf(at("link.json"));
  expect(statSync(place).mode & 0o777).toBe(0o600);
  writeFileSync(place, "{");
  expect(records.of(at("link.json"))).toBeNull();
});

it("writes what links lead to that is not there yet, and takes it out again", () => {
  mkdirSync(at("dotfiles"));
  symlinkSync("dotfiles/inner.json", at("link.json"));
  symlinkSync("real.json", at("dotfiles/inner.json"));
  connect(json("link.json"));
  expect(readFileSync(at("dotfiles/real.json"), "utf8")).toContain("https://gw.example");
  expect(readlinkSync(at("link.json"))).toBe("dotfiles/inner.json");
  undo("link.json");
  expect([existsSync(at("dotfiles/real.json")), readlinkSync(at("link.json"))]).toEqual([false, "dotfiles/inner.json"]);
  symlinkSync("round.json", at("round.json"));
  expect(() => connect(json("round.json"))).toThrow(`${at("round.json")} cannot be`);
});

it("says of a file that cannot be read or written which, and why", () => {
  writeFileSync(at("bytes"), Buffer.from([0xff, 0xfe, 0x00]));
  expect(() => readText(at("bytes"))).toThrow(`${at("bytes")} is not UTF-8. Nothing was changed.`);
  expect(() => readText(dir)).toThrow("cannot be read (EISDIR)");
  writeFileSync(at("file"), "");
  expect(() => writeWhole(join(at("file"), "f.json"), "{}", 0o600)).toThrow("cannot be written");
});
