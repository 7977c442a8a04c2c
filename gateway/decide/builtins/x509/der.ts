import { BuiltinError } from "../types.ts";

/** One element of DER (X.690): tag, contents, and the bytes of the whole. */
export interface Der {
  readonly tag: number;
  readonly raw: Buffer;
  readonly value: Buffer;
}

export const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, sequence: 0x30, set: 0x31 } as const;

function malformed(): BuiltinError {
  return new BuiltinError("x509: malformed certificate");
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

/** The first element, whatever follows it. */
export function readOne(bytes: Buffer, at = 0): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformed();
  let header = 2;
  let length = first;
  if (first >= 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 4 || at + 2 + size > bytes.length) throw malformed();
    header += size;
    length = bytes.readUIntBE(at + 2, size);
  }
  if (at + header + length > bytes.length) throw malformed();
  return {
    tag,
    raw: bytes.subarray(at, at + header + length),
    value: bytes.subarray(at + header, at + header + length),
  };
}

export function children(element: Der | undefined, tag: number = TAG.sequence): readonly Der[] {
  if (element?.tag !== tag) throw malformed();
  return readDer(element.value);
}

export function expect(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag) throw malformed();
  return element;
}

export function integerValue(element: Der | undefined): bigint {
  const { value } = expect(element, TAG.integer);
  if (value.length === 0) throw malformed();
  return BigInt.asIntN(value.length * 8, BigInt(`0x${value.toString("hex")}`));
}

export function unsignedValue(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** Bits as bytes; the count of unused ones is dropped. */
export function bitString(element: Der | undefined): Buffer {
  const { value } = expect(element, TAG.bits);
  if (value.length === 0) throw malformed();
  return value.subarray(1);
}

export function oidValue(element: Der | undefined): readonly number[] {
  const { value } = expect(element, TAG.oid);
  const parts: number[] = [];
  let current = 0;
  for (const byte of value) {
    current = current * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (parts.length === 0) {
      const head = Math.min(Math.floor(current / 40), 2);
      parts.push(head, current - head * 40);
    } else parts.push(current);
    current = 0;
  }
  if (parts.length === 0) throw malformed();
  return parts;
}

export function oidText(element: Der | undefined): string {
  return oidValue(element).join(".");
}

/** UTF-8, printable and IA5 strings, and the wide ones; the rest byte by byte. */
export function stringValue(element: Der): string {
  if (element.tag === 0x1e) return Buffer.from(element.value).swap16().toString("utf16le");
  return element.tag === 0x0c ? element.value.toString("utf8") : element.value.toString("latin1");
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
