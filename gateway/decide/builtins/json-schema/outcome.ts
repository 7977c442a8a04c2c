import type { Problem } from "./schema.ts";

/** Where a path begins; shown only for the whole document. */
export const ROOT = "(Root)";

/** Problems found so far. The score decides which of several failing alternatives is reported. */
export class Outcome {
  readonly problems: Problem[] = [];
  score = 0;

  add(type: string, path: string, description: string): void {
    const field = path.startsWith(`${ROOT}.`) ? path.slice(ROOT.length + 1) : path;
    this.problems.push({ type, field, description: description.replace("{{field}}", field) });
    this.score -= 2;
  }

  merge(other: Outcome): void {
    this.problems.push(...other.problems);
    this.score += other.score;
  }

  get valid(): boolean {
    return this.problems.length === 0;
  }
}
