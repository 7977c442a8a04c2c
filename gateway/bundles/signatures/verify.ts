import { hash } from "node:crypto";
import type { BundleTrust } from "../../domain/bundle-signing.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Clock } from "../../domain/ports.ts";
import { SIGNATURES_FILE, signatureOf } from "./block.ts";
import { checkTimes } from "./claim-times.ts";
import { fileHash, hashedBytes } from "./file-hash.ts";
import { SignatureRefusal } from "./refusal.ts";
import { type SignedFile, signedFiles } from "./signed-files.ts";
import { verifyToken } from "./token.ts";

/** Whose word a bundle is, and for which content. */
export interface Signed {
  readonly keyId: string;
  /** `iat` of the signature, seconds since the epoch; null when it has none, as those of plain `opa sign`. */
  readonly issuedAt: number | null;
  /** sha256:… of all files as they are signed; packing and signing again do not change it. */
  readonly content: string;
  readonly files: number;
}

/** For `readArchive`; null where nobody has to sign. */
export function verifier(trust: BundleTrust | null, clock: Pick<Clock, "now">) {
  return trust === null
    ? null
    : (entries: ReadonlyMap<string, Buffer>): Promise<Signed> => verifyBundle(entries, trust, clock.now());
}

/**
 * Holds a bundle's files against its signature, as OPA does and no more leniently
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

/** Exactly the files that were signed: one more could be read by somebody, one less could have been a denial. */
function checkNames(paths: readonly string[], signed: ReadonlyMap<string, SignedFile>): void {
  const unsigned = paths.filter((path) => !signed.has(path));
  if (unsigned.length > 0)
    throw new SignatureRefusal("file_not_signed", `the bundle has files that were not signed: ${some(unsigned)}`);
  const present = new Set(paths);
  const absent = [...signed.keys()].filter((path) => !present.has(path));
  if (absent.length > 0)
    throw new SignatureRefusal("signed_file_missing", `files that were signed are not in the bundle: ${some(absent)}`);
}

/** One line a file, in order. @throws SignatureRefusal */
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
