import { HASH_BYTES } from "../../lib/tlog/merkle.ts";
import { TILE_WIDTH } from "../../lib/tlog/tiles.ts";
import { segmentBytes } from "../segment-files.ts";
import { type Block, blocksOf, eachLine, hashOfLine } from "../tree/blocks.ts";
import type { PlacedSegment } from "../tree/line-walk.ts";
import { TreeFolder } from "../tree/tree-folder.ts";
import type { AuditProblems } from "./audit-report.ts";
import type { Gap } from "./told-gaps.ts";

export interface LineCheckOptions {
  readonly dir: string;
  readonly origin: string;
  readonly size: number;
  readonly problems: AuditProblems;
  /** Called with each line that is the one of the tree, in order. */
  line(block: Block, start: number, end: number, segment: PlacedSegment): void;
  progress(lines: number): void;
  /** The leaf that the first line should have; default: 0. */
  readonly from?: number;
}

/** Every line of every segment against its leaf. */
export class LineCheck {
  readonly #options: LineCheckOptions;
  readonly #folder: TreeFolder;
  #tile: Buffer = Buffer.alloc(0);
  #tileIndex = -1;
  /** The leaf that the next line should have. */
  #next: number;
  readonly gaps: Gap[] = [];
  lines = 0;
  uncovered = 0;

  constructor(options: LineCheckOptions) {
    this.#options = options;
    this.#folder = new TreeFolder(options.dir);
    this.#next = options.from ?? 0;
  }

  /** The leaf after the last line. */
  get next(): number {
    return this.#next;
  }

  async run(segments: readonly PlacedSegment[]): Promise<void> {
    for (const segment of segments) await this.check(segment);
    this.#reach(this.#options.size);
  }

  async check(segment: PlacedSegment): Promise<void> {
    const { dir, origin, problems } = this.#options;
    const { header, file } = segment;
    if (header !== null && header.log !== origin)
      return problems.add("line", file, `begins as a segment of the log ${header.log}`);
    if (header !== null && header.segment !== segment.name)
      problems.add("line", file, `was ${header.segment} when it was written`);
    this.#reach(header?.leaf ?? this.#next);
    let [line, wrong, first] = [0, 0, 0];
    try {
      const rest = (bytes: Buffer): void => this.#behind(segment, bytes);
      for await (const block of blocksOf(segmentBytes(dir, segment), rest)) {
        eachLine(block, (start, end) => {
          line += 1;
          if (this.#isRight(segment, block, start, end)) return;
          wrong += 1;
          if (wrong === 1) first = line;
        });
        this.#options.progress(this.lines);
      }
    } catch (failure) {
      problems.add("line", file, `cannot be read to its end: ${(failure as Error).message}`);
    }
    if (wrong > 0)
      problems.add(
        "line",
        file,
        `line ${first} is not the one of the tree${wrong === 1 ? "" : `, and ${wrong - 1} more are not`}`,
      );
  }

  #isRight(segment: PlacedSegment, block: Block, start: number, end: number): boolean {
    const leaf = this.#next;
    this.#next += 1;
    if (leaf >= this.#options.size) {
      this.uncovered += 1;
      return true;
    }
    const at = (leaf % TILE_WIDTH) * HASH_BYTES;
    const tile = this.#tileOf(Math.floor(leaf / TILE_WIDTH));
    if (tile.compare(hashOfLine(block, start, end), 0, HASH_BYTES, at, at + HASH_BYTES) !== 0) return false;
    this.lines += 1;
    this.#options.line(block, start, end, segment);
    return true;
  }

  /** Whether tiles are there is told by the check of the tree. */
  #tileOf(index: number): Buffer {
    if (index === this.#tileIndex) return this.#tile;
    const width = Math.min(TILE_WIDTH, this.#options.size - index * TILE_WIDTH);
    this.#tileIndex = index;
    try {
      this.#tile = this.#folder.tile({ level: 0, index, width });
    } catch {
      this.#tile = Buffer.alloc(0);
    }
    if (this.#tile.length < width * HASH_BYTES) this.#tile = Buffer.alloc(width * HASH_BYTES);
    return this.#tile;
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

  #behind({ file }: PlacedSegment, bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.#next >= this.#options.size) this.uncovered += 1;
    else this.#options.problems.add("line", file, `ends in ${bytes.length} bytes that are no whole line`);
  }
}
