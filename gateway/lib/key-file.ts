import { createPrivateKey, type KeyObject } from "node:crypto";
import { linkSync, renameSync, rmSync } from "node:fs";
import { openPrivateFile, readPrivateFile, UnusableKey, writeAside } from "./private-file.ts";

/** The private key in a file (PEM, PKCS #8), made at first use. @throws UnusableKey */
export function openKeyFile(file: string, make: () => KeyObject): KeyObject {
  return privateKeyOf(
    openPrivateFile(file, () => pemOf(make())),
    `the key file ${file}`,
  );
}

/** Null when there is no such file. @throws as `openKeyFile` */
export function readKeyFile(file: string): KeyObject | null {
  const text = readPrivateFile(file);
  return text === null ? null : privateKeyOf(text, `the key file ${file}`);
}

/**
 * Puts the next key in the place of the one in the file, which is kept under the name `kept`. There is a whole key in the file at every
 * moment. `announce` is called when the new key is on disk and the old one still in its place.
 */
export function replaceKeyFile(file: string, key: KeyObject, kept: string, announce: () => void): void {
  const aside = writeAside(file, pemOf(key));
  try {
    rmSync(kept, { force: true });
    linkSync(file, kept);
    announce();
    renameSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

/** What OpenSSL says of a text names neither the key nor its place. @throws UnusableKey */
function privateKeyOf(pem: string, place: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (failure) {
    throw new UnusableKey(`${place} holds no private key in PEM; put the key back from a backup`, { cause: failure });
  }
}
