import { createReadStream, createWriteStream } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Extract, type Header, pack } from "tar-stream";
import { GrowingBytes } from "../../lib/bytes-in-turns.ts";
import { joined } from "../../lib/joined.ts";
import { givenBackBytes } from "../../lib/json-reader.ts";
import { BundleFailure } from "../failure.ts";
import { plainTar } from "./plain-tar.ts";

const MAX_ENTRIES = 20_000;
/** Bytes that an archive may unpack to. */
export const maxArchiveBytes = 256 * 1024 * 1024;
/** Further data, manifests, modules and patches anywhere in the bundle, which OPA would read as well. */
const ALSO_READ_BY_OPA =
  /(?:^|\/)(?:data\.(?:json|yaml|yml)|patch\.json)$|\/policy\.wasm$|.\.manifest$|\.manifest\.pb$/;

/** Bytes that zlib is given, or gives, at once. */
const blockBytes = 256 * 1024;

const DATA = /(?:^|\/)data\.(?:json|yaml|yml)$/;

export interface ReadOptions {
  readonly dataAnywhere?: boolean;
  readonly patch?: boolean;
}

/**
 * The wanted files of a bundle, or all of them. `dataAnywhere`: data files may lie in folders, as in bundles that nobody built. `patch`: it may
 * be a delta, with a patch.json.
 * @throws BundleFailure
 */
export async function readEntries(
  source: Readable,
  wanted: ReadonlySet<string> | null,
  options: ReadOptions = {},
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const seen = new Set<string>();
  const unpacked = extract();
  const collect = async (): Promise<void> => {
    for await (const entry of unpacked) {
      const path = checkedPath(entry.header, seen, options);
      const kept = entry.header.type === "file" && (wanted === null || wanted.has(path));
      if (kept) files.set(path, await bytesOf(entry));
      else entry.resume();
    }
  };
  const gunzip = createGunzip({ chunkSize: blockBytes });
  let compressed = 0;
  source.on("data", (chunk: Buffer) => (compressed += chunk.length));
  await Promise.all([pipeline(source, gunzip, plainTar(maxArchiveBytes), unpacked as unknown as Writable), collect()]);
  if (gunzip.bytesWritten !== compressed) throw new BundleFailure("load", "the bundle has bytes behind its end");
  return files;
}

type TarEntry = Awaited<ReturnType<ReturnType<Extract[typeof Symbol.asyncIterator]>["next"]>>["value"];

/** In one piece from the beginning: parts that are joined at the end are there twice. @throws BundleFailure for more than an archive may unpack to */
async function bytesOf(entry: TarEntry): Promise<Buffer<ArrayBuffer>> {
  const { type, size = 0 } = entry.header;
  if (size > maxArchiveBytes)
    throw new BundleFailure("load", `the bundle unpacks to more than ${maxArchiveBytes} bytes`);
  const parts = entry as unknown as AsyncIterable<Buffer>;
  if (type === "file" && size >= givenBackBytes) return grownBytes(parts, size);
  const bytes = Buffer.alloc(type === "file" ? size : 0);
  let at = 0;
  for await (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** In memory that can be given back in part: who loads large data gives them back as they are read. */
async function grownBytes(parts: AsyncIterable<Buffer>, size: number): Promise<Buffer<ArrayBuffer>> {
  const grown = new GrowingBytes(size);
  for await (const part of parts) grown.add(part);
  return grown.bytes;
}

/** The path below the bundle's root. */
function checkedPath(header: Header, seen: Set<string>, options: ReadOptions): string {
  const name = JSON.stringify(header.name);
  if (header.type !== "file" && header.type !== "directory")
    throw new BundleFailure("load", `bundle entry ${name} is a ${String(header.type)}, not a file`);
  // OPA itself writes one leading slash, which means the bundle's root.
  const path = header.name.replace(/^\//, "").replace(/\/$/, "");
  const parts = path.split("/");
  if (path !== "" && parts.some((part) => part === "" || part === "." || part === ".."))
    throw new BundleFailure("load", `bundle entry ${name} leaves the bundle`);
  if (/[\\\0]/.test(path))
    throw new BundleFailure("load", `bundle entry ${name} has a character that no bundle path has`);
  const { dataAnywhere = false, patch = false } = options;
  const usual = path === "data.json" || (dataAnywhere && DATA.test(path)) || (patch && path === "patch.json");
  if (!usual && ALSO_READ_BY_OPA.test(path))
    throw new BundleFailure(
      "load",
      `bundle entry ${name} would be read by OPA and is not read here; build one with opa build`,
    );
  if (seen.has(path)) throw new BundleFailure("load", `bundle entry ${name} is there twice`);
  seen.add(path);
  if (seen.size > MAX_ENTRIES) throw new BundleFailure("load", `the bundle has more than ${MAX_ENTRIES} entries`);
  return path;
}

export interface Entry {
  readonly header: Pick<Header, "name"> & Partial<Header>;
  readonly bytes: Buffer;
}

/** The entries of an archive that this gateway built or has read, in order and unchecked; `readArchive` is for any other. */
export async function unpackEntries(file: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const unpacked = extract();
  const collect = async (): Promise<void> => {
    for await (const entry of unpacked) entries.push({ header: entry.header, bytes: await bytesOf(entry) });
  };
  await Promise.all([
    pipeline(createReadStream(file), createGunzip({ chunkSize: blockBytes }), unpacked as unknown as Writable),
    collect(),
  ]);
  return entries;
}

/**
 * The same entries make the same bytes, whenever they are packed. Quickly: an edit waits for it, and a few archives are kept.
 * @throws Error of the system when the file cannot be written
 */
export async function packEntries(entries: readonly Entry[], to: string): Promise<void> {
  const packed = pack();
  const written = pipeline(packed as unknown as Readable, inBlocks, createGzip({ level: 1 }), createWriteStream(to));
  for (const { header, bytes } of entries) {
    const size = bytes.length;
    const entry = packed.entry({ name: header.name, type: header.type ?? "file", mtime: new Date(0), size }, bytes);
    // When the file cannot be written each entry that waits fails, too: `written` says why, and an error that nobody hears ends the process.
    entry.on("error", () => undefined);
  }
  packed.finalize();
  await written;
}

/**
 * An archive has three parts for each of its files, and zlib takes each part that it is given to another thread: small ones are joined.
 * A large one is cut, so that no turn of the event loop gets longer with it.
 */
async function* inBlocks(parts: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let [waiting, bytes]: [Buffer[], number] = [[], 0];
  for await (const part of parts)
    for (let from = 0; from < part.length; from += blockBytes) {
      const piece = part.subarray(from, from + blockBytes);
      waiting.push(piece);
      bytes += piece.length;
      if (bytes < blockBytes) continue;
      yield joined(waiting);
      [waiting, bytes] = [[], 0];
    }
  yield joined(waiting);
}

/** Whether the entry has this path at the bundle's root; OPA writes it with one leading slash. */
export function isNamed({ name }: Pick<Header, "name">, wanted: string): boolean {
  return name.replace(/^\//, "") === wanted;
}
