import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capabilities, writeSources } from "../../../../gateway/bundles/build/write-sources.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

const file = (path: string): SourceFile => ({ path, bytes: Buffer.from(`of ${path}`) });

test("all of many files are written, whatever folders they share", async () => {
  const files = Array.from({ length: 100 }, (_, index) => file(`a/${index % 7}/b/${index}.rego`));
  const all = [file("top.rego"), ...files, file("a/data.json")];
  await writeSources(all, join(folder, "source"));
  const texts = await Promise.all(all.map(({ path }) => readFile(join(folder, "source", path), "utf8")));
  expect(texts).toEqual(all.map(({ path }) => `of ${path}`));
});

test("a file that cannot be written is told, and so is a folder that is there already", async () => {
  const mixed = [file("a"), file("a/b.rego"), ...Array.from({ length: 40 }, (_, index) => file(`${index}.rego`))];
  await expect(writeSources(mixed, join(folder, "source"))).rejects.toThrow(/EISDIR|ENOTDIR|EEXIST/);
  await expect(writeSources([], folder)).rejects.toThrow("EEXIST");
});

test("the capabilities of a policy are those in its file, when it has one", () => {
  const of = (...paths: string[]) => capabilities({ files: paths.map(file), revision: "r" });
  expect([of("capabilities.json"), of("a/capabilities.json")]).toEqual([["--capabilities", "./capabilities.json"], []]);
});
