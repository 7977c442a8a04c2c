import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { JWK } from "jose";
import { parseJson } from "../lib/parse-json.ts";

/** A P-256 key of a file that holds its private JWK (RFC 7517). */
export interface Es256Key {
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
  /** RFC 7638, base64url. */
  readonly thumbprint: string;
}

/** Opens the key, making it when there is no such file. @throws Error when others may read the file or it holds no such key */
export function openEs256Key(path: string): Es256Key {
  return readEs256Key(path) ?? makeKey(path);
}

/** Null when there is no such file. @throws Error when others may read the file or it holds no such key */
export function readEs256Key(path: string): Es256Key | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  // Windows has no such bits; there the rights of the folder must be enough.
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0)
    throw new Error(`${path} can be read by others; chmod 600 it, or remove it to get a new key`);
  const key = privateKeyOf(readFileSync(path, "utf8"));
  if (key?.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error(`${path} holds no P-256 key`);
  return keyOf(key);
}

function privateKeyOf(text: string): KeyObject | null {
  try {
    return createPrivateKey({ key: parseJson(text) as JWK, format: "jwk" });
  } catch {
    return null;
  }
}

function keyOf(privateKey: KeyObject): Es256Key {
  const publicJwk = createPublicKey(privateKey).export({ format: "jwk" }) as JWK;
  const { crv, kty, x, y } = publicJwk;
  // RFC 7638 §3.2: the required members in alphabetical order.
  const thumbprint = hash("sha256", JSON.stringify({ crv, kty, x, y }), "base64url");
  return { privateKey, publicJwk, thumbprint };
}

/** Writes a new file and links it into place: a second process that starts now finds no key or a whole one, and replaces none. */
function makeKey(path: string): Es256Key {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(privateKey.export({ format: "jwk" }))}\n`, { mode: 0o600, flag: "w" });
  try {
    linkSync(temporary, path);
    return keyOf(privateKey);
  } catch (failure) {
    const other = readEs256Key(path);
    if (other === null) throw failure;
    return other;
  } finally {
    rmSync(temporary, { force: true });
  }
}
