import { createReadStream, createWriteStream } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Header, pack } from "tar-stream";
import { isJsonObject, type JsonObject, type JsonValue } from "../domain/json.ts";
import type { Projections } from "../domain/projection.ts";
import { sha256 } from "./sha256.ts";

/**
 * Writes the bundle `from` again as `to`, with what the policy reads of the input in its manifest's metadata, which OPA
 * leaves to whoever builds a bundle. An archive has no longer all of its Rego, so it could not be found out later.
 */
export async function sealArchive(from: string, to: string, projections: Projections): Promise<void> {
  const entries = await allEntries(from);
  const wasm = entries.find(({ header }) => isNamed(header, "policy.wasm"))?.bytes;
  const packed = pack();
  const written = pipeline(packed as unknown as Readable, createGzip(), createWriteStream(to));
  for (const { header, bytes } of entries) {
    const content =
      wasm !== undefined && isNamed(header, ".manifest") ? withReads(bytes, sha256(wasm), projections) : bytes;
    packed.entry({ ...header, size: content.length }, content);
  }
  packed.finalize();
  await written;
}

/** What a manifest says about `wasm`; nothing when it is about another module. */
export function sealedProjections(manifest: JsonObject, wasm: Uint8Array): Projections {
  const { sallyport } = object(manifest["metadata"]);
  const { module, reads } = object(sallyport);
  return module === sha256(wasm) ? (object(reads) as unknown as Projections) : {};
}

function withReads(manifest: Buffer, module: string, reads: Projections): Buffer {
  const value = object(JSON.parse(manifest.toString("utf8")) as JsonValue);
  const metadata = { ...object(value["metadata"]), sallyport: { module, reads } };
  return Buffer.from(JSON.stringify({ ...value, metadata }));
}

function object(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

function isNamed({ name }: Header, wanted: string): boolean {
  return name.replace(/^\//, "") === wanted;
}

async function allEntries(file: string): Promise<{ readonly header: Header; readonly bytes: Buffer }[]> {
  const entries: { readonly header: Header; readonly bytes: Buffer }[] = [];
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
