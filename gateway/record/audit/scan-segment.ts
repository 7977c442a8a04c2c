import { HASH_BYTES } from "../../lib/tlog/merkle.ts";
import { TILE_WIDTH } from "../../lib/tlog/tiles.ts";
import { segmentBytes, type SegmentFile } from "../segment-files.ts";
import { type Block, blocksOf, eachLine, hashTextOfLine } from "../tree/blocks.ts";
import { TreeFolder } from "../tree/tree-folder.ts";
import { AuditProblems, type AuditProblem } from "./audit-report.ts";
import { frameOf, mayBeOfRemoval } from "./record-frame.ts";
import { SegmentReferences } from "./segment-references.ts";

/** A segment that is to be looked through; nothing in it needs what is in another. */
export interface ScanJob {
  /** Folder of the log. */
  readonly dir: string;
  /** Leaves of the newest checkpoint. */
  readonly size: number;
  readonly segment: SegmentFile;
  /** The leaf that its first line should have. */
  readonly from: number;
  /** What right lines are read for: all that records say of one another, or only what retention has removed. */
  readonly reads: "records" | "removals";
  /** What lines say is handed over after a block with which there are so many; default: 8,192. */
  readonly handedLines?: number;
}

/** What a run of lines says, of those that are of the tree; empty where they are read for removals, but for `texts`. */
export interface SaidByLines {
  /** Number, kind and decision of each, as `seq kind id\n`; `\n` for one that does not begin as a record. */
  readonly records: string;
  /** Those of kind `pruned` and `receipt`, whole, in their order; for removals those of kind `pruned`. */
  readonly texts: readonly string[];
}

export interface SegmentScan {
  /** References to what is not there. */
  readonly problems: { readonly kept: readonly AuditProblem[]; readonly count: number };
  /** The leaf after the last line. */
  readonly next: number;
  /** Lines that are those of the tree. */
  readonly right: number;
  /** Lines behind the newest checkpoint. */
  readonly uncovered: number;
  /** Lines that are not those of the tree, and the number of the first, from 1. */
  readonly wrong: { readonly count: number; readonly first: number };
  /** Bytes behind the last line feed. */
  readonly behind: number;
  /** Why it could not be read to its end; null when it could. */
  readonly failure: string | null;
}

export interface ScanListener {
  /** Called with what lines say, run by run and in order: a segment may have more than fits in memory. The scan waits for it. */
  said(lines: SaidByLines): Promise<void> | void;
  /** Told of right lines. */
  progress(lines: number): void;
}

const HANDED_LINES = 8_192;
/** Or so many bytes of texts; or of lines, parts of which keep all of them in memory. */
const HANDED_BYTES = 1_048_576;
const HANDED_LINE_BYTES = 4 * HANDED_BYTES;

/** Every line of a segment against its leaf, and what the right ones refer to. */
export async function scanSegment(job: ScanJob, { said, progress }: ScanListener): Promise<SegmentScan> {
  const scan = new Scan(job);
  let [behind, failure]: [number, string | null] = [0, null];
  try {
    for await (const block of blocksOf(segmentBytes(job.dir, job.segment), ({ length }) => (behind = length))) {
      const before = scan.right;
      eachLine(block, (start, end) => scan.line(block, start, end));
      progress(scan.right - before);
      if (scan.isFull) await said(scan.take());
    }
  } catch (thrown) {
    failure = (thrown as Error).message;
  }
  await said(scan.take());
  const { next, right, uncovered, wrong } = scan;
  const { kept, count } = scan.problems;
  return { next, right, uncovered, wrong, behind, failure, problems: { kept, count } };
}

class Scan {
  readonly #size: number;
  readonly #folder: TreeFolder;
  readonly #references: SegmentReferences;
  readonly #reads: ScanJob["reads"];
  readonly #handedLines: number;
  /** A character for each byte. */
  #tile = "";
  #tileIndex = -1;
  next: number;
  right = 0;
  uncovered = 0;
  wrong = { count: 0, first: 0 };
  #records: string[] = [];
  #texts: string[] = [];
  #textBytes = 0;
  /** Lines whose records wait to be handed over, and their bytes. */
  #handed = 0;
  #lineBytes = 0;
  readonly problems = new AuditProblems();
  #lines = 0;

  constructor({ dir, size, segment, from, reads, handedLines = HANDED_LINES }: ScanJob) {
    this.#size = size;
    this.#reads = reads;
    this.#handedLines = handedLines;
    this.#folder = new TreeFolder(dir);
    this.#references = new SegmentReferences(segment.file, this.problems);
    this.next = from;
  }

  get isFull(): boolean {
    if (this.#textBytes >= HANDED_BYTES || this.#lineBytes >= HANDED_LINE_BYTES) return true;
    return this.#handed >= this.#handedLines;
  }

  /** What was said since the last call. */
  take(): SaidByLines {
    const said = { records: this.#records.join(""), texts: this.#texts };
    [this.#records, this.#texts, this.#textBytes] = [[], [], 0];
    [this.#handed, this.#lineBytes] = [0, 0];
    return said;
  }

  line(block: Block, start: number, end: number): void {
    this.#lines += 1;
    const leaf = this.next++;
    if (leaf >= this.#size) this.uncovered += 1;
    else if (this.#isRight(leaf, hashTextOfLine(block, start, end))) this.#right(block, start, end);
    else this.wrong = { count: this.wrong.count + 1, first: this.wrong.first || this.#lines };
  }

  #isRight(leaf: number, hash: string): boolean {
    return this.#tileOf(Math.floor(leaf / TILE_WIDTH)).startsWith(hash, (leaf % TILE_WIDTH) * HASH_BYTES);
  }

  #right(block: Block, start: number, end: number): void {
    this.right += 1;
    if (this.#reads === "records") this.#record(block, start, end);
    else if (mayBeOfRemoval(block, start, end) && frameOf(block.toString("latin1", start, end))?.kind === "pruned")
      this.#text(block, start, end);
  }

  #record(block: Block, start: number, end: number): void {
    const line = block.toString("latin1", start, end);
    this.#handed += 1;
    this.#lineBytes += line.length;
    const frame = frameOf(line);
    if (frame === null) return void this.#records.push("\n");
    const { seq, kind, id, refers } = frame;
    this.#records.push(seq, " ", kind, " ", id ?? "", "\n");
    if (id !== null) {
      if (refers) this.#references.record(id, line);
      else this.#references.alone(id, line);
    } else if (kind === "shared" || kind === "names")
      this.#references.share(block.toString("utf8", start, end), Number(seq));
    else if (kind === "pruned" || kind === "receipt") this.#text(block, start, end);
  }

  #text(block: Block, start: number, end: number): void {
    this.#texts.push(block.toString("utf8", start, end));
    this.#textBytes += end - start;
  }

  /** Whether tiles are there is told by the check of the tree. */
  #tileOf(index: number): string {
    if (index === this.#tileIndex) return this.#tile;
    const width = Math.min(TILE_WIDTH, this.#size - index * TILE_WIDTH);
    this.#tileIndex = index;
    this.#tile = "";
    try {
      const bytes = this.#folder.tile({ level: 0, index, width });
      if (bytes.length >= width * HASH_BYTES) this.#tile = bytes.toString("latin1");
    } catch {
      // No line has its hash in it.
    }
    return this.#tile;
  }
}
