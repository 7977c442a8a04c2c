/**
 * Strings in OPA are bytes and need not be UTF-8 (`base64.decode` of a signature, say). Here a byte that is not part of
 * valid UTF-8 is carried as the unpaired surrogate U+DC00 + byte, so that hashing or encoding it later is exact.
 */
const FATAL = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a Rego string. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0xdc80 || unit > 0xdcff || isHigh(text.charCodeAt(at - 1))) continue;
    parts.push(Buffer.from(text.slice(start, at), "utf8"), Buffer.of(unit - 0xdc00));
    start = at + 1;
  }
  parts.push(Buffer.from(text.slice(start), "utf8"));
  return Buffer.concat(parts);
}

/** A Rego string of any bytes; the inverse of bytesOf. */
export function stringOf(bytes: Uint8Array): string {
  try {
    return FATAL.decode(bytes);
  } catch {
    return decodeLossless(bytes);
  }
}

/**
 * Below 0, 0 or above 0, as `length` bytes at `from` come before, equal or come behind `otherLength` bytes at `at`. Strings are short: a call of
 * `Buffer.compare` takes longer.
 */
export function compareBytes(
  bytes: Uint8Array,
  from: number,
  length: number,
  other: Uint8Array,
  at: number,
  otherLength: number,
): number {
  for (let index = 0; index < length && index < otherLength; index += 1) {
    const difference = (bytes[from + index] as number) - (other[at + index] as number);
    if (difference !== 0) return difference;
  }
  return length - otherLength;
}

function decodeLossless(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const size = sequenceLength(bytes, at);
    if (size === 0) {
      text += String.fromCharCode(0xdc00 + (bytes[at] as number));
      at += 1;
    } else {
      text += FATAL.decode(bytes.subarray(at, at + size));
      at += size;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, 0 when there is none (RFC 3629, section 4). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const size = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > bytes.length) return 0;
  const second = bytes[at + 1] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < size; i += 1) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  return size;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
