import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { type BuildCache, noCache } from "../cache/build-cache.ts";
import { checkBundleData } from "../data/check-data.ts";
import { BundleFailure, type Location, unreadable } from "../failure.ts";
import { maxArchiveBytes, readEntries, type ReadOptions } from "./entries.ts";
import { type SaidByManifest, saidByManifest } from "./manifest-known.ts";
import type { Signed, Verify } from "../signatures/verify.ts";
import { parseJson } from "../../lib/parse-json.ts";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";

/** The parts of a bundle archive that the gateway uses (https://www.openpolicyagent.org/docs/latest/management-bundles/#bundle-file-format). */
export interface Archive extends SaidByManifest {
  readonly revision: string;
  /** sha256:… of the archive file. */
  readonly digest: string;
  readonly wasm: Uint8Array;
  /** The bytes of data.json, which holds one JSON object. A check may move them, and the engine that loads them takes them away. */
  dataBytes: Buffer;
  /** The same, parsed at each access on the calling thread: not after the engine has them. */
  readonly data: JsonObject;
  /** null when no signature was checked. */
  readonly signed: Signed | null;
}

/** What a policy is loaded with. */
export type ArchiveContent = Readonly<Pick<Archive, "wasm" | "dataBytes" | "projections">>;

const MAX_BYTES = maxArchiveBytes;
const BUNDLE_FILES = new Set(["policy.wasm", "data.json", ".manifest"]);

export interface DataWarnings {
  /** Names in the data without effect. */
  readonly warnings: readonly Location[];
}

/** An archive whose data were checked. */
export interface CheckedArchive extends Archive, DataWarnings {}

/** Reads a bundle archive and checks its data. @throws BundleFailure as `readUnchecked`, and for mistakes in the data */
export async function readArchive(
  file: string,
  verify: Verify | null = null,
  cache: BuildCache = noCache,
): Promise<CheckedArchive> {
  const archive = await readUnchecked(file, verify);
  // Not by a spread, which would read `data`.
  const { checked } = await checkArchiveData(archive, cache);
  return Object.assign(archive, await checked);
}

/**
 * Archives built here are checked too: OPA and the gateway may read YAML differently, and this is what OPA read. Resolves when the data are not needed
 * any more, which may be other bytes by then: large ones move. @throws BundleFailure
 */
export async function checkArchiveData(
  archive: Pick<Archive, "dataBytes">,
  cache: BuildCache,
): Promise<{ readonly checked: Promise<DataWarnings> }> {
  const { checked, bytes } = await checkBundleData(archive.dataBytes, cache);
  archive.dataBytes = bytes;
  return { checked };
}

/** A bundle archive whose data are still to be checked. @throws BundleFailure for links, duplicates, paths that leave the bundle, and sizes over the limits */
export async function readUnchecked(file: string, verify: Verify | null = null): Promise<Archive> {
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
  const archive: Archive = {
    revision: manifest["revision"],
    digest,
    wasm,
    dataBytes,
    get data() {
      return parsed("data.json", archive.dataBytes);
    },
    ...saidByManifest(manifest, wasm),
    signed,
  };
  return archive;
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
    if (error instanceof BundleFailure) throw error;
    if (isOfSystem(error)) throw unreadable("the bundle archive", error);
    // The file of a download, which may be a delta, has a name of the gateway's own.
    throw damaged(options.patch === true ? "the bundle archive" : `the bundle archive ${basename(file)}`, error);
  }
}

const isOfSystem = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

/** Of zlib or the reader of tar: the same bytes fail again. */
function damaged(what: string, error: unknown): BundleFailure {
  const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  const said = `${what} is damaged, or is no tar.gz (${why}); build it again, or copy it whole`;
  return new BundleFailure("load", said, [], error);
}

function json(entries: ReadonlyMap<string, Buffer>, path: string): JsonObject {
  const bytes = entries.get(path);
  if (bytes === undefined) throw new BundleFailure("load", `the bundle has no ${path}`);
  return parsed(path, bytes);
}

function parsed(path: string, bytes: Buffer): JsonObject {
  try {
    const value: unknown = parseJson(bytes.toString("utf8"));
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
  return inTemporaryFolder("sallyport-bundle-", async (folder) => {
    const copy = join(folder, basename(file));
    await copyInto(file, copy);
    return await work(copy);
  });
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
