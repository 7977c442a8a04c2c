import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { WholeRecords } from "../../../gateway/record/decision/whole-records.ts";

export interface Decided {
  readonly effect: string;
  readonly digest: string | null;
  readonly code: string | null;
}

interface Line {
  readonly kind: string;
  readonly decision_id: string;
  readonly judged_digest: string | null;
  readonly result: { readonly effect: string; readonly doubt: string | null };
}

/** Every decision in a gateway's log, by id. */
export async function decisionsIn(logDir: string): Promise<Map<string, Decided>> {
  const decided = new Map<string, Decided>();
  for (const name of (await readdir(logDir)).filter((one) => one.endsWith(".jsonl")).sort()) {
    const records = new WholeRecords();
    for await (const text of linesOf(join(logDir, name))) {
      if (records.note(text)) continue;
      const line = records.object(text) as unknown as Line;
      if (line.kind !== "decision") continue;
      decided.set(line.decision_id, {
        effect: line.result.effect,
        digest: line.judged_digest,
        code: line.result.doubt,
      });
    }
  }
  return decided;
}

/** Line feeds alone end a line; node:readline also takes U+2028, which JSON texts may hold. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, "utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
