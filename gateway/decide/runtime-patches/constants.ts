import { ByteReader } from "../fuel/bytes.ts";
import type { ModuleOutline } from "../fuel/sections.ts";
const DATA_SECTION = 11;

/** The two booleans that follow all texts of a policy and precede its string values: type and value of each. */
const BOOLEANS = Buffer.from([9, 1, 9, 0]);

/** Layout of a string: its type, two unused bytes, its length and the address of its text. */
const STRING = { type: 8, size: 12, spare: 2, length: 4, text: 8 } as const;

/**
 * Writes the lower half of its hash into the two unused bytes of every constant string, where the patched functions
 * look for it. Zero, as the compiler leaves them, means "not computed".
 */
export function hashConstants(wasm: Uint8Array, { sections }: ModuleOutline): void {
  const section = sections.find(({ id }) => id === DATA_SECTION);
  if (section === undefined) return;
  const reader = new ByteReader(wasm, section.start, section.end);
  for (let left = reader.u32(); left > 0; left -= 1) {
    const address = segmentAddress(reader);
    const content = reader.part(reader.u32());
    if (address === null) return;
    hashSegment(Buffer.from(wasm.buffer, wasm.byteOffset + content.at, content.end - content.at), address);
  }
}

/** `i32.const address end` behind the kind of the segment; null for any other. */
function segmentAddress(reader: ByteReader): number | null {
  if (reader.u32() !== 0 || reader.byte() !== 0x41) return null;
  const address = reader.s32();
  return reader.byte() === 0x0b ? address : null;
}

/** The strings are known by their texts: each begins where the one before ends, from the segment's start to the booleans. */
function hashSegment(segment: Buffer, address: number): void {
  for (let at = segment.indexOf(BOOLEANS); at >= 0; at = segment.indexOf(BOOLEANS, at + 1)) {
    const strings: number[] = [];
    let text = 0;
    for (
      let string = at + BOOLEANS.length;
      text < at && string + STRING.size <= segment.length;
      string += STRING.size
    ) {
      if (segment.readUInt32LE(string) !== STRING.type || segment.readUInt32LE(string + STRING.text) !== address + text)
        break;
      text += segment.readUInt32LE(string + STRING.length) + 1;
      strings.push(string);
    }
    if (text === at) for (const string of strings) writeHash(segment, string, address);
  }
}

function writeHash(segment: Buffer, string: number, address: number): void {
  const text = segment.readUInt32LE(string + STRING.text) - address;
  const hash = hashOfBytes(segment, text, segment.readUInt32LE(string + STRING.length));
  segment.writeUInt16LE(hash & 0xffff, string + STRING.spare);
}

/** Multipliers of the hash: odd numbers with irregular bits (fractions of the golden ratio and of the square root of two). */
export const MIX = 0x9e3779b97f4a7c15n;
export const FINISH = 0x6a09e667f3bcc909n;

/** A constant of 64 bits as two of 32. */
const halves = (constant: bigint): readonly [low: number, high: number] => [
  Number(constant & 0xffff_ffffn),
  Number(constant >> 32n),
];
const [mixLow, mixHigh] = halves(MIX);
const [finishLow, finishHigh] = halves(FINISH);

/** The two halves of the hash that is being computed. */
let low = 0;
let high = 0;

/**
 * The 32-bit hash that the patched `opa_value_hash` gives for a string with the text of `length` bytes at `at`; the same steps as in
 * `strings.ts`.
 */
export function hashOfBytes(bytes: Buffer, at: number, length: number): number {
  low = length;
  high = 0;
  let from = at;
  for (; at + length - from > 8; from += 8) {
    low ^= wordAt(bytes, from);
    high ^= wordAt(bytes, from + 4);
    mixed(mixLow, mixHigh);
  }
  addLast(bytes, at, length);
  mixed(mixLow, mixHigh);
  mixed(finishLow, finishHigh);
  return low >>> 0;
}

/** The last eight bytes, or all of fewer; see `lastWord` of `strings.ts`. */
function addLast(bytes: Buffer, at: number, length: number): void {
  const end = at + length;
  if (length >= 4) {
    low ^= wordAt(bytes, length >= 8 ? end - 8 : at);
    high ^= wordAt(bytes, end - 4);
  } else if (length > 0) {
    const [first, middle, last] = [bytes[at], bytes[at + (length >> 1)], bytes[end - 1]] as [number, number, number];
    low ^= first | (middle << 8) | (last << 16);
  }
}

function wordAt(bytes: Buffer, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** Multiplies by a constant modulo 2^64, and takes the upper half into the lower one. */
function mixed(factorLow: number, factorHigh: number): void {
  const a = low & 0xffff;
  const b = low >>> 16;
  const c = factorLow & 0xffff;
  const d = factorLow >>> 16;
  const lowest = a * c;
  const middle = b * c + (lowest >>> 16);
  const other = a * d + (middle & 0xffff);
  // Sums of products of 16 bits are exact in a double; what is beyond 32 bits is divided off.
  const carried = b * d + Math.floor(middle / 0x1_0000) + Math.floor(other / 0x1_0000);
  high = (Math.imul(low, factorHigh) + Math.imul(high, factorLow) + (carried | 0)) | 0;
  low = Math.imul(low, factorLow) ^ high;
}
