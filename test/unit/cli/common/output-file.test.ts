/** What verbs say of a file that they cannot write. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertWritable, makeFolderOf, writeOutput } from "../../../../gateway/cli/common/output-file.ts";
import { inProcess } from "../run.ts";

let dir: string;
const at = (name: string): string => join(dir, name);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-output-"));
  writeFileSync(at("file"), "mine");
  mkdirSync(at("folder"));
  symlinkSync(at("nothing"), at("link"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const missing = "no such file or directory";

test("writes a file, also over another one, and makes folders where a verb wants them", () => {
  assertWritable(undefined);
  assertWritable(at("file"));
  assertWritable(at("new"));
  writeOutput(at("file"), "yours");
  makeFolderOf(at("a/b/new"));
  writeOutput(at("a/b/new"), "yours");
  expect([at("file"), at("a/b/new")].map((file) => readFileSync(file, "utf8"))).toEqual(["yours", "yours"]);
});

test.each([
  ["nothing/s.sarif", missing],
  ["file/s.sarif", "not a directory"],
])("tells of %s before and at the work", (name, why) => {
  const message = `${at(name)} cannot be written: ${why}.`;
  expect(() => assertWritable(at(name))).toThrow(message);
  expect(() => writeOutput(at(name), "")).toThrow(message);
});

test("tells of a folder in the place of a file", () => {
  expect(() => assertWritable(at("folder"))).toThrow(`${at("folder")} cannot be written: it is a folder.`);
});

test.each([
  ["policy check library --sarif", "policy.sarif"],
  ["policy test library --junit", "policy.xml"],
  ["policy impact library library --markdown", "policy.md"],
])("`%s` says in one sentence that it cannot write there, before its work", async (verb, name) => {
  const file = at(`nothing/${name}`);
  expect(await inProcess([...verb.split(" "), file])).toEqual({
    code: 2,
    stdout: "",
    stderr: `${file} cannot be written: ${missing}.\n`,
  });
});

test.each([
  ["file", "/sallyport.yaml", "not a directory"],
  ["link", "", missing],
])("`init` says in one sentence that a site cannot be written below a %s", async (name, path, why) => {
  const stderr = `${at(name)}${path} cannot be written: ${why}.\n`;
  expect(await inProcess(["init", at(name)])).toEqual({ code: 2, stdout: "", stderr });
});

test("`init` writes nothing where one of its folders cannot be made", async () => {
  symlinkSync(at("nothing"), at("folder/policy"));
  expect(await inProcess(["init", at("folder")])).toMatchObject({ code: 2, stderr: expect.stringContaining(missing) });
  expect(readdirSync(at("folder"))).toEqual(["policy"]);
});
