import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import type { JWK } from "jose";
import { parseJson } from "../lib/parse-json.ts";
import { openPrivateFile, readPrivateFile, UnusableKey } from "../lib/private-file.ts";

/** A P-256 key of a file that holds its private JWK (RFC 7517). */
export interface Es256Key {
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
  /** RFC 7638, base64url. */
  readonly thumbprint: string;
}

/** Opens the key, making it when there is no such file. @throws UnusableKey */
export function openEs256Key(path: string): Es256Key {
  return keyIn(openPrivateFile(path, newKey), path);
}

/** Null when there is no such file. @throws as `openEs256Key` */
export function readEs256Key(path: string): Es256Key | null {
  const text = readPrivateFile(path);
  return text === null ? null : keyIn(text, path);
}

function keyIn(text: string, path: string): Es256Key {
  const key = privateKeyOf(text);
  if (key?.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new UnusableKey(
      `the key file ${path} holds no P-256 key as a JWK; put it back from a backup, or remove it to get a new key`,
    );
  return keyOf(key);
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return `${JSON.stringify(privateKey.export({ format: "jwk" }))}\n`;
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
