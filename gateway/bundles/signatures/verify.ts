import { hash } from "node:crypto";
import type { BundleTrust } from "../../domain/settings.ts";
import type { BundleMarks, Clock } from "../../domain/ports.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { SignatureRefusal } from "../failure.ts";
import { fileHash, hashedBytes } from "./file-hash.ts";
import { signatureOf, SIGNATURES_FILE, verifyToken } from "./signature-token.ts";

/** The verified signature of a bundle: its key, time and content. */
export interface Signed {
  readonly keyId: string;
  /** `iat` of the signature, seconds since the epoch; null when it has none, as with plain `opa sign`. */
  readonly issuedAt: number | null;
  /** sha256:… over all files in their signed form; packing and signing again do not change it. */
  readonly content: string;
  readonly files: number;
}

/** Checks all files of a bundle before any of them is used. @throws BundleFailure */
export type Verify = (entries: ReadonlyMap<string, Buffer>) => Promise<Signed>;

/** The check that `readArchive` runs; null when the configuration requires no signature. */
export function verifier(trust: BundleTrust | null, clock: Pick<Clock, "now">): Verify | null {
  return trust === null ? null : (entries) => verifyBundle(entries, trust, clock.now());
}

/**
 * Checks a bundle's files against its signature, at least as strictly as OPA
 * (https://www.openpolicyagent.org/docs/latest/management-bundles/#signature-verification).
 * `now` is in milliseconds since the epoch.
 * @throws SignatureRefusal
 */
export async function verifyBundle(
  entries: ReadonlyMap<string, Buffer>,
  trust: BundleTrust,
  now: number,
): Promise<Signed> {
  const { keyId, claims } = await verifyToken(signatureOf(entries), trust);
  checkScope(claims, trust.scope);
  const issuedAt = checkTimes(claims, Math.floor(now / 1_000));
  const signed = signedFiles(claims);
  const paths = [...entries.keys()].filter((path) => path !== SIGNATURES_FILE).sort();
  checkNames(paths, signed);
  const content = hash("sha256", await contentOf(paths, entries, signed), "hex");
  return { keyId, issuedAt, content: `sha256:${content}`, files: paths.length };
}

function checkScope(claims: JsonObject, wanted: string): void {
  const said = claims["scope"] ?? "";
  if (said === wanted) return;
  const [theirs, ours] = [said, wanted].map((scope) =>
    scope === "" ? "no scope" : `the scope ${JSON.stringify(scope)}`,
  );
  throw new SignatureRefusal("signature_scope_wrong", `the signature is for ${theirs}, and this gateway takes ${ours}`);
}

/** Exactly the signed files must be there: an additional file could be read, a missing one could have held a denial. */
function checkNames(paths: readonly string[], signed: ReadonlyMap<string, SignedFile>): void {
  const unsigned = paths.filter((path) => !signed.has(path));
  if (unsigned.length > 0)
    throw new SignatureRefusal("file_not_signed", `the bundle has files that were not signed: ${some(unsigned)}`);
  const present = new Set(paths);
  const absent = [...signed.keys()].filter((path) => !present.has(path));
  if (absent.length > 0)
    throw new SignatureRefusal("signed_file_missing", `files that were signed are not in the bundle: ${some(absent)}`);
}

/** One line for each file, in the order of the paths. @throws SignatureRefusal */
async function contentOf(
  paths: readonly string[],
  entries: ReadonlyMap<string, Buffer>,
  signed: ReadonlyMap<string, SignedFile>,
): Promise<string> {
  const lines: string[] = [];
  for (const path of paths) {
    const digest = await fileDigest(path, entries.get(path) as Buffer, signed.get(path) as SignedFile);
    lines.push(`${digest} ${path}`);
  }
  return lines.join("\n");
}

/** @returns the file's SHA-256, whichever hash was signed. @throws SignatureRefusal */
async function fileDigest(path: string, bytes: Buffer, { hash: wanted, algorithm }: SignedFile): Promise<string> {
  const content = await hashedBytes(path, bytes);
  if (fileHash(path, content, algorithm) !== wanted)
    throw new SignatureRefusal("file_changed", `${path} is not what was signed`);
  return fileHash(path, content, "SHA-256");
}

