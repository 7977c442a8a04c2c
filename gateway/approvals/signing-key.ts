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
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { StatementKey } from "../domain/ports.ts";

/**
 * A key for statements of this gateway: ES256, made at first use beside the store, so that all processes of one store sign
 * with the same. Each kind of statement has a key of its own.
 * @throws Error when others may read the file or it holds no such key
 */
export function openSigningKey(file: string): StatementKey {
  const key = readKey(file) ?? makeKey(file);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error(`${file} holds no P-256 key`);
  const publicKey = createPublicKey(key);
  const jwk = publicKey.export({ format: "jwk" });
  // RFC 7638 §3.2: the required members in alphabetical order.
  const kid = hash("sha256", JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }), "base64url");
  const published: JsonWebKey = { ...jwk, kid, alg: "ES256", use: "sig" };
  return {
    publicKeys: { keys: [published] },
    sign: (claims, typ) => jsonwebtoken.sign(claims, key, { algorithm: "ES256", header: { alg: "ES256", typ, kid } }),
    read: (jws, typ) => readStatement(jws, publicKey, { typ, kid }),
  };
}

/** Signature, algorithm, type and key; times and audiences are for whoever knows what the statement is for. */
function readStatement(jws: string, key: KeyObject, want: { typ: string; kid: string }): JsonObject | null {
  try {
    const { header, payload } = jsonwebtoken.verify(jws, key, {
      algorithms: ["ES256"],
      complete: true,
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
    return header.typ === want.typ && header.kid === want.kid && isJsonObject(payload) ? payload : null;
  } catch {
    return null;
  }
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
