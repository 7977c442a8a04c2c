import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Entry, isNamed, packEntries } from "../archive/entries.ts";
import { type KnownOfModule, manifestWithKnown } from "../archive/manifest-known.ts";
import type { JsonObject } from "../../lib/json.ts";
import { parseJson } from "../../lib/parse-json.ts";

/**
 * Writes the files of a bundle of `opa build` as the archive `to`, with what is known of the policy from its sources added to its manifest.
 * It cannot be derived from the archive later: OPA removes the entrypoints from the Rego in a bundle.
 */
export async function packKnown(entries: readonly Entry[], to: string, known: KnownOfModule): Promise<void> {
  const wasm = entries.find(({ header }) => isNamed(header, "policy.wasm"))?.bytes;
  const written = entries.map(({ header, bytes }) =>
    wasm !== undefined && isNamed(header, ".manifest")
      ? { header, bytes: withKnown(bytes, wasm, known) }
      : { header, bytes },
  );
  await packEntries(written, to);
}

function withKnown(manifest: Buffer, wasm: Buffer, known: KnownOfModule): Buffer {
  const value = parseJson(manifest.toString("utf8")) as JsonObject;
  return Buffer.from(JSON.stringify(manifestWithKnown(value, wasm, known)));
}

/** Writes `<outDir>/<revision>.tar.gz`. @returns its path */
export async function writeArchive(
  outDir: string,
  revision: string,
  write: (file: string) => Promise<void>,
): Promise<string> {
  await mkdir(outDir, { recursive: true });
  const archive = join(outDir, `${revision}.tar.gz`);
  const partial = `${archive}.${process.pid}.partial`;
  await write(partial);
  // Renamed into place, so that other processes never read half an archive.
  await rename(partial, archive);
  return archive;
}

const OURS = /^[0-9a-f]{32}\.tar\.gz$/;

/** Removes built archives except the newest `keep`; the active one always stays. */
export async function pruneArchives(directory: string, activeRevision: string, keep: number): Promise<void> {
  const names = (await readdir(directory)).filter((name) => OURS.test(name) && name !== `${activeRevision}.tar.gz`);
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = dated.sort((a, b) => b.at - a.at).slice(keep - 1);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
}
