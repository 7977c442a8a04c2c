import type { KeyObject } from "node:crypto";
import { createPrivateKey } from "node:crypto";

import { bytesOf, stringOf } from "../../value.ts";
import { decodeBase64 } from "../go/base64.ts";
import type { PemBlock } from "../go/pem.ts";
import { decodePem } from "../go/pem.ts";
import { orBuiltinError } from "../jwt/keys.ts";
import { BuiltinError } from "../types.ts";
import { isWhole } from "../jwt/whole-rsa.ts";
import { TAG, fields, readOne } from "./der.ts";

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

const KEY_TYPES: Readonly<Record<string, KeyFormat>> = {
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

type KeyFormat = "pkcs1" | "pkcs8" | "sec1";

/** Each is a version and then: a number, an algorithm, or the key itself. OpenSSL takes any of them for any other. */
const SECOND_FIELD: Readonly<Record<KeyFormat, number>> = { pkcs1: TAG.integer, pkcs8: TAG.sequence, sec1: TAG.octets };

function hasFormat(key: Buffer, format: KeyFormat): boolean {
  const whole = readOne(key);
  const [version, second] = fields(whole, 2);
  if (version?.tag !== TAG.integer || second?.tag !== SECOND_FIELD[format]) return false;
  return format !== "pkcs1" || whole.raw.length === key.length;
}

/** A private key in any of the three formats. @throws BuiltinError */
function anyKeyFromDer(key: Buffer): KeyObject {
  const format = (["pkcs1", "pkcs8", "sec1"] as const).find((one) => hasFormat(key, one));
  if (format === undefined) throw new BuiltinError("tls: failed to parse private key");
  return keyFromDer(key, format);
}

function keyFromDer(key: Buffer, type: KeyFormat): KeyObject {
  if (!hasFormat(key, type)) throw new BuiltinError("x509: failed to parse private key: it is in another format");
  const read = orBuiltinError("x509: failed to parse private key", () =>
    createPrivateKey({ key, format: "der", type }),
  );
  if (!isWhole(read)) throw new BuiltinError("x509: failed to parse private key: its numbers do not belong together");
  return read;
}

const BEGIN = "-----BEGIN ";

/** PEM as it is, or from base64; DER in base64 counts as a block of `type`. @throws BuiltinError when it is neither */
function tlsBlocks(text: string, type: string): readonly PemBlock[] {
  const decoded = text.startsWith(BEGIN) ? bytesOf(text) : decodeBase64(text);
  const pem = stringOf(decoded);
  if (!pem.startsWith(BEGIN)) return [{ type, bytes: decoded }];
  const blocks: PemBlock[] = [];
  for (let next = decodePem(pem); next !== undefined; next = decodePem(next.rest)) blocks.push(next.block);
  return blocks;
}

/** The DER of each certificate of a key pair, the leaf's first; other blocks are passed over. @throws BuiltinError */
export function pairCertificates(text: string): readonly Buffer[] {
  return tlsBlocks(text, "CERTIFICATE")
    .filter(({ type }) => type === "CERTIFICATE")
    .map(({ bytes }) => bytes);
}

/** The first private key, in whatever format and under whatever label ends so; undefined without any. @throws BuiltinError */
export function pairKey(text: string): KeyObject | undefined {
  const block = tlsBlocks(text, "PRIVATE KEY").find(({ type }) => /(?:^| )PRIVATE KEY$/.test(type));
  return block === undefined ? undefined : anyKeyFromDer(block.bytes);
}
