import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { archiveDigest, readDigested } from "../archive/archive.ts";
import { BundleFailure, type Location, SignatureRefusal } from "../failure.ts";
import { isSource } from "../sources.ts";
import { unreadOf } from "../unread-files.ts";
import type { CurrentSources } from "./current-sources.ts";
import { manifestOf, revisionIn } from "./manifest.ts";
import { isArchive, type PolicySource } from "./policy-source.ts";
import { SIGNATURES_FILE } from "../signatures/signature-token.ts";
import type { Signed, Verify } from "../signatures/verify.ts";

/** The files of a bundle without a compiled module. Paths are below its root. */
export interface ArchiveFiles {
  /** sha256:… of the archive file. */
  readonly digest: string;
  readonly files: readonly { readonly path: string; readonly bytes: Buffer; readonly regoVersion: 0 | 1 }[];
  /** As of `Sources`. */
  readonly unread: readonly Location[];
  /** Paths in `data` that the bundle owns, without `data` and with dots; null when it names none, or all. */
  readonly roots: readonly string[] | null;
  readonly signed: Signed | null;
}

const MANIFEST = ".manifest";

/** What was found in an archive. */
export interface ModuleLook {
  /** sha256:… of the archive file. */
  readonly digest: string;
  /** Whether it holds a compiled module, so that it is a whole policy. */
  readonly isModule: boolean;
}

/** Looks for a compiled module. `known`: an earlier look, which is returned when the archive has the same bytes. @throws BundleFailure */
export async function lookForModule(file: string, known: ModuleLook | null): Promise<ModuleLook> {
  if (known !== null && known.digest === (await archiveDigest(file))) return known;
  const { digest, entries } = await readDigested(file, new Set(["policy.wasm"]), anywhere);
  return { digest, isModule: entries.has("policy.wasm") };
}

const anywhere = { dataAnywhere: true };

/** The only source, when it is an archive with a compiled module; else null: the sources have to be compiled. @throws BundleFailure */
export async function moduleOf(sources: readonly PolicySource[]): Promise<string | null> {
  const [only, ...others] = sources;
  if (only === undefined || !isArchive(only) || others.length > 0) return null;
  return (await lookForModule(only.path, null)).isModule ? only.path : null;
}

/** The same of sources that are looked at again and again. */
export class WholePolicy {
  readonly #sources: Pick<CurrentSources, "list">;
  #seen: ModuleLook | null = null;

  constructor(sources: Pick<CurrentSources, "list">) {
    this.#sources = sources;
  }

