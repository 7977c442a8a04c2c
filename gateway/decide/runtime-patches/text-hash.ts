/** Odd numbers without a pattern (the golden ratio's fraction, and that of the square root of two). */
export const MIX = 0x9e3779b97f4a7c15n;
export const FINISH = 0x6a09e667f3bcc909n;

/** What `opa_value_hash` makes of a string with this text, 32 bits: the same steps as in `strings.ts`. */
export function hashOfText(text: Buffer): number {
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
