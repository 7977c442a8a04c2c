/** Chunks as one piece, which most answers are: then it is that one, and must not be changed. */
export function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}
