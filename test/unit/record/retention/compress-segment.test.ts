import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { compressSegment } from "../../../../gateway/record/retention/compress-segment.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-compress-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const name = "decisions-000001.jsonl";
const segment = { name, number: 1, file: name, compressed: null } as const;

test("the plain file goes when the compressed one gives its bytes again, and its time stays", async () => {
  writeFileSync(join(dir, name), "a line\n");
  utimesSync(join(dir, name), 1_000, 1_000);
  await compressSegment(dir, segment, "gzip");
  expect(readdirSync(dir)).toEqual([`${name}.gz`]);
  expect(gunzipSync(readFileSync(join(dir, `${name}.gz`))).toString()).toBe("a line\n");
  expect(statSync(join(dir, `${name}.gz`)).mtimeMs).toBe(1_000_000);
});

test("the plain file stays where the compressed one does not give the lines of the segment again", async () => {
  const packed = gzipSync("a line\n");
  writeFileSync(join(dir, name), packed);
  // The lines of this segment are others than the bytes of its file, as those of a file that changes meanwhile are.
  const changed = { ...segment, compressed: "gzip" } as const;
  await expect(compressSegment(dir, changed, "gzip")).rejects.toThrow(`${name}.gz does not give the lines of ${name}`);
  expect(readdirSync(dir)).toEqual([name]);
  expect(readFileSync(join(dir, name))).toEqual(packed);
});

test("of a compression that is ended nothing stays but the plain file", async () => {
  writeFileSync(join(dir, name), "a line\n");
  await expect(compressSegment(dir, segment, "zstd", AbortSignal.abort())).rejects.toThrow();
  expect(readdirSync(dir)).toEqual([name]);
});
