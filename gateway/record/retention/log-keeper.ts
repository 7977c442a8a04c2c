import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, DecisionIndex } from "../../domain/ports.ts";
import type { LogWriter } from "../log-writer.ts";
import { segmentFiles, type SegmentFile } from "../segment-files.ts";
import { type PlacedSegment, placedSegments } from "../tree/line-walk.ts";
import type { TreeFollower } from "../tree/tree-follower.ts";
import { type Compression, compressSegment } from "./compress-segment.ts";

export interface Retention {
  /** A segment whose last line is older goes; null: none does for its age. */
  readonly ageMs: number | null;
  /** The oldest go until all take no more than so many bytes; null: as much as there is. */
  readonly totalBytes: number | null;
}

interface KeeperOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly writer: Pick<LogWriter, "append">;
  readonly tree: Pick<TreeFollower, "cover">;
  readonly index: Pick<DecisionIndex, "prune">;
  /** Null: closed segments stay as they are. */
  readonly compress: Compression | null;
  readonly retention: Retention;
}

interface Aged {
  readonly bytes: number;
  /** Of the last line, in milliseconds since the epoch. */
  readonly endedAt: number;
}

/** Compresses closed segments and removes those that need not be kept. Tiles and checkpoints stay. */
export class LogKeeper {
  readonly #options: KeeperOptions;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** @throws when a segment cannot be compressed or removed */
  async keep(): Promise<void> {
    const { dir, compress } = this.#options;
    if (compress !== null)
      for (const segment of (await segmentFiles(dir)).slice(0, -1))
        if (segment.compressed === null) await compressSegment(dir, segment, compress);
    const segments = await Promise.all((await segmentFiles(dir)).map((segment) => this.#aged(segment)));
    const count = this.#countToPrune(segments);
    if (count > 0) await this.#prune(await placedSegments(dir), count);
  }

  async #aged(segment: SegmentFile): Promise<Aged> {
    const { size, mtimeMs } = await stat(join(this.#options.dir, segment.file));
    return { bytes: size, endedAt: mtimeMs };
  }

  /** From the oldest on, and never the one that is written. */
  #countToPrune(segments: readonly Aged[]): number {
    const { retention, clock } = this.#options;
    const { ageMs, totalBytes } = retention;
    let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
    let count = 0;
    for (const { bytes, endedAt } of segments.slice(0, -1)) {
      const isOld = ageMs !== null && clock.now() - endedAt > ageMs;
      const isTooMuch = totalBytes !== null && total > totalBytes;
      if (!isOld && !isTooMuch) break;
      total -= bytes;
      count += 1;
    }
    return count;
  }

  /** First a record says what goes, and a checkpoint covers it: what is missing later is never without its reason. */
  async #prune(segments: readonly PlacedSegment[], count: number): Promise<void> {
    const { dir, clock, writer, tree, index } = this.#options;
    const gone = segments.slice(0, count);
    const header = segments[count]?.header ?? null;
    if (header === null) return;
    const own = gone.filter((segment) => segment.header === null || segment.header.log === header.log);
    const record = {
      kind: "pruned",
      timestamp: new Date(clock.now()).toISOString(),
      log: header.log,
      segments: gone.map(({ name }) => name),
      ...(own.length > 0 && { from_leaf: own[0]?.header?.leaf ?? 0, to_leaf: header.leaf }),
    };
    await new Promise<void>((written, failed) => {
      const members = `,${JSON.stringify(record).slice(1, -1)}`;
      writer.append(members, (failure) => (failure === null ? written() : failed(failure)));
    });
    await tree.cover();
    for (const { file } of gone) await rm(join(dir, file));
    await index.prune(header.seq);
  }
}
