import { isUtf8 } from "node:buffer";

import { BuiltinError } from "../types.ts";

/** One element of DER (X.690): the first byte of its tag, contents, and the bytes of the whole. */
export interface Der {
  readonly tag: number;
  readonly raw: Buffer;
  readonly value: Buffer;
}

export const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, sequence: 0x30, set: 0x31 } as const;

/** Its bits in the first byte say that the tag's number follows. */
export const HIGH_TAG = 0x1f;

export function malformed(what = "malformed certificate"): BuiltinError {
  return new BuiltinError(`x509: ${what}`);
}

/** The elements that fill the bytes, one after the other. @throws BuiltinError */
export function readDer(bytes: Buffer): readonly Der[] {
  const elements: Der[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = readOne(bytes, at);
    elements.push(element);
    at += element.raw.length;
  }
  return elements;
}

/** How many bytes follow the first one of a tag beyond 30. */
function tagBytes(bytes: Buffer, start: number): number {
  let size = 1;
  while ((bytes[start + size - 1] ?? 0) >= 0x80) size += 1;
  const least = size === 1 ? HIGH_TAG : 0x81;
  if (size > 4 || (bytes[start] ?? 0) < least) throw malformed();
  return size;
}

interface Header {
  readonly tag: number;
  /** Bytes of tag and length together. */
  readonly size: number;
  /** Bytes that follow. */
  readonly length: number;
}

function readHeader(bytes: Buffer, at: number): Header {
  const tag = bytes[at];
  const size = 1 + (tag !== undefined && (tag & HIGH_TAG) === HIGH_TAG ? tagBytes(bytes, at + 1) : 0);
  const first = bytes[at + size];
  if (tag === undefined || first === undefined) throw malformed();
  if (first < 0x80) return { tag, size: size + 1, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + size + 1 + count > bytes.length) throw malformed();
  const length = bytes.readUIntBE(at + size + 1, count);
  // A length in more bytes than it needs is none of DER.
  if (length < 0x80 || length < 256 ** (count - 1)) throw malformed();
  return { tag, size: size + 1 + count, length };
}

/** The first element, whatever follows it. @throws BuiltinError */
export function readOne(bytes: Buffer, at = 0): Der {
  const { tag, size, length } = readHeader(bytes, at);
  if (at + size + length > bytes.length) throw malformed();
  return {
    tag,
    raw: bytes.subarray(at, at + size + length),
    value: bytes.subarray(at + size, at + size + length),
  };
}

/** The element within an explicit tag, and where it ends. As in Go, the tag's own length is not checked. */
export function readExplicit(bytes: Buffer, at: number, tag: number): { readonly inner: Der; readonly end: number } {
  const header = readHeader(bytes, at);
  if (header.tag !== tag || header.length === 0) throw malformed("explicitly tagged member didn't match");
  const inner = readOne(bytes, at + header.size);
  return { inner, end: at + header.size + inner.raw.length };
}

export function children(element: Der | undefined, tag: number = TAG.sequence): readonly Der[] {
  return readDer(expect(element, tag).value);
}

/** The first `count` elements of a sequence, or as many as there are: Go does not look at what later versions may add. */
export function fields(element: Der | undefined, count: number, tag: number = TAG.sequence): readonly Der[] {
  const { value } = expect(element, tag);
  const elements: Der[] = [];
  for (let at = 0; at < value.length && elements.length < count;) {
    const field = readOne(value, at);
    elements.push(field);
    at += field.raw.length;
  }
  return elements;
}

export function expect(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag) throw malformed();
  return element;
}

/** @throws BuiltinError for an integer in more bytes than it needs */
export function integerValue(element: Der | undefined): bigint {
  const { value } = expect(element, TAG.integer);
  const [first, second = 0] = value;
  if (first === undefined || (value.length > 1 && first === (second < 0x80 ? 0 : 0xff))) throw malformed();
  return BigInt.asIntN(value.length * 8, BigInt(`0x${value.toString("hex")}`));
}

export function int64Value(element: Der | undefined): bigint {
  const value = integerValue(element);
  if (BigInt.asIntN(64, value) !== value) throw malformed("integer too large");
  return value;
}

