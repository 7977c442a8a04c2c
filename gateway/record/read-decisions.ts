import { segmentFiles, type SegmentFile } from "./segment-files.ts";
import { segmentLines } from "./segment-lines.ts";

/** Which decisions are read: the latest, or those from a moment on (ISO 8601, UTC). */
export type DecisionRange = { readonly last: number } | { readonly since: string };

/** Every record begins so: its sequence number, then its kind. */
const isDecision = /^\{"seq":\d+,"kind":"decision",/;
const timestamp = /"timestamp":"([^"]+)"/;

type Wanted = (line: string) => boolean;

/**
 * The lines of recorded decisions in their order, oldest first; a last line that is not written to its end is left out. `wanted`: others
 * are passed over, and not counted; it is given each line as it stands in the log.
 */
export function decisionLines(dir: string, range: DecisionRange, wanted: Wanted = () => true): AsyncGenerator<string> {
  const isWanted: Wanted = (line) => isDecision.test(line) && line.endsWith("}") && wanted(line);
  return "last" in range ? latestLines(dir, range.last, isWanted) : linesSince(dir, range.since, isWanted);
}

/** Of a decision line: nothing of the input was kept, or there was none. */
export function hasInput(line: string): boolean {
  return !line.endsWith(',"input":null}');
}

async function* latestLines(dir: string, last: number, wanted: Wanted): AsyncGenerator<string> {
  const counted = await countDecisions(dir, last, wanted);
  let before = counted.reduce((sum, { count }) => sum + count, 0) - last;
  let left = last;
  for (const { segment } of counted)
    for await (const line of segmentLines(dir, segment, wanted)) {
      if (before-- > 0) continue;
      // A running gateway writes on: what came after the counting is not of the latest then.
      if (left-- > 0) yield line;
    }
}

async function* linesSince(dir: string, since: string, wanted: Wanted): AsyncGenerator<string> {
  const isSince: Wanted = (line) => wanted(line) && (timestamp.exec(line)?.[1] ?? "") >= since;
  for (const segment of await segmentsFrom(dir, since)) yield* segmentLines(dir, segment, isSince);
}

/** Segments from the last on that begins before the moment. */
export async function segmentsFrom(dir: string, since: string): Promise<SegmentFile[]> {
  const segments = await segmentFiles(dir);
  let first = segments.length - 1;
  while (first > 0 && (await firstTimestamp(dir, segments[first] as SegmentFile)) >= since) first -= 1;
  return segments.slice(Math.max(0, first));
}

/** Empty when it has no record yet. */
async function firstTimestamp(dir: string, segment: SegmentFile): Promise<string> {
  for await (const line of segmentLines(dir, segment)) return timestamp.exec(line)?.[1] ?? "";
  return "";
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
    // None is wanted: to make it whole costs more than to count it.
    const counts: Wanted = (line) => {
      if (wanted(line)) count += 1;
      return false;
    };
    for await (const _line of segmentLines(dir, segment, counts));
    counted.unshift({ segment, count });
    total += count;
  }
  return counted;
}
