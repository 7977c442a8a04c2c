const WORD = 4;

/** The memory of the bytes as words: from the one that has the first byte to the last that is whole. */
export function wordsOf({ buffer, byteOffset, length }: Buffer): Int32Array {
  const first = byteOffset - (byteOffset % WORD);
  return new Int32Array(buffer, first, Math.floor((byteOffset + length - first) / WORD));
}

/** The first control character (below 0x20) from `start` on, or `end` without one. `words` are those of the bytes. */
export function firstControl(bytes: Buffer, words: Int32Array, start: number, end: number): number {
  const shift = words.byteOffset - bytes.byteOffset;
  const aligned = Math.min(end, start + ((shift - start) & (WORD - 1)));
  let next = start;
  while (next < aligned && (bytes[next] as number) >= 0x20) next++;
  if (next < aligned) return next;
  const last = (end - shift) >> 2;
  let at = (next - shift) >> 2;
  // A byte below 0x20 borrows from the top bit of its own, which was not set (Hacker's Delight, "Find first 0-byte").
  while (at < last && (((words[at] as number) - 0x20202020) & ~(words[at] as number) & 0x80808080) === 0) at++;
  next = Math.max(next, at * WORD + shift);
  while (next < end && (bytes[next] as number) >= 0x20) next++;
  return next;
}
