import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { maxArchiveBytes, packEntries, readEntries } from "../../../../gateway/bundles/archive/entries.ts";

/** They cannot be compressed, so that zlib gives bytes of the first while others still wait. */
const entries = Array.from({ length: 300 }, (_, at) => ({
  header: { name: `/f${at}` },
  bytes: createHash("shake256", { outputLength: 1_000 }).update(String(at)).digest(),
}));

const full = "/dev/full";
const whereThereIsOne = existsSync(full) ? test : test.skip;

whereThereIsOne(
  "an archive that the disk has no room for is refused with the system's reason, and nothing else fails",
  async () => {
    await expect(packEntries(entries, full)).rejects.toMatchObject({ code: "ENOSPC" });
    // Errors of the entries that waited come in later turns.
    await new Promise(setImmediate);
  },
);

test("an entry that says it is larger than an archive may be is refused before there is memory for it", async () => {
  const header = Buffer.alloc(512);
  header.write("data.json");
  header.write("0000644\0", 100);
  header.write(`${(maxArchiveBytes + 1).toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const archive = gzipSync(Buffer.concat([header, Buffer.alloc(1024)]));
  const before = process.memoryUsage().arrayBuffers;
  await expect(readEntries(Readable.from([archive]), null)).rejects.toThrow("the bundle unpacks to more than");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(maxArchiveBytes / 2);
});

test("a large file is packed and read as it was", async () => {
  const bytes = createHash("shake256", { outputLength: 3_000_001 }).update("large").digest();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-entries-"));
  const file = join(folder, "a.tar.gz");
  await packEntries([{ header: { name: "/data.json" }, bytes }, ...entries], file);
  const read = await readEntries(createReadStream(file), new Set(["data.json", "f7"]));
  expect([...read.keys()]).toEqual(["data.json", "f7"]);
  expect([read.get("data.json")?.equals(bytes), read.get("f7")?.equals(entries[7]?.bytes as Buffer)]).toEqual([
    true,
    true,
  ]);
  await rm(folder, { recursive: true });
});
