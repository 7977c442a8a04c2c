import type { SimpleCommand } from "./word.ts";

/** Which commands of a line get what another one writes, by what stands between the two: `|`, and not `||`. */
export class Pipes {
  readonly #fed = new Set<SimpleCommand>();
  /** Since the last word. */
  #between = "";

  get fed(): ReadonlySet<SimpleCommand> {
    return this.#fed;
  }

  separator(char: string, before: SimpleCommand, next: SimpleCommand): void {
    if (before.length > 0) this.#between = "";
    // The command can stand in a line behind.
    if (char !== "\n") this.#between += char;
    if (this.#between.includes("|") && this.#between !== "||") this.#fed.add(next);
  }

  /** Those of a text that stands in this one. */
  add(inside: Pipes): void {
    for (const command of inside.fed) this.#fed.add(command);
  }
}
