import type { PlacedSegment } from "../tree/line-walk.ts";
import type { AuditProblems } from "./audit-report.ts";
import type { SaidByLines, ScanJob, SegmentScan } from "./scan-segment.ts";
import type { SegmentScans } from "./segment-scans.ts";
import type { Gap } from "./told-gaps.ts";

export interface LineCheckOptions {
  readonly dir: string;
  readonly origin: string;
  readonly size: number;
  readonly problems: AuditProblems;
  readonly scans: SegmentScans;
  readonly reads: ScanJob["reads"];
  /** Called with what right lines say, run by run, in the order of the log. */
  said(lines: SaidByLines, segment: PlacedSegment): void;
  progress(lines: number): void;
  /** The leaf that the first line should have; default: 0. */
  readonly from?: number;
}

/** A scan that is under way. */
interface BegunScan {
  readonly scanned: Promise<SegmentScan>;
  /** It is its turn. */
  listen(): void;
}

/** Every line of every segment against its leaf. */
export class LineCheck {
  readonly #options: LineCheckOptions;
  /** The leaf that the next line should have. */
  #next: number;
  #seen = 0;
  readonly gaps: Gap[] = [];
  lines = 0;
  uncovered = 0;

  constructor(options: LineCheckOptions) {
    this.#options = options;
    this.#next = options.from ?? 0;
  }

  /** The leaf after the last line. */
  get next(): number {
    return this.#next;
  }

  async run(segments: readonly PlacedSegment[]): Promise<void> {
    const { ahead } = this.#options.scans;
    const begun = new Map<PlacedSegment, BegunScan>();
    for (const [at, segment] of segments.entries()) {
      for (const one of segments.slice(at, at + 1 + ahead)) {
        if (begun.has(one) || !this.#isOfLog(one)) continue;
        // Where such a one begins is known when those before it are through. Scans begin in the order of the log: each may wait for its turn.
        if (one.header === null && one !== segment) break;
        begun.set(one, this.#begin(one));
      }
      await this.check(segment, begun.get(segment));
      begun.delete(segment);
    }
    this.#reach(this.#options.size);
  }

  async check(segment: PlacedSegment, begun?: BegunScan): Promise<void> {
    const { problems } = this.#options;
    const { header, file } = segment;
    if (!this.#isOfLog(segment))
      return problems.add("line", file, `begins as a segment of the log ${String(header?.log)}`);
    if (header !== null && header.segment !== segment.name)
      problems.add("line", file, `was ${header.segment} when it was written`);
    this.#reach(header?.leaf ?? this.#next);
    const { scanned, listen } = begun ?? this.#begin(segment);
    listen();
    const scan = await scanned.catch((failure: Error) => notScanned(this.#next, failure));
    this.#next = scan.next;
    this.lines += scan.right;
    this.uncovered += scan.uncovered;
    problems.addAll(scan.problems);
    this.#tell(scan, file);
  }

  #isOfLog({ header }: PlacedSegment): boolean {
    return header === null || header.log === this.#options.origin;
  }

  /** What its lines say is heard when it is its turn. */
  #begin(segment: PlacedSegment): BegunScan {
    const { dir, size, reads, scans, said, progress } = this.#options;
    const { promise: turn, resolve: listen } = Promise.withResolvers<void>();
    const job: ScanJob = { dir, size, segment, reads, from: segment.header?.leaf ?? this.#next };
    const scanned = scans.scan(job, {
      async said(lines) {
        await turn;
        said(lines, segment);
      },
      progress: (lines) => progress((this.#seen += lines)),
    });
    // Who waits for it is told; nobody may when another one fails before its turn.
    scanned.catch(() => undefined);
    return { scanned, listen };
  }

  #tell({ next, behind, failure, wrong }: SegmentScan, file: string): void {
    const { problems, size } = this.#options;
    if (behind > 0 && next >= size) this.uncovered += 1;
    else if (behind > 0) problems.add("line", file, `ends in ${behind} bytes that are no whole line`);
    if (failure !== null) problems.add("line", file, `cannot be read to its end: ${failure}`);
    const { count, first } = wrong;
    const more = count === 1 ? "" : `, and ${count - 1} more are not`;
    if (count > 0) problems.add("line", file, `line ${first} is not the one of the tree${more}`);
  }

  /** The next line is to be that of `leaf`. */
  #reach(leaf: number): void {
    const { size, problems } = this.#options;
    const to = Math.min(leaf, size);
    if (to > this.#next) this.gaps.push({ from: this.#next, to });
    else if (leaf < this.#next && this.#next <= size)
      problems.add("line", "", `lines ${leaf} to ${this.#next - 1} of the log are there twice`);
    this.#next = leaf;
  }
}

/** Whoever was to look through it has failed itself. */
function notScanned(from: number, { message }: Error): SegmentScan {
  return {
    next: from,
    right: 0,
    uncovered: 0,
    wrong: { count: 0, first: 0 },
    behind: 0,
    failure: message,
    problems: { kept: [], count: 0 },
  };
}
