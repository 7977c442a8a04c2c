import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type JsonWebKey,
  type KeyObject,
} from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import jsonwebtoken from "jsonwebtoken";
import type { ReceiptSigner } from "../domain/ports.ts";

export const receiptType = "sallyport-approval+jwt";

export interface ReceiptKey extends ReceiptSigner {
  /** RFC 7517, public keys only. */
  readonly publicKeys: { readonly keys: readonly JsonWebKey[] };
}

/**
 * The key that signs receipts: ES256, of its own, neither that of TLS nor of any other statement. Made at first use beside
 * the store, so that all processes of one store sign with the same.
 * @throws Error when others may read the file or it holds no such key
 */
export function openReceiptKey(file: string): ReceiptKey {
  const key = readKey(file) ?? makeKey(file);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error(`${file} holds no P-256 key`);
  const jwk = createPublicKey(key).export({ format: "jwk" });
  // RFC 7638 §3.2: the required members in alphabetical order.
  const kid = hash("sha256", JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }), "base64url");
  const header = { alg: "ES256", typ: receiptType, kid } as const;
  return {
    publicKeys: { keys: [{ ...jwk, kid, alg: "ES256", use: "sig" }] },
    sign: (claims) => jsonwebtoken.sign(claims, key, { algorithm: "ES256", header }),
  };
}

function readKey(file: string): KeyObject | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  // Windows has no such bits; there the folder's own rights must do.
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0)
    throw new Error(`${file} can be read by others; chmod 600 it`);
  return createPrivateKey(readFileSync(file, "utf8"));
}

/** Written aside and linked into place: a second process that starts now finds either no key or a whole one. */
function makeKey(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.new`;
  writeFileSync(aside, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  try {
    linkSync(aside, file);
    return privateKey;
  } catch (failure) {
    const other = readKey(file);
    if (other === null) throw failure;
    return other;
  } finally {
    rmSync(aside, { force: true });
  }
}
