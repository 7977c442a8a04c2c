import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, DecisionIndex, LogConsumer, ReachedSegment } from "../../domain/ports.ts";
import { type Gap, joinedGaps } from "../audit/told-gaps.ts";
import type { LogWriter } from "../log-writer.ts";
import { segmentFiles } from "../segment-files.ts";
import { type PlacedSegment, placedSegments } from "../tree/line-walk.ts";
import type { TreeFollower } from "../tree/tree-follower.ts";
import { type Compression, compressSegment } from "./compress-segment.ts";
import { type HeldSegment, heldSegments } from "./held-segments.ts";
import type { LogSpace } from "./log-space.ts";

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
  readonly space: Pick<LogSpace, "isLow">;
  /** Null: closed segments stay as they are. */
  readonly compress: Compression | null;
  readonly retention: Retention;
  /** Who reads the log, and needs segments that it has not had. Default: nobody. */
  readonly consumers?: readonly LogConsumer[];
}

/** What keeps retention from its work, and what an operator can do. */
class NotHeld extends Error {
  override readonly name = "NotHeld";
  readonly fix =
    "run sallyport audit verify, find out who changed the segment, and move it elsewhere as evidence; retention goes on by itself";
}

/** Compresses closed segments and removes those that need not be kept. Tiles and checkpoints stay. */
export class LogKeeper {
  readonly #options: KeeperOptions;
  /** Segments of the newest record that tells what goes. */
  #told: ReadonlySet<string> = new Set();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * What is removed for its age goes first, and is not compressed. What is too much counts as it is compressed, unless there is little
   * room: then it goes at once. What fails keeps nothing else from being done. Ends soon after `signal`.
   * @throws the first of what could not be done
   */
  async keep(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const failures: unknown[] = [];
    const noted = (failure: unknown): void => void failures.push(failure);
    const { retention, compress, space } = this.#options;
    const isLater = compress !== null && retention.totalBytes !== null && !space.isLow;
    await this.#prune(isLater ? { ...retention, totalBytes: null } : retention, signal).catch(noted);
    await this.#compress(signal, noted).catch(noted);
    if (isLater) await this.#prune(retention, signal).catch(noted);
    if (failures.length > 0 && !signal.aborted) throw failures[0];
  }

  async #compress(signal: AbortSignal, noted: (failure: unknown) => void): Promise<void> {
    const { dir, compress, space } = this.#options;
    if (compress === null) return;
    for (const segment of (await segmentFiles(dir)).slice(0, -1)) {
      if (signal.aborted || space.isLow) return;
      if (segment.compressed === null) await compressSegment(dir, segment, compress, signal).catch(noted);
    }
  }

  /**
   * Only segments whose lines are those of the tree. First a record says what goes, and a checkpoint covers it: what is missing later is
   * never without its reason.
   */
  async #prune(retention: Retention, signal: AbortSignal): Promise<void> {
    const { dir, tree, index } = this.#options;
    const segments = await placedSegments(dir);
    const count = await this.#countToPrune(segments, retention);
    const after = segments[count];
    if (count === 0 || after === undefined) return;
    // Without a checkpoint of the newest lines nothing can be told, so nothing is written either.
    await tree.cover();
    const { origin, held, problem } = await heldSegments(dir, segments.slice(0, count), after, signal);
    const gone = held.slice(0, endOfHeaders(segments, held.length));
    const header = segments[gone.length]?.header ?? null;
    if (gone.length > 0 && header !== null) {
      await this.#tell(origin, gone, segments);
      await tree.cover();
      await index.prune(header.seq);
      for (const { segment } of gone) await rm(join(dir, segment.file));
    }
    if (problem !== null) throw new NotHeld(problem);
  }

  /** From the oldest on, and never the one that is written. */
  async #countToPrune(segments: readonly PlacedSegment[], { ageMs, totalBytes }: Retention): Promise<number> {
    const { dir, clock } = this.#options;
    const sizes = await Promise.all(segments.map(async ({ file }) => (await stat(join(dir, file))).size));
    let total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    let count = 0;
    for (const bytes of sizes.slice(0, -1)) {
      const ended = endOf(segments, count);
      const isOld = ageMs !== null && ended !== null && clock.now() - ended > ageMs;
      const isTooMuch = totalBytes !== null && total > totalBytes;
      if (!isOld && !isTooMuch) break;
      if (this.#waiting(segments, count, ended).some(({ isOver }) => !isOver)) break;
      total -= bytes;
      count += 1;
    }
    return endOfHeaders(segments, count);
  }

  /** Who has not had all of a segment, and whether it was waited for long enough. */
  #waiting(
    segments: readonly PlacedSegment[],
    at: number,
    ended: number | null,
  ): { readonly name: string; readonly isOver: boolean }[] {
    const { consumers = [], clock } = this.#options;
    return consumers
      .filter((one) => indexOf(one.reached(), segments) <= at)
      .map(({ name, retainMs }) => ({
        name,
        isOver: retainMs !== null && ended !== null && clock.now() - ended > retainMs,
      }));
  }

  /** Once, when what was told cannot be removed and is tried again. */
  async #tell(log: string, gone: readonly HeldSegment[], all: readonly PlacedSegment[]): Promise<void> {
    if (gone.every(({ segment }) => this.#told.has(segment.name))) return;
    const { clock, writer } = this.#options;
    const segments = gone.map(({ segment, leaves }) => ({
      name: segment.name,
      ...(leaves === null ? { log: segment.header?.log } : numbered(leaves)),
    }));
    const earlier = joinedGaps(gone.flatMap(({ told }) => told)).map(numbered);
    const timestamp = new Date(clock.now()).toISOString();
    const unsent = [...new Set(gone.flatMap((_, at) => this.#waiting(all, at, null).map(({ name }) => name)))];
    const more = { ...(earlier.length > 0 && { earlier }), ...(unsent.length > 0 && { unsent }) };
    const record = { kind: "pruned", timestamp, log, segments, ...more };
    await new Promise<void>((written, failed) => {
      const members = `,${JSON.stringify(record).slice(1, -1)}`;
      writer.append(members, (failure) => (failure === null ? written() : failed(failure)));
    });
    this.#told = new Set(segments.map(({ name }) => name));
  }
}

const numbered = ({ from, to }: Gap) => ({ from_leaf: from, to_leaf: to });

/** Where a reader of the log is; at the begin when its segment is not there, or is of another log: then it has had none of this one. */
function indexOf(reached: ReachedSegment | null, segments: readonly PlacedSegment[]): number {
  if (reached === null) return 0;
  const at = segments.findIndex(({ name }) => name === reached.segment);
  const header = segments[at]?.header ?? null;
  return at === -1 || (header !== null && header.log !== reached.log) ? 0 : at;
}

/** When a segment had its last line, at the latest: when the next one that says so was begun. In milliseconds since the epoch. */
function endOf(segments: readonly PlacedSegment[], at: number): number | null {
  const next = segments.slice(at + 1).find(({ header }) => header !== null);
  const ended = Date.parse(next?.header?.timestamp ?? "");
  return Number.isNaN(ended) ? null : ended;
}

/** What remains begins with a segment that says its number: at most so many may go. */
function endOfHeaders(segments: readonly PlacedSegment[], count: number): number {
  let end = count;
  while (end > 0 && (segments[end]?.header ?? null) === null) end -= 1;
  return end;
}
