import { createPrivateKey, type KeyObject } from "node:crypto";
import { linkSync, renameSync, rmSync } from "node:fs";
import { openPrivateFile, readPrivateFile, writeAside } from "./private-file.ts";

/** The private key in a file (PEM, PKCS #8), made at first use. @throws UnusableKey when it cannot be read or made; Error when it holds no key */
export function openKeyFile(file: string, make: () => KeyObject): KeyObject {
  return createPrivateKey(openPrivateFile(file, () => pemOf(make())));
}

/** Null when there is no such file. @throws as `openKeyFile` */
export function readKeyFile(file: string): KeyObject | null {
  const text = readPrivateFile(file);
  return text === null ? null : createPrivateKey(text);
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
