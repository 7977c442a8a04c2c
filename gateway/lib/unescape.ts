/** Decoding of bytes whose text is only searched for ASCII: whatever is no ASCII becomes this byte. */
const other = 0xff;

const backslash = 0x5c;
const slash = 0x2f;
const percent = 0x25;
const letterU = 0x75;

/** By byte: the value of the hexadecimal digit; 16 for none. */
const digits = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase());
  return value < 0 ? 16 : value;
});

/** Characters that are escaped for a string of JSON. The short escapes stay, except for the slash: all others are of no visible character. */
export function unescapedJson(bytes: Buffer): Buffer {
  if (!bytes.includes("\\u") && !bytes.includes("\\/")) return bytes;
  const out = Buffer.allocUnsafe(bytes.length);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    const next = byte === backslash ? bytes[at + 1] : undefined;
    const code = next === letterU ? hexAt(bytes, at + 2, 4) : -1;
    if (code >= 0) {
      out[end++] = code < 0x80 ? code : other;
      at += 5;
    } else {
      if (next !== slash) out[end++] = byte;
      // Two backslashes are one escape, and begin none.
      if (next !== undefined) out[end++] = next;
      if (next !== undefined) at += 1;
    }
  }
  return out.subarray(0, end);
}

/** Characters that are percent-encoded for an address or a form. */
export function percentDecoded(bytes: Buffer): Buffer {
  if (!bytes.includes(percent)) return bytes;
  const out = Buffer.allocUnsafe(bytes.length);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    const code = byte === percent ? hexAt(bytes, at + 1, 2) : -1;
    out[end++] = code < 0 ? byte : code;
    if (code >= 0) at += 2;
  }
  return out.subarray(0, end);
}

/** The number that so many hexadecimal digits are; -1 where other bytes stand there. */
function hexAt(bytes: Buffer, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = at < bytes.length ? (digits[bytes[at] as number] as number) : 16;
    if (digit === 16) return -1;
    value = value * 16 + digit;
  }
  return value;
}
