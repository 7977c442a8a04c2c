import { createReadStream, createWriteStream } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Header, pack } from "tar-stream";
import type { JsonObject } from "../domain/json.ts";
import type { Projections } from "../domain/projection.ts";
import { manifestWithReads } from "./sealed.ts";

interface Entry {
  readonly header: Header;
  readonly bytes: Buffer;
}

/**
 * Writes the bundle `from`, fresh from opa, again as `to`, with what the policy reads of the input in its manifest.
 * OPA takes the entrypoints out of the Rego it puts into a bundle, so it could not be found out later.
 */
export async function sealArchive(from: string, to: string, projections: Projections): Promise<void> {
  const entries = await entriesOf(from);
  const wasm = entries.find(({ header }) => isNamed(header, "policy.wasm"))?.bytes;
  const packed = pack();
  const written = pipeline(packed as unknown as Readable, createGzip(), createWriteStream(to));
  for (const { header, bytes } of entries) {
    const sealed = wasm !== undefined && isNamed(header, ".manifest");
    const content = sealed ? withReads(bytes, wasm, projections) : bytes;
    packed.entry({ ...header, size: content.length }, content);
  }
  packed.finalize();
  await written;
}

function withReads(manifest: Buffer, wasm: Buffer, projections: Projections): Buffer {
  const value = JSON.parse(manifest.toString("utf8")) as JsonObject;
  return Buffer.from(JSON.stringify(manifestWithReads(value, wasm, projections)));
}

function isNamed({ name }: Header, wanted: string): boolean {
  return name.replace(/^\//, "") === wanted;
}

async function entriesOf(file: string): Promise<Entry[]> {
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
