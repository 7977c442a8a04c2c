import type { Value } from "../../value.ts";
import { matchesRegexp, quoteMeta } from "../go/regexp.ts";
import { arrayAt, stringAt, typeName, wrongType } from "../operands.ts";
import type { Builtin } from "../types.ts";
import { BuiltinError } from "../types.ts";

/** Globs as gobwas/glob 1.0 reads them, rewritten as regular expressions: matching stays linear. */

const failed = (what: string): BuiltinError => new BuiltinError(`glob: syntax error: ${what}`);

class Translation {
  readonly #runes: readonly string[];
  readonly #one: string;
  #at = 0;

  /** @param one what `?` matches: anything but a delimiter */
  constructor(pattern: string, one: string) {
    this.#runes = Array.from(pattern);
    this.#one = one;
  }

  run(): string {
    const body = this.#sequence(0);
    return `\\A(?s:${body})\\z`;
  }

  #sequence(level: number): string {
    let output = "";
    for (;;) {
      const rune = this.#runes[this.#at];
      if (rune === undefined) {
        if (level > 0) throw failed("unclosed `{`");
        return output;
      }
      this.#at += 1;
      if (rune === "{") output += `(?:${this.#sequence(level + 1)})`;
      else if (rune === "}" && level > 0) return output;
      else if (rune === "," && level > 0) output += "|";
      else output += this.#element(rune);
    }
  }

  #element(rune: string): string {
    switch (rune) {
      case "[":
        return this.#range();
      case "?":
        return this.#one;
      case "*":
        if (this.#runes[this.#at] !== "*") return `${this.#one}*`;
        this.#at += 1;
        return "(?:.*)";
      case "\\": {
        const literal = this.#runes[this.#at];
        if (literal === undefined) throw failed("trailing backslash");
        this.#at += 1;
        return quoteMeta(literal);
      }
      default:
        return quoteMeta(rune);
    }
  }

  /** `[a-c]` or `[abc]`, each possibly with `!`. A delimiter is an ordinary member here. */
  #range(): string {
    let negated = "";
    if (this.#runes[this.#at] === "!") {
      negated = "^";
      this.#at += 1;
    }
    const [low, dash, high, close] = this.#runes.slice(this.#at, this.#at + 4);
    if (low === undefined) throw failed("unexpected end of input");
    if (dash === "-") {
      if (high === undefined || close !== "]" || codeOf(high) < codeOf(low)) throw failed("could not parse range");
      this.#at += 4;
      return `[${negated}${classRune(low)}-${classRune(high)}]`;
    }
    return `[${negated}${this.#members()}]`;
  }

  #members(): string {
    let members = "";
    for (;;) {
      let rune = this.#runes[this.#at];
      this.#at += 1;
      if (rune === undefined) throw failed("unexpected end of input");
      if (rune === "]") {
        if (members === "") throw failed("could not parse range");
        return members;
      }
      if (rune === "\\") {
        rune = this.#runes[this.#at];
        if (rune === undefined) throw failed("trailing backslash");
        this.#at += 1;
      }
      members += classRune(rune);
    }
  }
}

function codeOf(rune: string): number {
  return rune.codePointAt(0) as number;
}

function classRune(rune: string): string {
  return `\\x{${codeOf(rune).toString(16)}}`;
}

/** null is no delimiter, an empty list is the dot. */
function delimiters(operand: Value | undefined): readonly string[] {
  if (operand === null) return [];
  if (!Array.isArray(operand)) throw wrongType(2, operand, "array", "null");
  const runes = arrayAt(2, operand).map((item) => {
    if (typeof item === "string" && Array.from(item).length === 1) return item;
    throw new BuiltinError(`operand 2 must be array of runes but got array containing ${typeName(item)}`);
  });
  return runes.length === 0 ? ["."] : runes;
}

export const globMatch: Builtin = (context, pattern, separators, value) => {
  const glob = stringAt(1, pattern);
  const runes = delimiters(separators);
  const text = stringAt(3, value);
  context.charge(200 + glob.length * 50 + text.length * (4 + glob.length / 4));
  const one = runes.length === 0 ? "." : `[^${runes.map(classRune).join("")}]`;
  return matchesRegexp(new Translation(glob, one).run(), text);
};
