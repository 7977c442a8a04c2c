import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { wholeLines } from "../../../support/record/whole-lines.ts";

/** A line of the decision log, as far as these tests look at it. */
export interface Line {
  readonly kind: "decision" | "outcome";
  readonly decision_id: string;
  readonly judged_digest?: string | null;
  readonly forwarded_digest?: string | null;
  readonly route?: string | null;
  readonly result?: { readonly effect: string; readonly doubt: string | null };
  readonly outcome?: string;
  readonly input?: { readonly context?: { readonly arguments?: Readonly<Record<string, unknown>> | null } } | null;
}

/** Everything in the log folder as text, and its lines parsed. */
export async function readLog(dir: string): Promise<{ text: string; lines: Line[] }> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".jsonl")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), "utf8")));
  return { text: texts.join(""), lines: texts.flatMap(wholeLines).map((line) => JSON.parse(line) as Line) };
}

/** Digests of requests that arrived at a tool server and that no allowing decision on disk accounts for. */
export async function unaccounted(dir: string, arrived: readonly { readonly digest: string }[]): Promise<string[]> {
  const { lines } = await readLog(dir);
  const allowed = new Map<string, number>();
  for (const { kind, result, judged_digest: digest } of lines) {
    if (kind === "decision" && result?.effect === "allow" && typeof digest === "string")
      allowed.set(digest, (allowed.get(digest) ?? 0) + 1);
  }
  return arrived.flatMap(({ digest }) => {
    const left = allowed.get(digest) ?? 0;
    allowed.set(digest, left - 1);
    return left > 0 ? [] : [digest];
  });
}
