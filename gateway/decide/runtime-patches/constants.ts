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
  const hash = hashOfText(segment.subarray(text, text + segment.readUInt32LE(string + STRING.length)));
  segment.writeUInt16LE(hash & 0xffff, string + STRING.spare);
}

/** Multipliers of the hash: odd numbers with irregular bits (fractions of the golden ratio and of the square root of two). */
export const MIX = 0x9e3779b97f4a7c15n;
export const FINISH = 0x6a09e667f3bcc909n;

/** The 32-bit hash that the patched `opa_value_hash` gives for a string with this text; the same steps as in `strings.ts`. */
function hashOfText(text: Buffer): number {
  let hash = BigInt(text.length);
  for (let at = 0; text.length - at > 8; at += 8) hash = mixed(hash ^ text.readBigUInt64LE(at), MIX);
  return Number(mixed(mixed(hash ^ lastWord(text), MIX), FINISH) & 0xffff_ffffn);
}

function mixed(hash: bigint, by: bigint): bigint {
  const product = BigInt.asUintN(64, hash * by);
  return product ^ (product >> 32n);
}

function lastWord(text: Buffer): bigint {
  const { length } = text;
  if (length >= 8) return text.readBigUInt64LE(length - 8);
  if (length >= 4) return BigInt(text.readUInt32LE(0)) | (BigInt(text.readUInt32LE(length - 4)) << 32n);
  if (length === 0) return 0n;
  const [first, middle, last] = [text[0], text[length >> 1], text[length - 1]] as [number, number, number];
  return BigInt(first | (middle << 8) | (last << 16));
}
