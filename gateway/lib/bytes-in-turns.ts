import { setImmediate as nextTurn } from "node:timers/promises";

/** Bytes copied in one turn of the event loop, in well under a millisecond. */
const turnBytes = 512 * 1024;

/** As `Buffer.concat`. Yields between chunks, because the calling thread serves requests. */
export async function joinedInTurns(parts: readonly Uint8Array[]): Promise<Buffer<ArrayBuffer>> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length <= turnBytes) return Buffer.concat(parts);
  // Memory of its own and not of a pool, so that it can be moved to another thread.
  const joined = Buffer.from(new ArrayBuffer(length));
  let [at, turn] = [0, 0];
  for (const part of parts)
    for (let from = 0; from < part.length; from += turnBytes) {
      const chunk = part.subarray(from, from + turnBytes);
      joined.set(chunk, at);
      at += chunk.length;
      turn += chunk.length;
      if (turn < turnBytes) continue;
      turn = 0;
      await nextTurn();
    }
  return joined;
}

/**
 * Bytes as they are sent to another thread: what is long, as a copy that was made in turns and moves there. What is short, the thread gets
 * a copy of when it is sent.
 */
export async function sentInTurns(
  bytes: Uint8Array,
): Promise<{ readonly bytes: Uint8Array; readonly moved: readonly ArrayBuffer[] }> {
  if (bytes.length <= turnBytes) return { bytes, moved: [] };
  const copy = await joinedInTurns([bytes]);
  return { bytes: copy, moved: [copy.buffer] };
}
