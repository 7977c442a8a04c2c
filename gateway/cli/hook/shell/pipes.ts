import type { SimpleCommand, Word } from "./word.ts";

/** Which commands of a line get what another one writes, by what stands between the two: `|`, and not `||`. */
export class Pipes {
  readonly #fed = new Set<SimpleCommand>();
  /** Since the last word. */
  #between = "";

  get fed(): ReadonlySet<SimpleCommand> {
    return this.#fed;
  }

  /** The command behind a separator, which has no word yet. */
  next(separator: string, before: SimpleCommand): Word[] {
    const next: Word[] = [];
    if (before.length > 0) this.#between = "";
    // The command can stand in a line behind.
    if (separator !== "\n") this.#between += separator;
    if (this.#between.includes("|") && this.#between !== "||") this.#fed.add(next);
    return next;
  }

  /** Those of a text that stands in this one. */
  add(inside: Pipes): void {
    for (const command of inside.fed) this.#fed.add(command);
  }
}
