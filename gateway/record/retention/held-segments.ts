import { parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { AuditProblems } from "../audit/audit-report.ts";
import { LineCheck } from "../audit/line-check.ts";
import { onThisThread } from "../audit/segment-scans.ts";
import { type Gap, toldGaps } from "../audit/told-gaps.ts";
import { recordIn } from "../segment-header.ts";
import type { PlacedSegment } from "../tree/line-walk.ts";
import { TreeFolder } from "../tree/tree-folder.ts";

/** A segment that may go, and its leaves: from the first to before the last. One of another log has none here. */
export interface HeldSegment {
  readonly segment: PlacedSegment;
  readonly leaves: Gap | null;
  /** What records in it tell of lines that went before: who removes it has to tell that again. */
  readonly told: readonly Gap[];
}

/**
 * Lines of segments, oldest first, against the leaves of the newest checkpoint, up to the first segment that does not hold.
 * `problem` says what is wrong with that one, and is null when all hold. A segment holds when all of its lines are those of the
 * tree, and none is missing before the segment with the next number. `after`: the segment behind the last.
 */
export async function heldSegments(
  dir: string,
  segments: readonly PlacedSegment[],
  after: PlacedSegment,
  signal: AbortSignal,
): Promise<{ readonly origin: string; readonly held: HeldSegment[]; readonly problem: string | null }> {
  const checkpoint = parseCheckpoint(new TreeFolder(dir).read("checkpoint") ?? "");
  if (checkpoint === null) throw new Error("the tree has no checkpoint");
  const { origin, size } = checkpoint;
  const held: HeldSegment[] = [];
  let next = 0;
  for (const [at, segment] of segments.entries()) {
    signal.throwIfAborted();
    const { header } = segment;
    if (header !== null && header.log !== origin) {
      held.push({ segment, leaves: null, told: [] });
      continue;
    }
    const problems = new AuditProblems();
    const from = header?.leaf ?? next;
    const told: Gap[] = [];
    const check = new LineCheck({
      dir,
      origin,
      size,
      problems,
      from,
      scans: onThisThread,
      reads: "removals",
      progress: () => undefined,
      said: ({ texts }) => told.push(...texts.flatMap((text) => toldBy(text, origin))),
    });
    await check.check(segment);
    next = check.next;
    const problem = problems.kept[0]?.detail ?? unfitness(segment, check, segments[at + 1] ?? after, origin);
    if (problem !== null) return { origin, held, problem: `${segment.file} ${problem}` };
    held.push({ segment, leaves: { from, to: next }, told });
  }
  return { origin, held, problem: null };
}

function toldBy(line: string, origin: string): Gap[] {
  const record = recordIn(line);
  return record?.["kind"] === "pruned" && record["log"] === origin ? toldGaps(record) : [];
}

function unfitness(
  segment: PlacedSegment,
  { next, uncovered }: LineCheck,
  after: PlacedSegment,
  origin: string,
): string | null {
  if (uncovered > 0) return `has ${uncovered} lines that no checkpoint covers`;
  const isNext = after.number === segment.number + 1 && after.header !== null;
  return !isNext || after.header.leaf === next || after.header.log !== origin
    ? null
    : `ends before line ${next} of the log, and ${after.file} begins with line ${after.header.leaf}`;
}
