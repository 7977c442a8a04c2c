import type { Printed, PrintedLine } from "../../domain/ports.ts";
import { cutToLength } from "../../lib/cut-text.ts";
import { termText } from "../builtins/go/term-text.ts";
import { RegoSet, type Value } from "../value.ts";
import type { MaskedValues } from "./masked-values.ts";

/** Lines that are kept of one evaluation. */
const MOST_LINES = 32;
/** UTF-16 units of a line that are kept. */
const LONGEST_LINE = 1_024;
/** UTF-16 units of an evaluation that may be kept with it when it is remembered. */
const MOST_REMEMBERED = 1_024;

/** What one evaluation prints. */
export class Prints {
  readonly #masked: MaskedValues;
  readonly #charge: (units: number) => void;
  readonly #lines: PrintedLine[] = [];
  #left = 0;

  constructor(masked: MaskedValues, charge: (units: number) => void) {
    this.#masked = masked;
    this.#charge = charge;
  }

  get printed(): Printed {
    return { lines: [...this.#lines], left: this.#left };
  }

  /** Whether an evaluation that printed this may be remembered: of each caller hundreds are. */
  get isShort(): boolean {
    return this.#lines.reduce((sum, { text }) => sum + text.length, 0) <= MOST_REMEMBERED;
  }

  /** As OPA: operands are joined by a blank, and one line is written for each combination of the values that they have. */
  add(at: string | null, operands: readonly Value[]): void {
    const values = operands.map(valuesOf);
    const count = values.reduce((product, { length }) => product * length, 1);
    const kept = Math.min(count, MOST_LINES - this.#lines.length);
    this.#charge(kept + 1);
    this.#left += count - kept;
    if (kept === 0) return;
    // No line has more of an operand than its first `kept` values; each is rendered once.
    const texts = values.map((of) => of.slice(0, kept).map((value) => this.#textOf(value)));
    this.#combine(at, texts, []);
  }

  #combine(at: string | null, operands: readonly (readonly string[])[], texts: readonly string[]): void {
    if (this.#lines.length >= MOST_LINES) return;
    const operand = operands[texts.length];
    if (operand === undefined) return this.#line(at, texts.join(" "));
    for (const text of operand) this.#combine(at, operands, [...texts, text]);
  }

  #line(at: string | null, whole: string): void {
    const { text, truncated } = cutToLength(whole, LONGEST_LINE);
    this.#lines.push({ at, text: truncated ? `${text} …` : text });
  }

  /**
   * A text without quotes, any other value as Rego writes it. Masked before it is cut; two units more than a line has, so that the line still
   * shows that it was cut, also within a surrogate pair.
   */
  #textOf(value: Value | undefined): string {
    if (value === undefined) return "<undefined>";
    const shown = this.#masked.without(value, LONGEST_LINE + 2);
    return cutToLength(typeof shown === "string" ? shown : termText(shown), LONGEST_LINE + 2).text;
  }
}

function valuesOf(operand: Value): readonly (Value | undefined)[] {
  if (!(operand instanceof RegoSet)) return [operand];
  return operand.size === 0 ? [undefined] : operand.values();
}
