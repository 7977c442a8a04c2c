import { describeArgument, formatArgument } from "./format-argument.ts";
import type { FormatArgument, Spec } from "./format-spec.ts";
import { emptySpec } from "./format-spec.ts";

/**
 * Go's fmt.Sprintf (https://pkg.go.dev/fmt), over characters.
 * @param spend called with the work of each directive, about in characters, before it is done; a format may use one
 * argument many times
 */
export function goSprintf(format: string, args: readonly FormatArgument[], spend: (work: number) => void): string {
  return new Printer(format, args, spend).run();
}

/** Quoting and counting digits look at every character; `%s` and `%v` of a text copy it. */
function workOf(verb: string, { type, value }: FormatArgument): number {
  if (type === "string") return verb === "s" || verb === "v" ? value.length : value.length * 8;
  return type === "*big.Int" ? value.toString(16).length * 8 : 40;
}

const FLAGS: Readonly<Record<string, "sharp" | "zero" | "plus" | "minus" | "space">> = {
  "#": "sharp",
  "0": "zero",
  "+": "plus",
  "-": "minus",
  " ": "space",
};

class Printer {
  readonly #format: string;
  readonly #args: readonly FormatArgument[];
  readonly #spend: (work: number) => void;
  #at = 0;
  #next = 0;
  #output = "";
  #reordered = false;
  #goodIndex = true;
  #afterIndex = false;

  constructor(format: string, args: readonly FormatArgument[], spend: (work: number) => void) {
    this.#format = format;
    this.#args = args;
    this.#spend = spend;
  }

  run(): string {
    for (;;) {
      const percent = this.#format.indexOf("%", this.#at);
      this.#output += this.#format.slice(this.#at, percent < 0 ? undefined : percent);
      if (percent < 0) break;
      this.#at = percent + 1;
      this.#directive();
    }
    if (!this.#reordered && this.#next < this.#args.length) {
      this.#output += `%!(EXTRA ${this.#args.slice(this.#next).map(describeArgument).join(", ")})`;
    }
    return this.#output;
  }

  #directive(): void {
    const spec = emptySpec();
    this.#goodIndex = true;
    this.#flags(spec);
    this.#afterIndex = this.#index();
    this.#width(spec);
    this.#precision(spec);
    if (!this.#afterIndex) this.#afterIndex = this.#index();
    const code = this.#format.codePointAt(this.#at);
    if (code === undefined) {
      this.#output += "%!(NOVERB)";
      return;
    }
    const verb = String.fromCodePoint(code);
    this.#at += verb.length;
    this.#verb(spec, verb);
  }

  #verb(spec: Spec, verb: string): void {
    const argument = this.#args[this.#next];
    if (verb === "%") this.#output += "%";
    else if (!this.#goodIndex) this.#output += `%!${verb}(BADINDEX)`;
    else if (argument === undefined) this.#output += `%!${verb}(MISSING)`;
    else {
      if (verb === "v") Object.assign(spec, { sharpV: spec.sharp, plusV: spec.plus, sharp: false, plus: false });
      this.#spend(workOf(verb, argument));
      this.#output += formatArgument(spec, verb, argument);
      this.#next += 1;
    }
  }

  #flags(spec: Spec): void {
    for (;;) {
      const flag = FLAGS[this.#format[this.#at] ?? ""];
      if (flag === undefined) return;
      spec[flag] = true;
      this.#at += 1;
    }
  }

  #width(spec: Spec): void {
    if (this.#format[this.#at] !== "*") {
      spec.width = this.#number();
      if (this.#afterIndex && spec.width !== undefined) this.#goodIndex = false;
      return;
    }
    this.#at += 1;
    const width = this.#star();
    if (width === undefined) this.#output += "%!(BADWIDTH)";
    else if (width < 0) Object.assign(spec, { width: -width, minus: true, zero: false });
    else spec.width = width;
    this.#afterIndex = false;
  }

  #precision(spec: Spec): void {
    if (this.#format[this.#at] !== "." || this.#at + 1 >= this.#format.length) return;
    this.#at += 1;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#afterIndex = this.#index();
    if (this.#format[this.#at] !== "*") {
      spec.precision = this.#number() ?? 0;
      return;
    }
    this.#at += 1;
    const precision = this.#star();
    if (precision === undefined || precision < 0) this.#output += "%!(BADPREC)";
    else spec.precision = precision;
    this.#afterIndex = false;
  }

  /** An integer argument for `*`; its place is taken even when it is not one. */
  #star(): number | undefined {
    const argument = this.#args[this.#next];
    if (argument === undefined) return undefined;
    this.#next += 1;
    if (argument.type !== "int64" && argument.type !== "int") return undefined;
    const value = Number(argument.value);
    return Math.abs(value) > 1e6 ? undefined : value;
  }

  #number(): number | undefined {
    const digits = /^\d*/.exec(this.#format.slice(this.#at, this.#at + 16))?.[0] ?? "";
    if (digits === "") return undefined;
    this.#at += digits.length;
    const value = Number(digits);
    // Go looks whether the number is too large before it reads the last digit.
    if (Math.floor(value / 10) <= 1e6) return value;
    this.#at = this.#format.length;
    return undefined;
  }

  /** `[3]`: the number of the next argument. True when one was there. */
  #index(): boolean {
    if (this.#format[this.#at] !== "[") return false;
    this.#reordered = true;
    const close = this.#format.indexOf("]", this.#at + 1);
    if (close < 0 || this.#format.length - this.#at < 3) {
      this.#goodIndex = false;
      this.#at += 1;
      return false;
    }
    const text = this.#format.slice(this.#at + 1, close);
    this.#at = close + 1;
    const wellFormed = /^\d+$/.test(text);
    const index = Number(text) - 1;
    if (wellFormed && index >= 0 && index < this.#args.length) this.#next = index;
    else this.#goodIndex = false;
    return wellFormed;
  }
}
