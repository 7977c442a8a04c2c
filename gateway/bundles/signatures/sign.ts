import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";
import type { BundleAlgorithm } from "../../domain/settings.ts";
import { readArchive, withPrivateCopy } from "../archive/archive.ts";
import { isNamed, packEntries, unpackEntries } from "../archive/entries.ts";
import { type OpaCommand, runOpa } from "../build/opa.ts";
import { SIGNATURES_FILE } from "./signature-token.ts";

export interface Signing {
  /** PEM file with the private key, or for HS256, HS384 and HS512 the file with the secret; absolute. */
  readonly keyFile: string;
  readonly algorithm: BundleAlgorithm;
  /** `keyid` of the signature; null for none, so that verifiers need it in their configuration. */
  readonly keyId: string | null;
  readonly scope: string;
  /** `iat`, seconds since the epoch; it orders bundles. */
  readonly issuedAt: number;
}

/**
 * Signs the bundle `from` with `opa sign` and writes it with the signature as `to`, which may be the same file. An existing
 * signature is replaced.
 * @returns the bundle's revision. @throws BundleFailure
 */
export async function signArchive(opa: OpaCommand, from: string, to: string, signing: Signing): Promise<string> {
  return inTemporaryFolder("sallyport-sign-", (workspace) =>
    withPrivateCopy(from, async (copy) => {
      const { revision } = await readArchive(copy);
      const claims = join(workspace, "claims.json");
      await writeFile(claims, JSON.stringify(claimsOf(signing)));
      const flags = ["--signing-key", signing.keyFile, "--signing-alg", signing.algorithm, "--claims-file", claims];
      const target = ["--output-file-path", workspace, "--bundle", `./${basename(copy)}`];
      await runOpa(opa, ["sign", ...flags, ...target], dirname(copy), "load");
      await writeSigned(copy, to, await readFile(join(workspace, SIGNATURES_FILE)));
      return revision;
    }),
  );
}

function claimsOf({ keyId, scope, issuedAt }: Signing): Record<string, unknown> {
  return { iat: issuedAt, ...(keyId === null ? {} : { keyid: keyId }), ...(scope === "" ? {} : { scope }) };
}

/** Renames into place, so that a watcher of `to` never reads half an archive. */
async function writeSigned(from: string, to: string, signatures: Buffer): Promise<void> {
  const entries = (await unpackEntries(from)).filter(({ header }) => !isNamed(header, SIGNATURES_FILE));
  // opa build uses this time too; a constant one makes the archive reproducible.
  const header = { name: `/${SIGNATURES_FILE}`, mode: 0o600, mtime: new Date(0) };
  const partial = `${to}.${process.pid}.partial`;
  try {
    await packEntries([...entries, { header, bytes: signatures }], partial);
    await rename(partial, to);
  } finally {
    await rm(partial, { force: true });
  }
}
