import type { KeyObject } from "node:crypto";
import { createPrivateKey } from "node:crypto";

import { bytesOf, stringOf } from "../../value.ts";
import { decodeBase64 } from "../go/base64.ts";
import { decodePem } from "../go/pem.ts";
import { orBuiltinError } from "../jwt/keys.ts";
import { BuiltinError } from "../types.ts";
import { isWhole } from "./whole-rsa.ts";

/** Texts that hold certificates or keys: PEM, base64 of PEM, base64 of DER. */

/** The DER of all certificates, one after the other. @throws BuiltinError */
export function certificateBytes(text: string): Buffer {
  if (text.startsWith("-----BEGIN")) return certificatesFromPem(text);
  const decoded = decodeBase64(text);
  return decoded.toString("latin1").startsWith("-----BEGIN") ? certificatesFromPem(stringOf(decoded)) : decoded;
}

function certificatesFromPem(text: string): Buffer {
  const parts: Buffer[] = [];
  for (let next = decodePem(text); next !== undefined; next = decodePem(next.rest)) {
    if (next.block.type !== "CERTIFICATE") {
      throw new BuiltinError(`PEM block type is '${next.block.type}', expected CERTIFICATE`);
    }
    parts.push(next.block.bytes);
  }
  return Buffer.concat(parts);
}

/** DER of a signing request. @throws BuiltinError */
export function requestBytes(text: string): Buffer {
  const plain = text.startsWith("-----BEGIN CERTIFICATE REQUEST-----") ? bytesOf(text) : decodeBase64(text);
  const pem = decodePem(stringOf(plain));
  if (pem === undefined) return plain;
  if (pem.block.type === "CERTIFICATE REQUEST") return pem.block.bytes;
  throw new BuiltinError("invalid PEM-encoded certificate signing request");
}

const KEY_TYPES: Readonly<Record<string, "pkcs1" | "pkcs8" | "sec1">> = {
  "RSA PRIVATE KEY": "pkcs1",
  "PRIVATE KEY": "pkcs8",
  "EC PRIVATE KEY": "sec1",
};

/** Every private key of a PEM text, or of base64 of one; other blocks are passed over. @throws BuiltinError */
export function privateKeys(text: string): readonly KeyObject[] {
  let pem = text;
  try {
    pem = stringOf(decodeBase64(text));
  } catch (error) {
    if (!(error instanceof BuiltinError)) throw error;
  }
  const keys: KeyObject[] = [];
  for (let next = decodePem(pem); next !== undefined; next = decodePem(next.rest)) {
    const { bytes, type } = next.block;
    const format = KEY_TYPES[type];
    if (format !== undefined) keys.push(keyFromDer(bytes, format));
  }
  return keys;
}

export function keyFromDer(key: Buffer, type: "pkcs1" | "pkcs8" | "sec1"): KeyObject {
  const read = orBuiltinError("x509: failed to parse private key", () =>
    createPrivateKey({ key, format: "der", type }),
  );
  if (!isWhole(read)) throw new BuiltinError("x509: failed to parse private key: its numbers do not belong together");
  return read;
}
