import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { DecisionIndex, DecisionSearch, Logger } from "../domain/ports.ts";
import { segmentBytes, segmentFiles, type SegmentFile } from "./segment-files.ts";
import { blocksOf } from "./tree/blocks.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Search over the decision log. Whoever asks brings the index up to date first, so that the request path pays nothing for
 * it; large gaps are read in chunks with the event loop free in between. A segment that was cut or replaced makes the index
 * anew; what cannot be read is left out, and the log's own findings say what is wrong.
 */
export function decisionSearch(dir: string, index: DecisionIndex, logger: Logger): DecisionSearch {
  let catchingUp: Promise<void> | null = null;
  const current = (): Promise<void> => {
    catchingUp ??= catchUp(dir, index, logger)
      .catch((failure: unknown) => {
        logger.warn("the decision log cannot be read for search; what was read before is searched", {
          error: String(failure),
        });
      })
      .finally(() => {
        catchingUp = null;
      });
    return catchingUp;
  };
  return {
    search: async (query) => {
      await current();
      return index.search(query);
    },
    get: async (decisionId) => {
      await current();
      return index.get(decisionId);
    },
  };
}

async function catchUp(dir: string, index: DecisionIndex, logger: Logger): Promise<void> {
  const segments = await segmentFiles(dir);
  if (await anyChanged(dir, segments, index)) {
    logger.warn("the decision log is not the one that was indexed; its index is made anew");
    await index.clear();
  }
  for (const segment of segments)
    await (segment.compressed === null ? addSegment(dir, segment, index) : addCompressed(dir, segment, index));
}

/** Cut below what was read of it, or another file by the same name. */
async function anyChanged(dir: string, segments: readonly SegmentFile[], index: DecisionIndex): Promise<boolean> {
  for (const { name, file: path, compressed } of segments) {
    if (compressed !== null) continue;
    const found = await stat(join(dir, path)).catch(() => null);
    const { bytes, file } = await index.position(name);
    if (found !== null && bytes > 0 && (found.size < bytes || fileId(found) !== file)) return true;
  }
  return false;
}

/** In the place of a file's id: all of a compressed segment is in the index, and it grows no more. */
const WHOLE = "whole";

/** What was read before it was compressed is passed over. */
async function addCompressed(dir: string, segment: SegmentFile, index: DecisionIndex): Promise<void> {
  const { bytes, file } = await index.position(segment.name);
  if (file === WHOLE) return;
  let position = bytes;
  for await (const block of blocksOf(segmentBytes(dir, segment, bytes))) {
    position += block.length - 1;
    await index.add(segment.name, { bytes: position, file }, records(block.subarray(1)));
  }
  await index.add(segment.name, { bytes: position, file: WHOLE }, []);
}

const fileId = ({ dev, ino }: { readonly dev: number; readonly ino: number }): string => `${dev}:${ino}`;

async function addSegment(dir: string, { name, file: path }: SegmentFile, index: DecisionIndex): Promise<void> {
  const handle = await open(join(dir, path), "r").catch((error: NodeJS.ErrnoException) => {
    // Moved away since the folder was listed.
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (handle === null) return;
  try {
    const file = fileId(await handle.stat());
    let position = (await index.position(name)).bytes;
    for (let length = CHUNK_BYTES; ;) {
      const chunk = Buffer.alloc(length);
      const { bytesRead } = await handle.read(chunk, 0, length, position);
      const end = chunk.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      if (end === 0 && bytesRead < length) return;
      // A line longer than the chunk.
      if (end === 0) length *= 2;
      else {
        position += end;
        await index.add(name, { bytes: position, file }, records(chunk.subarray(0, end)));
      }
    }
  } finally {
    await handle.close();
  }
}

/** Lines that are no records are none of the gateway's. */
function records(bytes: Buffer): JsonObject[] {
  return bytes
    .toString()
    .split("\n")
    .flatMap((text) => {
      try {
        const record = JSON.parse(text) as JsonValue;
        return isJsonObject(record) ? [record] : [];
      } catch {
        return [];
      }
    });
}
