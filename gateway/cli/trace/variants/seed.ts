/** A number of 32 bits that depends on the text alone (FNV-1a): choices that are the same on every run. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  // The low bits of FNV-1a follow the last byte closely.
  return (hash ^ (hash >>> 15)) >>> 0;
}
