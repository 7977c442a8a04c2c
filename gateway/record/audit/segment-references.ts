import { digestOfMembers, likeIn, likeOfShared, sharedIn } from "../decision/shared-record.ts";
import type { Block } from "../tree/blocks.ts";
import type { AuditProblems } from "./audit-report.ts";

const LIST_BEGIN = 0x5b;
const LIST_END = 0x5d;

/** What records of one segment refer to, which stands before them in it. */
export class SegmentReferences {
  readonly #file: string;
  readonly #problems: AuditProblems;
  /** Digests of the shared members that the segment has so far. */
  readonly #shared = new Set<string>();
  /** Lists of digests all of which it has: most records have one of a few. */
  readonly #lists = new Set<string>();

  constructor(file: string, problems: AuditProblems) {
    this.#file = file;
    this.#problems = problems;
  }

  /** A line of kind `shared`. */
  share(line: string, seq: number): void {
    const shared = sharedIn(line);
    if (shared === null || digestOfMembers(shared.members) !== shared.digest)
      return this.#problems.add(
        "reference",
        this.#file,
        `the shared members of record ${seq} are not what their digest says`,
      );
    this.#refer(`record ${seq}`, likeOfShared(shared.members));
    this.#shared.add(shared.digest);
  }

  /** A line of a decision or an outcome that names what it is like. */
  record(id: string, block: Block, start: number, end: number): void {
    const close = block.indexOf(LIST_END, start);
    const to = close === -1 ? end : Math.min(end, close);
    const list = block.toString("latin1", block.indexOf(LIST_BEGIN, start), to);
    if (this.#lists.has(list)) return;
    const isWhole = this.#refer(id, likeIn(block.toString("latin1", start, Math.min(end, to + 1))));
    if (isWhole) this.#lists.add(list);
  }

  #refer(who: string, references: readonly string[]): boolean {
    const missing = references.filter((digest) => !this.#shared.has(digest));
    for (const digest of missing)
      this.#problems.add(
        "reference",
        who,
        `refers to the shared members ${digest}, which are not before it in ${this.#file}`,
      );
    return missing.length === 0;
  }
}
