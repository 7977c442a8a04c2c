import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unpackEntries } from "../../../../gateway/bundles/archive/entries.ts";
import { buildSources } from "../../../../gateway/bundles/build/build.ts";
import { type BuildCache, noCache } from "../../../../gateway/bundles/cache/build-cache.ts";
import { dataText } from "../../../../gateway/bundles/data/data-text.ts";
import { CurrentSources } from "../../../../gateway/bundles/layers/current-sources.ts";
import { librarySource } from "../../../../gateway/bundles/layers/policy-source.ts";
import { SourceList } from "../../../../gateway/bundles/layers/read-list.ts";
import { opa } from "../../decide/support/compile-rego.ts";
import { cacheInMemory } from "../support/policy-folder.ts";

let folder: string;
let counting: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-data-text-"));
  counting = join(folder, "opa");
  await writeFile(join(folder, "runs"), "");
  await writeFile(counting, `#!/bin/sh\necho "$1" >> '${join(folder, "runs")}'\nexec '${opa}' "$@"\n`);
  await chmod(counting, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  const file = join(folder, "policy", path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** The bundle of the library with the folder, and the runs of OPA that it took. */
async function built(
  cache: BuildCache,
  out: string,
): Promise<{ readonly bytes: Buffer; readonly runs: number; readonly data: string }> {
  const list = [librarySource, { kind: "folder" as const, path: join(folder, "policy") }];
  await writeFile(join(folder, "runs"), "");
  const sources = await new SourceList(new CurrentSources(list)).read();
  const { archive } = await buildSources(counting, sources, join(folder, out), cache);

  const data = (await unpackEntries(archive)).find(({ header }) => header.name === "/data.json");
  return {
    bytes: await readFile(archive),
    runs: (await readFile(join(folder, "runs"), "utf8")).split("\n").length - 1,
    data: data?.bytes.toString("utf8") ?? "",
  };
}

const line = { sensitivity: "low", reversible: true, sink: "none", owner: "<a & b>" };

test("an edit of data of several sources runs no OPA, and makes the bundle that OPA makes, byte for byte", async () => {
  await write("sallyport/catalog/pay/data.yaml", "refund:\n  sensitivity: low\n  price: {EUR: 1.50}\n");
  const cache = cacheInMemory();
  expect((await built(cache, "first")).runs).toBeGreaterThan(3);
  await write("sallyport/catalog/more/data.json", JSON.stringify({ "10": line, "9": line, a: line, é: line }));
  await write(
    "acme/data.json",
    JSON.stringify({
      text: "\u0000\u0001\b\f\n\r\t\u007f\u0080\u2028\u2029\\\"/<>&'\ufeff",
      "\u{1f600}": 1,
      "\uffee": 2,
      numbers: [0, -1, 1.5, 1e-7, 9007199254740991, 0.1],
      empty: [{}, [], "", null, true],
    }),
  );
  await write("acme/more/data.json", '{"__proto__": {"x": 1}, "constructor": "y"}');
  const edited = await built(cache, "edited");
  expect(edited.runs).toBe(0);
  const whole = await built(noCache, "whole");
  expect(whole.runs).toBeGreaterThan(0);
  expect(edited.data).toBe(whole.data);
  expect(edited.bytes.equals(whole.bytes)).toBe(true);
});

test("OPA reads data of which it makes something else", async () => {
  await write("acme/data.json", '{"a": 1}');
  const cache = cacheInMemory();
  await built(cache, "first");
  await write("acme/data.json", '{"a": "\\ud800"}');
  const edited = await built(cache, "edited");
  expect(edited.runs).toBe(1);
  expect(edited.bytes.equals((await built(noCache, "whole")).bytes)).toBe(true);
});

test.each([
  ["half a pair", { a: "\ud800" }],
  ["a list in place of the documents", { sallyport: [] }],
  ["no documents", { sallyport: {} }],
  ["a text", "data"],
])("%s has no text of its own", (_what, data) => {
  expect(dataText(data)).toBeNull();
});
