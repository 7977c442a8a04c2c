import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { packEntries } from "../../../../gateway/bundles/archive/entries.ts";

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
