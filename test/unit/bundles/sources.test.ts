import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readSources } from "../../../gateway/bundles/sources.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "misnamed-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
}

const rule = 'package sallyport.rules.mine.pen\n\ndeny contains {"code": "PEN"}\n';

const foreign = "package app.authz\n\ndefault deny := true\n";

test.each([
  ["mine/pen_test.rego", rule, "_test.rego is how the name of a file of tests ends"],
  ["app/authz_test.rego", foreign, "_test.rego is how the name of a file of tests ends"],
  ["mine/pen.REGO", rule, "its name must end with .rego"],
])("refuses rules in %s, which nobody would ask, before anything is built", async (path, text, says) => {
  await write("main.rego", "package sallyport.main\n");
  await write(path, text);
  await expect(readSources(dir)).rejects.toMatchObject({
    stage: "load",
    message: expect.stringContaining(`${path}:1: is not read: `),
    locations: [{ file: path, line: 1, message: expect.stringContaining(says) }],
  });
});

test("leaves files of tests alone, and what only they use", async () => {
  await write("main.rego", "package sallyport.main\n");
  await write("a_test.rego", "package sallyport.rules.mine.pen_test\n\ntest_it if true\n");
  await write("b_test.rego", "package sallyport.rules.mine.pen\n\ntodo_test_it if true\n\ndeny_all := true\n");
  await write("fixtures_test.rego", 'package sallyport.rules.mine.pen_test\n\nsample := {"deny": 1}\n');
  await write("other_test.rego", "package app.authz_test\n\ndeny if false\n");
  await write("helpers_test.rego", "package app.authz\n\nrequest := {}\n");
  expect((await readSources(dir)).files.map(({ path }) => path)).toEqual(["main.rego"]);
});

test("a large file that is as it was is not in memory twice, and one that has changed is read", async () => {
  await write("main.rego", "package sallyport.main\n");
  await write("large/data.json", JSON.stringify({ text: "x".repeat(2_000_000) }));
  await write("other/data.json", JSON.stringify({ text: "y".repeat(2_000_000) }));
  const before = await readSources(dir);
  await write("other/data.json", JSON.stringify({ text: "z".repeat(2_000_000) }));
  const after = await readSources(dir, (path) => {
    const bytes = before.files.find((file) => file.path === path)?.bytes;
    return bytes === undefined ? null : { bytes, digest: before.digests.get(path) ?? "" };
  });
  const bytesOf = (reading: typeof before, path: string): Buffer | undefined =>
    reading.files.find((file) => file.path === path)?.bytes;
  expect(bytesOf(after, "large/data.json")).toBe(bytesOf(before, "large/data.json"));
  expect(bytesOf(after, "other/data.json")?.toString().slice(0, 12)).toBe('{"text":"zzz');
  expect(after).toEqual(await readSources(dir));
});
