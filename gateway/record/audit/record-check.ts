import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { recordIn } from "../segment-header.ts";
import type { AuditProblems } from "./audit-report.ts";
import type { SaidByLines } from "./scan-segment.ts";
import { type Gap, joinedGaps, toldGaps } from "./told-gaps.ts";

/** What is wrong with a record of a receipt; null when it holds. */
export type CheckReceipt = (record: JsonObject) => string | null;

/** What records say of one another: their numbers, decisions and outcomes, what retention removed, receipts. */
export class RecordCheck {
  readonly #origin: string;
  readonly #problems: AuditProblems;
  readonly #receipt: CheckReceipt | null;
  /** Decisions without an outcome so far: of lines before these, and of these. */
  readonly #open = new Set<string>();
  readonly #openHere = new Set<string>();
  readonly #pruned: Gap[] = [];
  #seq = 0;
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

  /** Takes in what right lines of a segment say, in order. */
  lines({ records, texts }: SaidByLines, file: string): void {
    let nextText = 0;
    for (let at = 0; at < records.length;) {
      const end = records.indexOf("\n", at);
      if (end === at) this.#problems.add("order", file, "has a line that does not begin as a record");
      else {
        const kindAt = records.indexOf(" ", at) + 1;
        const idAt = records.indexOf(" ", kindAt) + 1;
        const kind = records.slice(kindAt, idAt - 1);
        this.#follow(Number(records.slice(at, kindAt - 1)), kind, file);
        if (kind === "pruned" || kind === "receipt") this.#read(kind, texts[nextText++] ?? "", file);
        else if (idAt < end) this.#pair(kind, records.slice(idAt, end), file);
      }
      at = end + 1;
    }
    for (const id of this.#openHere) this.#open.add(alone(id));
    this.#openHere.clear();
  }

  #follow(seq: number, kind: string, file: string): void {
    const isNext = seq === this.#seq + 1 || this.#seq === 0;
    if (!isNext && !(kind === "interruption" && seq > this.#seq))
      this.#problems.add("order", file, `record ${seq} follows on ${this.#seq}, and nothing tells why`);
    this.#seq = seq;
  }

  #pair(kind: string, id: string, file: string): void {
    if (kind === "decision") this.#decided(id, file);
    else if (kind === "outcome") this.#ended(id);
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

  #covers({ from, to }: Gap): boolean {
    return joinedGaps(this.#pruned).some((pruned) => pruned.from <= from && pruned.to >= to);
  }

  #decided(id: string, file: string): void {
    this.decisions += 1;
    if (this.#open.has(id) || this.#openHere.has(id))
      this.#problems.add("pair", id, `is decided twice, again in ${file}`);
    this.#openHere.add(id);
  }

  #ended(id: string): void {
    if (!this.#openHere.delete(id) && !this.#open.delete(id)) this.#orphans.push(alone(id));
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

/** Part of a text keeps all of it in memory. */
function alone(id: string): string {
  return Buffer.from(id, "latin1").toString("latin1");
}
