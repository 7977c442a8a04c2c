import { gzipSync, zstdCompressSync } from "node:zlib";
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTree } from "../../../../gateway/record/tree/open-tree.ts";
import { placedSegments, walkLines } from "../../../../gateway/record/tree/line-walk.ts";
import { openLogKey } from "../../../../gateway/record/tree/log-keys.ts";
import { logEnd } from "../../../../gateway/record/segments.ts";
import { quiet } from "../../../support/quiet.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";

let here: TestLog;
beforeEach(async () => {
  here = new TestLog();
  const writer = here.writer({ segmentBytes: 300 });
  for (let n = 0; n < 8; n += 1) await write(writer, n);
  await writer.close();
});
afterEach(() => here.remove());

async function walked(): Promise<[leaf: number, line: string][]> {
  const found: [number, string][] = [];
  await walkLines(here.log, await placedSegments(here.log), 0, ({ leaf, block, start, end }) => {
    found.push([leaf, block.toString("utf8", start, end)]);
    return true;
  });
  return found;
}

test("segments are read in their order, plain, compressed or renamed, with the number of each line", async () => {
  const before = await walked();
  expect(before.map(([leaf]) => leaf)).toEqual(before.map((_line, at) => at));
  expect(before.length).toBe(here.lines().length);
  const [first = "", second = "", third = ""] = here.names().map((name) => join(here.log, name));
  writeFileSync(`${first}.gz`, gzipSync(readFileSync(first)));
  writeFileSync(`${second}.zst`, zstdCompressSync(readFileSync(second)));
  rmSync(first);
  rmSync(second);
  renameSync(third, `${third}.1`);
  expect((await placedSegments(here.log)).map(({ compressed, header }) => [compressed, header?.leaf])).toEqual(
    (await placedSegments(here.log)).map(({ header }, at) => [["gzip", "zstd"][at] ?? null, header?.leaf]),
  );
  expect(await walked()).toEqual(before);
});

test("what is beside a segment is none", async () => {
  const before = await walked();
  for (const name of ["1.jsonl.torn", "9.jsonl.gz.part", "9.jsonl.bak", "9.jsonl-copy", "9.jsonl.1.gz.old"].map(
    (end) => `decisions-00000${end}`,
  ))
    writeFileSync(join(here.log, name), "{}\n");
  expect(await walked()).toEqual(before);
});

test("a tree that is opened again has the lines of segments that are compressed since", async () => {
  const count = here.lines().length;
  const [first = ""] = here.names().map((name) => join(here.log, name));
  writeFileSync(`${first}.gz`, gzipSync(readFileSync(first)));
  rmSync(first);
  rmSync(join(here.log, "tlog", "tile"), { recursive: true });
  const { end } = await openTree(here.log, "example.com/gw-1", openLogKey(join(here.dir, "other.pem")));
  expect(end).toMatchObject({ size: count, adopted: 0, problem: expect.stringContaining("made anew") });
});

test("a file under another name than its segment's is read and never cut", async () => {
  const newest = here.names().at(-1) ?? "";
  const renamed = join(here.log, `${newest}-20261128`);
  renameSync(join(here.log, newest), renamed);
  appendFileSync(renamed, '{"seq":99,"ki');
  const before = readFileSync(renamed);
  expect(await logEnd(here.log, quiet)).toMatchObject({ segment: null, moved: newest, problem: null });
  expect(readFileSync(renamed)).toEqual(before);
});