export function unsignedValue(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

export function booleanValue(element: Der | undefined): boolean {
  const { value } = expect(element, TAG.boolean);
  if (value.length !== 1 || (value[0] !== 0 && value[0] !== 0xff)) throw malformed("invalid boolean");
  return value[0] === 0xff;
}

/** Bits as bytes, and how many of the last byte are not used. */
export function bits(element: Der | undefined): { readonly bytes: Buffer; readonly unused: number } {
  const { value } = expect(element, TAG.bits);
  const [unused] = value;
  const last = value.at(-1) ?? 0;
  if (unused === undefined || unused > 7 || (value.length === 1 && unused > 0)) throw malformed();
  if (value.length > 1 && (last & ((1 << unused) - 1)) !== 0) throw malformed();
  return { bytes: value.subarray(1), unused };
}

/** Bits as bytes, moved to the right so that the unused ones come first. */
export function bitString(element: Der | undefined): Buffer {
  const { bytes, unused } = bits(element);
  if (unused === 0) return bytes;
  return Buffer.from(bytes.map((byte, at) => (((bytes[at - 1] ?? 0) << 8) | byte) >> unused));
}

const MOST_IN_OID = 2 ** 31 - 1;

/** @throws BuiltinError for parts with leading zeros, or beyond 31 bits */
export function oidValue(element: Der | undefined): readonly number[] {
  const { value } = expect(element, TAG.oid);
  const parts: number[] = [];
  let current = 0;
  for (const [at, byte] of value.entries()) {
    const begins = at === 0 || ((value[at - 1] as number) & 0x80) === 0;
    current = begins ? byte & 0x7f : current * 128 + (byte & 0x7f);
    if ((begins && byte === 0x80) || current > MOST_IN_OID) throw malformed();
    if ((byte & 0x80) !== 0) continue;
    if (parts.length === 0) {
      const head = Math.min(Math.floor(current / 40), 2);
      parts.push(head, current - head * 40);
    } else parts.push(current);
  }
  if (parts.length === 0 || ((value.at(-1) as number) & 0x80) !== 0) throw malformed();
  return parts;
}

export function oidText(element: Der | undefined): string {
  return oidValue(element).join(".");
}

const NO_CHARACTERS = /[\ufffe\uffff\ufdd0-\ufdef\ud800-\udfff]/;
const STRINGS: Readonly<Record<number, (value: Buffer) => string | undefined>> = {
  0x0c: (value) => (isUtf8(value) ? value.toString("utf8") : undefined),
  0x12: (value) => latin(value, /^[0-9 ]*$/),
  // Neither * nor & is printable by the standard; certificates have them all the same.
  0x13: (value) => latin(value, /^[A-Za-z0-9'()+,\-./ :=?*&]*$/),
  0x14: (value) => value.toString("latin1"),
  0x16: (value) => latin(value, /^[\x00-\x7f]*$/),
  0x1e: wideText,
};

function latin(value: Buffer, characters: RegExp): string | undefined {
  const text = value.toString("latin1");
  return characters.test(text) ? text : undefined;
}

function wideText(value: Buffer): string | undefined {
  if (value.length % 2 !== 0) return undefined;
  const text = Buffer.from(value).swap16().toString("utf16le").replace(/\0$/, "");
  return NO_CHARACTERS.test(text) ? undefined : text;
}

export function isString({ tag }: Der): boolean {
  return STRINGS[tag] !== undefined;
}

/** UTF-8, numeric, printable, T.61 (read as Latin-1), IA5 and BMP strings. @throws BuiltinError for any other, or a character outside its set */
export function stringValue(element: Der): string {
  const text = STRINGS[element.tag]?.(element.value);
  if (text === undefined) throw malformed("invalid string");
  return text;
}

/** UTCTime or GeneralizedTime as seconds since 1970. */
export function timeValue(element: Der | undefined): number {
  const text = element?.value.toString("latin1") ?? "";
  const match = /^(\d{2,4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null || (element?.tag !== 0x17 && element?.tag !== 0x18)) throw malformed();
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const full = element.tag === 0x18 ? year : year >= 50 ? 1900 + year : 2000 + year;
  return Date.UTC(full, month - 1, day, hour, minute, second) / 1000;
}
