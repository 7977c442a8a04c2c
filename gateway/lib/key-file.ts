import { createPrivateKey, type KeyObject } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The private key in a file (PEM, PKCS #8), made at first use.
 * @throws Error when others may read the file or it holds no key
 */
export function openKeyFile(file: string, make: () => KeyObject): KeyObject {
  return readKeyFile(file) ?? makeKeyFile(file, make());
}

/** Null when there is no such file. @throws Error when others may read it or it holds no key */
export function readKeyFile(file: string): KeyObject | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  // Windows has no such bits; there the folder's own rights must do.
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0)
    throw new Error(`${file} can be read by others; chmod 600 it`);
  return createPrivateKey(readFileSync(file, "utf8"));
}

/**
 * Puts the next key in the place of the one in the file, which is kept under the name `kept`. There is a whole key in the file at every
 * moment. `announce` is called when the new key is on disk and the old one still in its place.
 */
export function replaceKeyFile(file: string, key: KeyObject, kept: string, announce: () => void): void {
  const aside = writeAside(file, key);
  try {
    rmSync(kept, { force: true });
    linkSync(file, kept);
    announce();
    renameSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** On disk when this returns. @returns the name of the file */
function writeAside(file: string, key: KeyObject): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.new`;
  writeFileSync(aside, key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flush: true });
  return aside;
}

/** Written aside and linked into place: a second process that starts now finds either no key or a whole one. */
function makeKeyFile(file: string, key: KeyObject): KeyObject {
  const aside = writeAside(file, key);
  try {
    linkSync(aside, file);
    return key;
  } catch (failure) {
    const other = readKeyFile(file);
    if (other === null) throw failure;
    return other;
  } finally {
    rmSync(aside, { force: true });
  }
}