function some(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map((path) => JSON.stringify(path));
  return paths.length > shown.length ? `${shown.join(", ")} and ${paths.length - shown.length} more` : shown.join(", ");
}

interface SignedFile {
  /** Hexadecimal, lower case. */
  readonly hash: string;
  readonly algorithm: string;
}

/** The files of a signature by path. @throws SignatureRefusal, also for a path that is there twice with possibly two hashes */
function signedFiles(claims: JsonObject): ReadonlyMap<string, SignedFile> {
  const files = claims["files"];
  if (!Array.isArray(files)) throw unreadable("names no files");
  const byPath = new Map<string, SignedFile>();
  for (const file of files as readonly JsonValue[]) {
    const { name, hash, algorithm } = isJsonObject(file) ? file : {};
    if (typeof name !== "string" || typeof hash !== "string" || typeof algorithm !== "string")
      throw unreadable("has a file without name, hash or algorithm");
    if (byPath.has(name)) throw unreadable(`names ${JSON.stringify(name)} twice`);
    byPath.set(name, { hash: hash.toLowerCase(), algorithm });
  }
  return byPath;
}

function unreadable(what: string): SignatureRefusal {
  return new SignatureRefusal("signature_malformed", `the signature ${what}`);
}

/** How far the signer's clock may be ahead, in seconds: a signature from next year would make all later ones look older. */
const SKEW_S = 300;

/**
 * Checks `exp`, `nbf` and `iat` (RFC 7519 §4.1.4 to §4.1.6), each optional. OPA ignores them.
 * @returns `iat`. @throws SignatureRefusal
 */
function checkTimes(claims: JsonObject, nowS: number): number | null {
  const [issuedAt, notBefore, expires] = ["iat", "nbf", "exp"].map((name) => numericDate(claims, name));
  if (expires !== null && expires !== undefined && nowS >= expires)
    throw notCurrent(`the signature ended at ${iso(expires)} (exp)`);
  if (notBefore !== null && notBefore !== undefined && nowS + SKEW_S < notBefore)
    throw notCurrent(`the signature is for later, from ${iso(notBefore)} (nbf)`);
  if (issuedAt !== null && issuedAt !== undefined && nowS + SKEW_S < issuedAt)
    throw notCurrent(`the signature says that it was made at ${iso(issuedAt)} (iat), which is to come`);
  return issuedAt ?? null;
}

function numericDate(claims: JsonObject, name: string): number | null {
  const value = claims[name];
  if (value === undefined) return null;
  if (typeof value !== "number" || !(Math.abs(value) <= 8.64e12))
    throw new SignatureRefusal("signature_malformed", `the signature's ${name} is no time in seconds since the epoch`);
  return value;
}

function notCurrent(message: string): SignatureRefusal {
  return new SignatureRefusal("signature_not_current", message);
}

/** ISO 8601 to the second. */
export function iso(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(/\.000Z$/, "Z");
}

/**
 * Refuses a bundle that is older than one that was active (a rollback). Revisions have no order, so the order is that of the
 * signatures' `iat`; without `iat`, only a revision that is reused for other content can be detected.
 * @throws SignatureRefusal
 */
export async function checkOrder(
  revision: string,
  { issuedAt, content }: Signed,
  marks: Pick<BundleMarks, "contentOf" | "newest">,
): Promise<void> {
  const [known, newest] = await Promise.all([marks.contentOf(revision), marks.newest()]);
  if (known !== null && known !== content)
    throw new SignatureRefusal(
      "revision_reused",
      `the bundle's revision ${revision} was that of another content before (${known}, now ${content}); build it with a --revision of its own`,
    );
  if (newest === null) return;
  if (issuedAt === null)
    throw new SignatureRefusal(
      "bundle_order_lost",
      `the signature does not say when it was made (iat), and one of ${iso(newest)} has been active; sign it again with an iat`,
    );
  if (issuedAt < newest)
    throw new SignatureRefusal(
      "bundle_older",
      `the bundle was signed at ${iso(issuedAt)}, before one that has been active, of ${iso(newest)}; to go back to it, sign it again`,
    );
}