  /** The only source, when it is an archive with a compiled module, or one that cannot be unpacked: who loads it tells why. Else null. */
  async look(): Promise<PolicySource | null> {
    const [only, ...others] = this.#sources.list;
    if (only === undefined || !isArchive(only) || others.length > 0) return null;
    this.#seen = await lookForModule(only.path, this.#seen).catch(() => null);
    if (this.#seen === null && only.kind === "bundle") return null;
    return this.#seen?.isModule === false ? null : only;
  }
}

/**
 * Reads a bundle of Rego and data, as `opa build` writes it without `--target wasm`, or as `tar` packs a folder: the same files count as
 * in a folder.
 * `known`: an earlier reading, which is returned when the archive has the same bytes.
 * @throws BundleFailure for one with a compiled module, an unusable manifest, or rules that are not read because of their file's name
 */
export async function readArchiveFiles(
  file: string,
  verify: Verify | null,
  known: ArchiveFiles | undefined,
): Promise<ArchiveFiles> {
  if (known !== undefined && known.digest === (await archiveDigest(file))) return known;
  const { digest, entries } = await readDigested(file, null, anywhere);
  const signed = verify === null ? null : await verify(entries);
  if (entries.has("policy.wasm")) throw new BundleFailure("load", compiled);
  const manifest = manifestOf(entries.get(MANIFEST));
  const versionOf = regoVersions(manifest);
  const { sources = [], others = [] } = Object.groupBy(entries.keys(), (path) =>
    isSource(path) ? "sources" : "others",
  );
  const unread = await unreadOf({ sources, others }, (path) => entries.get(path)?.toString("utf8") ?? "");
  const files = [...entries]
    .filter(([path]) => isSource(path))
    .map(([path, bytes]) => ({ path, bytes, regoVersion: versionOf(path) }));
  return { digest, files, unread, roots: rootsOf(manifest), signed };
}

/** What a bundle says of itself. */
export interface ArchiveIdentity {
  /** sha256:… of the archive file. */
  readonly digest: string;
  /** As its manifest names it; null when it names none. */
  readonly revision: string | null;
  readonly signed: Signed | null;
}

/** What arrived, unpacked. */
export interface DownloadedFiles {
  /** sha256:… of the archive file. */
  readonly digest: string;
  /** By path below the bundle's root; patch.json may be one of them. */
  readonly entries: ReadonlyMap<string, Buffer>;
}

/** Unpacks an archive of a bundle service, which may be a delta. `maxBytes`: of each file. @throws BundleFailure */
export async function unpackDownload(file: string, maxBytes: number): Promise<DownloadedFiles> {
  const downloaded = await readDigested(file, null, { ...anywhere, patch: true });
  for (const [path, { length }] of downloaded.entries)
    if (length > maxBytes)
      throw new BundleFailure("load", `${path} has ${length} bytes, and size_limit_bytes is ${maxBytes}`);
  return downloaded;
}

/** Verifies a snapshot, and uses nothing of it. As with OPA, a signature that nobody is to verify is an error. @throws BundleFailure */
export async function identityOf(
  { digest, entries }: DownloadedFiles,
  verify: Verify | null,
): Promise<ArchiveIdentity> {
  if (verify === null && entries.has(SIGNATURES_FILE))
    throw new SignatureRefusal(
      "signature_key_unknown",
      "the bundle is signed, and its source has no signing with keys",
    );
  const signed = verify === null ? null : await verify(entries);
  return { digest, revision: revisionIn(manifestOf(entries.get(MANIFEST))), signed };
}

const compiled =
  "holds a compiled module, which is a whole policy: name it as the only source, or build it without --target wasm";

/** https://www.openpolicyagent.org/docs/management-bundles#bundle-file-format: `roots`; `[""]` is everything. */
function rootsOf({ roots }: JsonObject): readonly string[] | null {
  if (roots === undefined) return null;
  const list = Array.isArray(roots) ? (roots as readonly JsonValue[]) : [null];
  if (!list.every((root) => typeof root === "string"))
    throw new BundleFailure("load", ".manifest: roots is no list of texts");
  const paths = list.map((root) => root.replaceAll("/", ".").replace(/^\.|\.$/g, ""));
  return paths.includes("") ? null : paths;
}

/** `rego_version` for all modules, and `file_rego_versions` for some, by path or glob. */
function regoVersions(manifest: JsonObject): (path: string) => 0 | 1 {
  const usual = versionOf(manifest["rego_version"], 1);
  const byFile = manifest["file_rego_versions"];
  const some = byFile !== undefined && isJsonObject(byFile) ? Object.entries(byFile) : [];
  const patterns = some.map(([glob, version]) => [asPattern(glob), versionOf(version, usual)] as const);
  return (path) => patterns.find(([pattern]) => pattern.test(`/${path}`))?.[1] ?? usual;
}

function versionOf(value: JsonValue | undefined, usual: 0 | 1): 0 | 1 {
  if (value === undefined) return usual;
  if (value === 0 || value === 1) return value;
  throw new BundleFailure("load", `.manifest: the version ${JSON.stringify(value)} of Rego is none of 0 and 1`);
}

/** Globs of OPA's manifests: `*` within one folder, `**` across folders. */
function asPattern(glob: string): RegExp {
  const parts = glob.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^/?${parts.join("")}$`);
}
