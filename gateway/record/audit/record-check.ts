import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { digestOfMembers, likeOfShared, sharedIn } from "../decision/shared-record.ts";
import { recordIn } from "../segment-header.ts";
import type { Block } from "../tree/blocks.ts";
import type { AuditProblems } from "./audit-report.ts";
import { frameOf } from "./record-frame.ts";
import { type Gap, joinedGaps, toldGaps } from "./told-gaps.ts";

/** What is wrong with a record of a receipt; null when it holds. */
export type CheckReceipt = (record: JsonObject) => string | null;

/** What records say of one another: their numbers, decisions and outcomes, what retention removed, receipts. */
export class RecordCheck {
  readonly #origin: string;
  readonly #problems: AuditProblems;
  readonly #receipt: CheckReceipt | null;
  readonly #open = new Set<string>();
  readonly #pruned: Gap[] = [];
  #seq = 0;
  /** Digests of the shared members that the segment has so far. */
  #shared = new Set<string>();
  #segment = "";
  /** Outcomes whose decision was not seen before, which may have been removed. */
  readonly #orphans: string[] = [];
  decisions = 0;
  receipts = 0;

  constructor(origin: string, problems: AuditProblems, receipt: CheckReceipt | null) {
    this.#origin = origin;
    this.#problems = problems;
    this.#receipt = receipt;
  }

  get unfinished(): number {
    return this.#open.size;
  }

  line(block: Block, start: number, end: number, file: string): void {
    const frame = frameOf(block, start, end);
    if (frame === null) return this.#problems.add("order", file, "has a line that does not begin as a record");
    const { seq, kind, id, like } = frame;
    const isNext = seq === this.#seq + 1 || this.#seq === 0;
    if (!isNext && !(kind === "interruption" && seq > this.#seq))
      this.#problems.add("order", file, `record ${seq} follows on ${this.#seq}, and nothing tells why`);
    this.#seq = seq;
    if (file !== this.#segment) this.#shared = new Set();
    this.#segment = file;
    if (kind === "decision" && id !== null) {
      this.#decided(id, file);
      this.#refer(id, file, like);
    } else if (kind === "shared") this.#share(block.toString("utf8", start, end), seq, file);
    else if (kind === "outcome" && id !== null) this.#ended(id);
    else if (kind === "pruned" || kind === "receipt") this.#read(kind, block.toString("utf8", start, end), file);
  }

  /** After the last line: runs of leaves without lines, and outcomes without decisions, which only retention explains. */
  finish(gaps: readonly Gap[]): number {
    let pruned = 0;
    for (const gap of gaps) {
      const isTold = this.#covers(gap);
      if (isTold) pruned += gap.to - gap.from;
      else
        this.#problems.add(
          "missing",
          "",
          `lines ${gap.from} to ${gap.to - 1} of the log are gone, and nothing tells why`,
        );
    }
    // A record of before the removal may have had its outcome after it.
    if (pruned === 0)
      for (const id of this.#orphans) this.#problems.add("pair", id, "has an outcome and no decision, or two outcomes");
    return pruned;
  }

  #share(line: string, seq: number, file: string): void {
    const shared = sharedIn(line);
    if (shared === null || digestOfMembers(shared.members) !== shared.digest)
      return this.#problems.add(
        "reference",
        file,
        `the shared members of record ${seq} are not what their digest says`,
      );
    this.#refer(`record ${seq}`, file, likeOfShared(shared.members));
    this.#shared.add(shared.digest);
  }

  #refer(who: string, file: string, references: readonly string[]): void {
    for (const digest of references)
      if (!this.#shared.has(digest))
        this.#problems.add(
          "reference",
          who,
          `refers to the shared members ${digest}, which are not before it in ${file}`,
        );
  }

  #covers({ from, to }: Gap): boolean {
    return joinedGaps(this.#pruned).some((pruned) => pruned.from <= from && pruned.to >= to);
  }

  #decided(id: string, file: string): void {
    this.decisions += 1;
    if (this.#open.has(id)) this.#problems.add("pair", id, `is decided twice, again in ${file}`);
    this.#open.add(id);
  }

  #ended(id: string): void {
    if (!this.#open.delete(id)) this.#orphans.push(id);
  }

  #read(kind: "pruned" | "receipt", line: string, file: string): void {
    const record = recordIn(line);
    if (record === null) return this.#problems.add("order", file, `has a record of kind ${kind} that cannot be read`);
    if (kind === "pruned" && record["log"] === this.#origin) this.#pruned.push(...toldGaps(record));
    if (kind !== "receipt" || this.#receipt === null) return;
    const problem = isJsonObject(record) ? this.#receipt(record) : "it cannot be read";
    if (problem === null) this.receipts += 1;
    else this.#problems.add("receipt", String(record["approval_id"]), problem);
  }
}
