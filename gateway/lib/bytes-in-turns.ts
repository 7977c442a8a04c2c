import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";

/** Bytes copied in one turn of the event loop, in well under a millisecond. */
const turnBytes = 512 * 1024;

/** As `Buffer.concat`. Yields between chunks, because the calling thread serves requests. */
export async function joinedInTurns(parts: readonly Uint8Array[]): Promise<Buffer<ArrayBuffer>> {
  const length = lengthOf(parts);
  if (length <= turnBytes) return Buffer.concat(parts);
  const joined = new GrowingBytes(length);
  let turn = 0;
  for (const part of parts)
    for (let from = 0; from < part.length; from += turnBytes) {
      const chunk = part.subarray(from, from + turnBytes);
      joined.add(chunk);
      turn += chunk.length;
      if (turn < turnBytes) continue;
      turn = 0;
      await nextTurn();
    }
  return joined.bytes;
}

/**
 * Bytes that come one after another, in memory of their own, which can be moved to another thread and given back in part. V8 counts the memory
 * of buffers: when many megabytes are there at once while it looks for garbage, it ends that in one pause of 15 to 25 ms.
 */
export class GrowingBytes {
  readonly #memory: ArrayBuffer;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param most bytes that it can have */
  constructor(most: number) {
    this.#memory = new ArrayBuffer(0, { maxByteLength: most });
    this.#bytes = new Uint8Array(this.#memory);
  }

  /** Those that are there, without a copy. */
  get bytes(): Buffer<ArrayBuffer> {
    return Buffer.from(this.#memory, 0, this.#length);
  }

  hasRoomFor({ length }: Uint8Array): boolean {
    return this.#length + length <= this.#memory.maxByteLength;
  }

  /** @throws RangeError for more than it can have */
  add(part: Uint8Array): void {
    this.#memory.resize(this.#length + part.length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }
}

/**
 * Bytes as they are sent to another thread: when they are many, as parts of one copy that was made in turns and moves there. Of few the
 * thread gets a copy when they are sent.
 */
export async function sentInTurns(
  parts: readonly Uint8Array[],
): Promise<{ readonly parts: readonly Uint8Array[]; readonly moved: readonly ArrayBuffer[] }> {
  if (lengthOf(parts) <= turnBytes) return { parts, moved: [] };
  const joined = await joinedInTurns(parts);
  let at = 0;
  return { parts: parts.map(({ length }) => joined.subarray(at, (at += length))), moved: [joined.buffer] };
}

/** As `sentInTurns`, of bytes that the caller gives away: many of them that have memory of their own move without a copy, and are gone here. */
export async function givenInTurns(
  bytes: Uint8Array,
): Promise<{ readonly bytes: Uint8Array; readonly moved: readonly ArrayBuffer[] }> {
  const { buffer, length } = bytes;
  if (length > turnBytes && buffer instanceof ArrayBuffer && buffer.byteLength === length)
    return { bytes, moved: [buffer] };
  const { parts, moved } = await sentInTurns([bytes]);
  return { bytes: parts[0] as Uint8Array, moved };
}

/** Bytes by which memory gets larger at once, and time for each of them: without it V8 collects garbage in one turn and not in steps. */
export const growthStepBytes = 16 * 1024 * 1024;
const growthStepMs = 5;

/** Waits after the process got so many bytes at once; not for less than a step. */
export async function afterGrowth(bytes: number): Promise<void> {
  if (bytes >= growthStepBytes) await delay((bytes / growthStepBytes) * growthStepMs);
}

/** Zeros in memory whose end can be given back, and which can be lengthened to `most` bytes. */
export function resizableZeros(length: number, most = length): Buffer<ArrayBuffer> {
  return Buffer.from(new ArrayBuffer(length, { maxByteLength: most }), 0, length);
}

/** The same bytes, without a copy: a buffer arrives from another thread as plain bytes. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
