import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordIn } from "../../../../gateway/record/segment-header.ts";

/** Every record that a log has, and that what somebody took away from it had. */
export class KeptLines {
  readonly decisions = new Set<string>();
  readonly #records = new Map<number, { readonly line: string; readonly kind: string }>();
  readonly problems: string[] = [];

  constructor(folders: readonly string[]) {
    for (const folder of folders)
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isFile() && /decisions-.*(?<!\.torn)$/.test(entry.name))
          for (const line of readFileSync(join(folder, entry.name), "utf8").split("\n")) this.#take(line, entry.name);
  }

  /** Numbers that are missing with nothing that tells why. */
  gaps(): string[] {
    const numbers = [...this.#records.keys()].sort((one, other) => one - other);
    return numbers.flatMap((seq, at) => {
      const before = numbers[at - 1] ?? 0;
      const isTold = seq === before + 1 || this.#records.get(seq)?.kind === "interruption";
      return isTold
        ? []
        : [`record ${seq}, of kind ${this.#records.get(seq)?.kind ?? ""}, follows on ${before}, and nothing tells why`];
    });
  }

  /** What is no whole record is what was cut; a record may have been written right behind it. */
  #take(text: string, name: string): void {
    const line = recordIn(text) === null ? text.slice(Math.max(0, text.lastIndexOf('{"seq":'))) : text;
    const record = recordIn(line);
    if (record === null) return;
    const { seq, kind, decision_id: id } = record;
    const known = this.#records.get(seq);
    if (known !== undefined && known.line !== line)
      this.problems.push(`the number ${seq} was given twice, again in ${name}`);
    this.#records.set(seq, { line, kind: String(kind) });
    if (kind === "decision") this.decisions.add(String(id));
  }
}
