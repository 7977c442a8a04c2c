import { createPublicKey, generateKeyPairSync, hash, type JsonWebKey, type KeyObject } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { openKeyFile } from "../lib/key-file.ts";
import { UnusableKey } from "../lib/private-file.ts";
import type { StatementKey } from "../domain/ports.ts";

/**
 * A key for statements of this gateway: ES256, made at first use beside the store, so that all processes of one store sign
 * with the same. Each kind of statement has a key of its own.
 * @throws UnusableKey
 */
export function openSigningKey(file: string): StatementKey {
  return statementKey(
    openKeyFile(file, () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
    `the key file ${file}`,
  );
}

/** @param place of the key, for people @throws UnusableKey when it is no P-256 key */
export function statementKey(key: KeyObject, place: string): StatementKey {
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new UnusableKey(`${place} holds no P-256 key; put the key back from a backup`);
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
