import { hash } from "node:crypto";

const LINE_FEED = 0x0a;

/** Whole lines behind one byte that is free: the hash of a leaf takes the byte before its line. */
export type Block = Buffer;

export function emptyBlock(bytes: number): Buffer<ArrayBuffer> {
  const block = Buffer.allocUnsafeSlow(bytes);
  block[0] = LINE_FEED;
  return block;
}

function blockOf(lines: Buffer): Block {
  const block = emptyBlock(lines.length + 1);
  lines.copy(block, 1);
  return block;
}

/** Calls with the bounds of each whole line in the block, without its line feed. */
export function eachLine(block: Block, found: (start: number, end: number) => void): void {
  for (let start = 1; start < block.length;) {
    const end = block.indexOf(LINE_FEED, start);
    if (end === -1) return;
    found(start, end);
    start = end + 1;
  }
}

/** RFC 6962 §2.1 without a copy: the byte before the line is lent for the prefix of leaves. */
export function hashOfLine(block: Block, start: number, end: number): Buffer {
  return Buffer.from(hashTextOfLine(block, start, end), "latin1");
}

/** The same as text, a character for each byte: a Buffer for each line would cost as much as half of its hash. */
export function hashTextOfLine(block: Block, start: number, end: number): string {
  block[start - 1] = 0;
  const leaf = hash("sha256", block.subarray(start - 1, end), "binary");
  block[start - 1] = LINE_FEED;
  return leaf;
}

/** The whole lines of a stream of bytes as blocks. What follows the last line feed is handed to `rest`. */
export async function* blocksOf(
  chunks: AsyncIterable<Buffer>,
  rest: (bytes: Buffer) => void = () => undefined,
): AsyncGenerator<Block> {
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      yield blockOf(pieces.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...pieces, chunk.subarray(0, end)]));
      pieces = [];
    }
    if (end < chunk.length) pieces.push(chunk.subarray(end));
  }
  rest(Buffer.concat(pieces));
}
