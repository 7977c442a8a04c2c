import { segmentFiles, type SegmentFile } from "./segment-files.ts";
import { type DecisionBatch, segmentBatches } from "./decision-batches.ts";
import { timeIn } from "./decision/shared-record.ts";
import { lineBlocks, type LoggedRecord, segmentLines, segmentRecords } from "./segment-lines.ts";

/** Which decisions are read: the latest, or those from a moment on (ISO 8601, UTC). */
export type DecisionRange = { readonly last: number } | { readonly since: string };

/** Every record begins so: its sequence number, then its kind. */
const isDecision = /^\{"seq":\d+,"kind":"decision",/;

type Wanted = (line: string) => boolean;

/**
 * The lines of recorded decisions in their order, oldest first; a last line that is not written to its end is left out. `wanted`: others
 * are passed over, and not counted; it is given each line as it stands in the log.
 */
export function decisionLines(dir: string, range: DecisionRange, wanted: Wanted = () => true): AsyncGenerator<string> {
  return inRange(dir, range, wanted, segmentLines);
}

/** The same as objects, for readers of many. */
export function decisionRecords(dir: string, range: DecisionRange): AsyncGenerator<LoggedRecord> {
  return inRange(dir, range, () => true, segmentRecords);
}

/** The same as they stand in the log, at most so many at once, for readers on several threads. */
export function decisionBatches(dir: string, range: DecisionRange, most: number): AsyncGenerator<DecisionBatch> {
  return inRange(
    dir,
    range,
    () => true,
    (...segment) => segmentBatches(...segment, most),
  );
}

/** How a segment is read. */
type Read<Item> = (dir: string, segment: SegmentFile, wanted: Wanted) => AsyncGenerator<Item>;

function inRange<Item>(dir: string, range: DecisionRange, wanted: Wanted, read: Read<Item>): AsyncGenerator<Item> {
  const isWanted: Wanted = (line) => isDecision.test(line) && line.endsWith("}") && wanted(line);
  return "last" in range ? latest(dir, range.last, isWanted, read) : itemsSince(dir, range.since, isWanted, read);
}

/** Of a decision line: nothing of the input was kept, or there was none. */
export function hasInput(line: string): boolean {
  return !line.endsWith(',"input":null}');
}

async function* latest<Item>(dir: string, last: number, wanted: Wanted, read: Read<Item>): AsyncGenerator<Item> {
  const counted = await countDecisions(dir, last, wanted);
  let before = counted.reduce((sum, { count }) => sum + count, 0) - last;
  let left = last;
  // Before it is made whole, which costs more than to count it. A running gateway writes on: what came after the counting is not of the latest.
  const isOfTheLatest: Wanted = (line) => wanted(line) && before-- <= 0 && left-- > 0;
  for (const { segment } of counted) yield* read(dir, segment, isOfTheLatest);
}

async function* itemsSince<Item>(dir: string, since: string, wanted: Wanted, read: Read<Item>): AsyncGenerator<Item> {
  const sinceMs = Date.parse(since);
  // A record that does not say its time was changed: it is not left out, so that the reader tells it.
  const isSince: Wanted = (line) => wanted(line) && (timeIn(line) ?? Infinity) >= sinceMs;
  const segments = await segmentFiles(dir);
  const first = await firstSince(dir, segments, since);
  for (const segment of segments.slice(first)) yield* read(dir, segment, isSince);
}

/** Which of the segments is the last that is known to begin before the moment; the first when none is. */
export async function firstSince(dir: string, segments: readonly SegmentFile[], since: string): Promise<number> {
  const sinceMs = Date.parse(since);
  let first = segments.length - 1;
  while (first > 0 && (await firstTime(dir, segments[first] as SegmentFile)) >= sinceMs) first -= 1;
  return Math.max(0, first);
}

/** After every moment when it has no record yet, one that does not say when it was written, or none that can be read: who reads it is told. */
async function firstTime(dir: string, segment: SegmentFile): Promise<number> {
  try {
    for await (const lines of lineBlocks(dir, segment)) return timeIn(lines[0] ?? "") ?? Infinity;
  } catch {
    // As one without a record.
  }
  return Infinity;
}

interface Counted {
  readonly segment: SegmentFile;
  readonly count: number;
}

/** The newest segments, as many as hold `last` decisions, oldest first. */
async function countDecisions(dir: string, last: number, wanted: Wanted): Promise<Counted[]> {
  const counted: Counted[] = [];
  let total = 0;
  for (const segment of (await segmentFiles(dir)).toReversed()) {
    if (total >= last) break;
    let count = 0;
    for await (const lines of lineBlocks(dir, segment)) for (const line of lines) if (wanted(line)) count += 1;
    counted.unshift({ segment, count });
    total += count;
  }
  return counted;
}
