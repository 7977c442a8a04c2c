import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { DecisionIndex, DecisionSearch, Logger } from "../domain/ports.ts";
import { recordsBefore } from "./decision/records-before.ts";
import { BrokenReference, type WholeRecords } from "./decision/whole-records.ts";
import { readOf } from "./segment-lines.ts";
import { segmentBytes, segmentFiles, type SegmentFile } from "./segment-files.ts";
import { blocksOf } from "./tree/blocks.ts";

const CHUNK_BYTES = 1024 * 1024;
const KEPT_MS = 60_000;

/**
 * Search over the decision log. Whoever asks brings the index up to date first, so that the request path pays nothing for
 * it; large gaps are read in chunks with the event loop free in between. A segment that was cut or replaced makes the index
 * anew, and so does an index that has lost or got decisions while the gateway was down; what cannot be read is left out, and the log's own findings say what is wrong. Records that cannot be made whole are told too. `keptMs`: so long after a search it is kept in memory
 * what the next one may need.
 */
export function decisionSearch(
  dir: string,
  index: DecisionIndex,
  logger: Logger,
  keptMs: number = KEPT_MS,
): DecisionSearch {
  let catchingUp: Promise<void> | null = null;
  const reader = new Reader(dir, index, logger, keptMs);
  const check = firstCheck(index, logger);
  const current = (): Promise<void> => {
    catchingUp ??= check()
      .then(() => catchUp(dir, index, reader, logger))
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
  /** An index that is made anew while it is looked through has nothing for a moment: what was found in it is not all. */
  async function whole<Found>(look: () => Promise<Found>): Promise<Found> {
    for (let tries = 0; tries < 3; tries += 1) {
      await current();
      const before = index.generation();
      const found = await look();
      if (index.generation() === before) return found;
    }
    throw new Error("the index of decisions is made anew again and again");
  }
  return {
    search: (query) => whole(() => index.search(query)),
    records: (query) => whole(() => index.records(query)),
    count: (query, by) => whole(() => index.count(query, by)),
    get: async (decisionId) => {
      await current();
      return index.get(decisionId);
    },
  };
}

/** Once after a start: all of the index is counted, which takes longer than a search. */
function firstCheck(index: DecisionIndex, logger: Logger): () => Promise<void> {
  let isDone = false;
  return async function check() {
    if (isDone) return;
    if (!(await index.isWhole())) {
      logger.warn(
        "the index does not have as many decisions as were put into it; it is made anew from the decision log",
      );
      await index.clear();
    }
    isDone = true;
  };
}

async function catchUp(dir: string, index: DecisionIndex, reader: Reader, logger: Logger): Promise<void> {
  const segments = await segmentFiles(dir);
  if (await anyChanged(dir, segments, index)) {
    logger.warn("the decision log is not the one that was indexed; its index is made anew");
    await index.clear();
  }
  for (const segment of segments)
    await (segment.compressed === null ? reader.addSegment(segment) : reader.addCompressed(segment));
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

const fileId = ({ dev, ino }: { readonly dev: number; readonly ino: number }): string => `${dev}:${ino}`;

interface Place {
  readonly file: string;
  readonly bytes: number;
  readonly records: WholeRecords;
}

/** Adds what is new in segments to the index. */
class Reader {
  readonly #dir: string;
  readonly #index: DecisionIndex;
  readonly #logger: Logger;
  readonly #keptMs: number;
  /** Where it was last, and what the records behind that place may refer to. */
  #last: Place | null = null;
  #forgetting: NodeJS.Timeout | undefined;

  constructor(dir: string, index: DecisionIndex, logger: Logger, keptMs: number) {
    this.#dir = dir;
    this.#index = index;
    this.#logger = logger;
    this.#keptMs = keptMs;
  }

  /** What was read before it was compressed is passed over. */
  async addCompressed(segment: SegmentFile): Promise<void> {
    const { bytes, file } = await this.#index.position(segment.name);
    if (file === WHOLE) return;
    const records = await recordsBefore(this.#dir, segment, bytes);
    let position = bytes;
    for await (const block of blocksOf(segmentBytes(this.#dir, segment, bytes))) {
      position += block.length - 1;
      await this.#index.add(
        segment.name,
        { bytes: position, file },
        this.#objects(block.subarray(1), segment, records),
      );
    }
    await this.#index.add(segment.name, { bytes: position, file: WHOLE }, []);
  }

  async addSegment(segment: SegmentFile): Promise<void> {
    const { name, file: path } = segment;
    const handle = await open(join(this.#dir, path), "r").catch((error: NodeJS.ErrnoException) => {
      // Moved away since the folder was listed.
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (handle === null) return;
    try {
      const file = fileId(await handle.stat());
      let position = (await this.#index.position(name)).bytes;
      let records: WholeRecords | null = null;
      for (let length = CHUNK_BYTES; ;) {
        const chunk = Buffer.alloc(length);
        const { bytesRead } = await handle.read(chunk, 0, length, position);
        const end = chunk.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
        if (end === 0 && bytesRead < length) return;
        // A line longer than the chunk.
        if (end === 0) length *= 2;
        else {
          records ??= await this.#recordsBefore(segment, file, position);
          position += end;
          await this.#index.add(
            name,
            { bytes: position, file },
            this.#objects(chunk.subarray(0, end), segment, records),
          );
          this.#keep({ file, bytes: position, records });
        }
      }
    } finally {
      await handle.close();
    }
  }

  #keep(last: Place): void {
    this.#last = last;
    clearTimeout(this.#forgetting);
    this.#forgetting = setTimeout(() => (this.#last = null), this.#keptMs).unref();
  }

  async #recordsBefore(segment: SegmentFile, file: string, bytes: number): Promise<WholeRecords> {
    const last = this.#last;
    if (last?.file === file && last.bytes === bytes) return last.records;
    return recordsBefore(this.#dir, segment, bytes);
  }

  /** Lines that are no records are none of the gateway's; one that cannot be made whole is left out too. */
  #objects(bytes: Buffer, segment: SegmentFile, records: WholeRecords): JsonObject[] {
    const broken: string[] = [];
    const found = bytes
      .toString()
      .split("\n")
      .flatMap((text) => {
        try {
          return readOf(segment, text, () => (records.note(text) ? [] : [records.object(text)])).filter(isJsonObject);
        } catch (failure) {
          if (failure instanceof BrokenReference && text.startsWith("{")) broken.push(failure.message);
          return [];
        }
      });
    if (broken.length > 0)
      this.#logger.warn("records of the decision log cannot be made whole; search does not find them", {
        count: broken.length,
        first: broken[0],
      });
    return found;
  }
}
