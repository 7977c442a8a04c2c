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
    this.#combine(at, operands, []);
  }

  #combine(at: string | null, operands: readonly Value[], texts: readonly string[]): void {
    if (texts.length === operands.length) return this.#line(at, texts);
    for (const text of this.#textsOf(operands[texts.length] as Value)) {
      this.#combine(at, operands, [...texts, text]);
      if (this.#left > 0) return;
    }
  }

  #line(at: string | null, texts: readonly string[]): void {
    this.#charge(1);
    if (this.#lines.length >= MOST_LINES) {
      this.#left += 1;
      return;
    }
    const { text, truncated } = cutToLength(texts.join(" "), LONGEST_LINE);
    this.#lines.push({ at, text: truncated ? `${text} …` : text });
  }

  /** Texts without quotes, any other value as Rego writes it. Beyond the bound nobody reads them. */
  #textsOf(operand: Value): readonly string[] {
    if (this.#lines.length >= MOST_LINES) return [""];
    const values = operand instanceof RegoSet ? operand.values() : [operand];
    if (values.length === 0) return ["<undefined>"];
    return values.map((value) => {
      const shown = this.#masked.without(value);
      return typeof shown === "string" ? shown : termText(shown);
    });
  }
}
