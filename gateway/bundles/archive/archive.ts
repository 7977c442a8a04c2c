import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Header, pack } from "tar-stream";
import type { Projections, RuleExports } from "../../domain/ports.ts";
import type { ResultRules } from "../../domain/result.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { checkData } from "../data/check-data.ts";
import { BundleFailure, type Location, unreadable } from "../failure.ts";
import { plainTar } from "./plain-tar.ts";
import { readsOfManifest, resultRulesOfManifest, ruleExportsOfManifest } from "./manifest-known.ts";
import type { Signed } from "../signatures/verify.ts";

/** The parts of a bundle archive that the gateway uses (https://www.openpolicyagent.org/docs/latest/management-bundles/#bundle-file-format). */
export interface Archive {
  readonly revision: string;
  /** sha256:… of the archive file. */
  readonly digest: string;
  readonly wasm: Uint8Array;
  /** The bytes of data.json, which holds one JSON object. */
  readonly dataBytes: Buffer;
  /** The same, parsed at each access on the calling thread. */
  readonly data: JsonObject;
  /** What the module reads of the input, by entrypoint; empty when the manifest does not say. */
  readonly projections: Projections;
  /** Whose results the module judges. */
  readonly results: ResultRules;
  /** Which rules give what; empty when the manifest does not say. */
  readonly exports: RuleExports;
  /** Names in the data without effect. */
  readonly warnings: readonly Location[];
  /** null when no signature was checked. */
  readonly signed: Signed | null;
}

/** Checks all files of a bundle before any of them is used. @throws BundleFailure */
type VerifyEntries = (entries: ReadonlyMap<string, Buffer>) => Promise<Signed>;

const MAX_ENTRIES = 20_000;
const MAX_BYTES = 256 * 1024 * 1024;
const BUNDLE_FILES = new Set(["policy.wasm", "data.json", ".manifest"]);
/** Further data, manifests, modules and patches anywhere in the bundle, which OPA would read as well. */
const ALSO_READ_BY_OPA =
  /(?:^|\/)(?:data\.(?:json|yaml|yml)|patch\.json)$|\/policy\.wasm$|.\.manifest$|\.manifest\.pb$/;

const DATA = /(?:^|\/)data\.(?:json|yaml|yml)$/;

/** Reads and checks a bundle archive. @throws BundleFailure for links, duplicates, paths that leave the bundle, and sizes over the limits */
export async function readArchive(file: string, verify: VerifyEntries | null = null): Promise<Archive> {
  const { entries, digest } = await readDigested(file, verify === null ? BUNDLE_FILES : null);
  const signed = verify === null ? null : await verify(entries);
  const manifest = json(entries, ".manifest");
  if (typeof manifest["revision"] !== "string" || manifest["revision"] === "")
    throw new BundleFailure("load", ".manifest names no revision");
  const wasm = entries.get("policy.wasm");
  if (wasm === undefined)
    throw new BundleFailure("load", "the bundle has no policy.wasm; build it with opa build --target wasm");
  const dataBytes = entries.get("data.json");
  if (dataBytes === undefined) throw new BundleFailure("load", "the bundle has no data.json");
  // Archives built here are checked too: OPA and the gateway may read YAML differently, and this is what OPA read.
  const { warnings } = await checkData([{ path: "data.json", bytes: dataBytes }]);
  return {
    revision: manifest["revision"],
    digest,
    wasm,
    dataBytes,
    get data() {
      return json(entries, "data.json");
    },
    projections: readsOfManifest(manifest, wasm),
    results: resultRulesOfManifest(manifest, wasm),
    exports: ruleExportsOfManifest(manifest, wasm),
    warnings,
    signed,
  };
}

/** sha256:… of the archive file, read as a stream. @throws BundleFailure when it cannot be read */
export async function archiveDigest(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw unreadable("the bundle archive", error);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** The entries of `readEntries`, and sha256:… of the very bytes that they were read from. @throws BundleFailure */
export async function readDigested(
  file: string,
  wanted: ReadonlySet<string> | null,
  options: ReadOptions = {},
): Promise<{ readonly digest: string; readonly entries: Map<string, Buffer> }> {
  const hash = createHash("sha256");
  try {
    const source = createReadStream(file);
    source.on("data", (chunk) => hash.update(chunk));
    const entries = await readEntries(source, wanted, options);
    return { digest: `sha256:${hash.digest("hex")}`, entries };
  } catch (error) {
    throw error instanceof BundleFailure ? error : unreadable("the bundle archive", error);
  }
}

interface ReadOptions {
  readonly dataAnywhere?: boolean;
}

/**
 * The wanted files of a bundle, or all of them. `dataAnywhere`: data files may lie in folders, as in bundles that nobody built.
 * @throws BundleFailure
 */
export async function readEntries(
  source: Readable,
  wanted: ReadonlySet<string> | null,
  { dataAnywhere = false }: ReadOptions = {},
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const seen = new Set<string>();
  const unpacked = extract();
  const collect = async (): Promise<void> => {
    for await (const entry of unpacked) {
      const path = checkedPath(entry.header, seen, dataAnywhere);
      const kept = entry.header.type === "file" && (wanted === null || wanted.has(path));
      const parts: Buffer[] = [];
      for await (const part of entry as unknown as AsyncIterable<Buffer>) if (kept) parts.push(part);
      if (kept) files.set(path, Buffer.concat(parts));
    }
  };
  const gunzip = createGunzip();
  let compressed = 0;
  source.on("data", (chunk: Buffer) => (compressed += chunk.length));
  await Promise.all([pipeline(source, gunzip, plainTar(MAX_BYTES), unpacked as unknown as Writable), collect()]);
  if (gunzip.bytesWritten !== compressed) throw new BundleFailure("load", "the bundle has bytes behind its end");
  return files;
}

/** The path below the bundle's root. */
function checkedPath(header: Header, seen: Set<string>, dataAnywhere: boolean): string {
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
  const usual = path === "data.json" || (dataAnywhere && DATA.test(path));
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

function json(entries: ReadonlyMap<string, Buffer>, path: string): JsonObject {
  const bytes = entries.get(path);
  if (bytes === undefined) throw new BundleFailure("load", `the bundle has no ${path}`);
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (isJsonObject(value)) return value;
  } catch {
    // Falls through: text that is not JSON gets the same error as JSON that is no object.
  }
  throw new BundleFailure("load", `${path} is not a JSON object`);
}

/**
 * Calls `work` with a private copy of the file under the same name, so that opa later reads exactly what was verified and
 * loaded, even when the original is replaced.
 * @throws BundleFailure when the file cannot be read or is larger than a bundle could be
 */
export async function withPrivateCopy<Result>(file: string, work: (copy: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bundle-"));
  try {
    const copy = join(folder, basename(file));
    await copyInto(file, copy);
    return await work(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyInto(file: string, copy: string): Promise<void> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new BundleFailure("load", `the bundle archive has more than ${MAX_BYTES} bytes`);
    await copyFile(file, copy);
  } catch (error) {
    throw error instanceof BundleFailure ? error : unreadable("the bundle archive", error);
  }
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

/** Whether the entry has this path at the bundle's root; OPA writes it with one leading slash. */
export function isNamed({ name }: Pick<Header, "name">, wanted: string): boolean {
  return name.replace(/^\//, "") === wanted;
}
