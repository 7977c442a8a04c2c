import { createReadStream, createWriteStream } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Header, pack } from "tar-stream";

export interface Entry {
  readonly header: Pick<Header, "name"> & Partial<Header>;
  readonly bytes: Buffer;
}

/** The entries of an archive, in order. They are not checked: `readArchive` is for what others have built. */
export async function unpackEntries(file: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const unpacked = extract();
  const collect = async (): Promise<void> => {
    for await (const entry of unpacked) {
      const parts: Buffer[] = [];
      for await (const part of entry as unknown as AsyncIterable<Buffer>) parts.push(part);
      entries.push({ header: entry.header, bytes: Buffer.concat(parts) });
    }
  };
  await Promise.all([pipeline(createReadStream(file), createGunzip(), unpacked as unknown as Writable), collect()]);
  return entries;
}

export async function packEntries(entries: readonly Entry[], to: string): Promise<void> {
  const packed = pack();
  const written = pipeline(packed as unknown as Readable, createGzip(), createWriteStream(to));
  for (const { header, bytes } of entries) packed.entry({ ...header, size: bytes.length }, bytes);
  packed.finalize();
  await written;
}

/** OPA writes one leading slash, which means the bundle's root. */
export function isNamed({ name }: Pick<Header, "name">, wanted: string): boolean {
  return name.replace(/^\//, "") === wanted;
}
