import { isStream } from "./streams.ts";
import type { ReadBudget } from "./read-budget.ts";
import type { Word } from "./word.ts";

/** Options of awk that take a value: what stands behind `-f` is a file, behind `-e` code. */
const fileOptions = /^(?:-[fE]|--(?:fi|ex)[a-z]*)$/;
const codeOptions = /^(?:-e|--so[a-z]*)$/;
const otherOptions = /^(?:-[vFilW]|--(?:fie|as|inc|lo)[a-z-]*)$/;

/** Far more than a program has that somebody writes into a command line. */
const longest = 16_384;

/** Whether a program of awk starts another one, opens a connection, or stands in no word. */
export function awkLeaves(words: readonly Word[], budget: ReadBudget): boolean {
  if (words.some(({ text }) => text.includes("/inet"))) return true;
  const { code, files } = partsOf(words);
  if (files.some((text) => text === "-" || isStream(text))) return true;
  return code.some((one) => one.isOpen || one.isPattern || codeLeaves(one.text, budget));
}

/** Options are read from left to right: the value of one can look like another. */
function partsOf(words: readonly Word[]): { readonly code: readonly Word[]; readonly files: readonly string[] } {
  const code: Word[] = [];
  const files: string[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as Word;
    if (!word.text.startsWith("-") || word.text === "-" || word.text === "--") break;
    const [option, attached] = optionOf(word.text);
    const isValued = [fileOptions, codeOptions, otherOptions].some((one) => one.test(option));
    if (isValued && attached === undefined) at += 1;
    const value = attached === undefined ? words[at] : { ...word, text: attached };
    if (value === undefined) break;
    if (fileOptions.test(option)) files.push(value.text);
    else if (codeOptions.test(option)) code.push(value);
  }
  const program = words[words[at]?.text === "--" ? at + 1 : at];
  return { code: code.length + files.length > 0 || program === undefined ? code : [program], files };
}

function optionOf(text: string): readonly [string, string | undefined] {
  const long = /^(--[\w-]+)=(.*)$/s.exec(text);
  if (long !== null) return [long[1] ?? "", long[2]];
  return text.startsWith("--") || text.length === 2 ? [text, undefined] : [text.slice(0, 2), text.slice(2)];
}

/** A bar that starts a program, or a call of one. */
const leaves = /\bsystem\s*\(|@\s*\w+\s*\(|(?<!\|)(?:\|\|)*\|(?!\|)/;

function codeLeaves(text: string, budget: ReadBudget): boolean {
  if (text.length > longest || !budget.take(text.length)) return true;
  const reader = new AwkReader(text);
  return leaves.test(reader.read()) || (reader.isUnclear && leaves.test(text));
}

/** Words behind which no operand has ended, so that a slash begins a pattern. */
const beforeOperand: ReadonlySet<string> = new Set("print printf else do return in case exit delete".split(" "));
const beforeCondition: ReadonlySet<string> = new Set("if while for switch".split(" "));

/** What stands before a slash: an operand, which it divides; what a pattern surely begins behind; an operator or a word, or something of either kind. */
type Before = "operand" | "start" | "operator" | "either";
const starts = "({[,!~&|;?:=}\n";

/** Code of awk without its texts, patterns and comments, in which a bar is none that starts a program. */
class AwkReader {
  readonly #code: string;
  readonly #kept: string[] = [];
  /** Of each open parenthesis: what its closing one is. */
  readonly #open: Before[] = [];
  #at = 0;
  #before: Before = "start";
  #word = "";
  #isUnclear = false;

  constructor(code: string) {
    this.#code = code;
  }

  /** It can be read in another way too, or is none that awk takes. */
  get isUnclear(): boolean {
    return this.#isUnclear;
  }

  read(): string {
    while (this.#at < this.#code.length) this.#step(this.#code.charAt(this.#at));
    return this.#kept.join("");
  }

  #step(char: string): void {
    if (char === '"') this.#text();
    else if (char === "#") this.#comment();
    else if (char === "/" && this.#before !== "operand") this.#pattern();
    else if (char === "\\") this.#keep(" ", 2);
    else if (/\w/.test(char)) this.#name();
    else if (char === "(") this.#opening();
    else if (char === ")") this.#set(this.#open.pop() ?? "operand", char);
    else if (char === " " || char === "\t" || char === "\r") this.#keep(char, 1);
    else if (char === "+" || char === "-") this.#signs(char);
    else this.#set(char === "]" || char === "$" ? "operand" : starts.includes(char) ? "start" : "operator", char);
  }

  #keep(text: string, length: number): void {
    this.#kept.push(text);
    this.#at += length;
  }

  #set(before: Before, text: string, length = text.length): void {
    this.#before = before;
    this.#word = "";
    this.#keep(text, length);
  }

  #name(): void {
    const name = /\w+/y;
    name.lastIndex = this.#at;
    const word = name.exec(this.#code)?.[0] ?? "";
    this.#set(
      word === "getline" || word === "length" ? "either" : beforeOperand.has(word) ? "operator" : "operand",
      word,
    );
    this.#word = word;
  }

  #opening(): void {
    this.#open.push(beforeCondition.has(this.#word) ? "operator" : "operand");
    this.#set("start", "(");
  }

  /** Two of them belong to an operand. */
  #signs(char: string): void {
    const twice = this.#code.charAt(this.#at + 1) === char;
    this.#set(twice ? this.#before : "operator", twice ? char + char : char);
  }

  #text(): void {
    const end = this.#endOf('"');
    if (end === -1) this.#isUnclear = true;
    this.#set("operand", '""', (end === -1 ? this.#code.length : end + 1) - this.#at);
  }

  #comment(): void {
    const end = this.#code.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#code.length : end;
  }

  /** Where awk could take quotes, a number sign or a bracket for others, the code is looked at as it is written too. */
  #pattern(): void {
    const end = this.#endOf("/");
    const inside = this.#code.slice(this.#at + 1, end === -1 ? this.#code.length : end);
    const endsInBracket = inside.lastIndexOf("[") > inside.lastIndexOf("]");
    if (end === -1 || endsInBracket || this.#before === "either" || (this.#before !== "start" && /["#]/.test(inside)))
      this.#isUnclear = true;
    this.#set("operand", '""', inside.length + 2);
  }

  /** Place of the next one that no backslash stands before, in this line; -1 when there is none. */
  #endOf(char: string): number {
    for (let at = this.#at + 1; at < this.#code.length; at++) {
      const one = this.#code.charAt(at);
      if (one === "\\") at += 1;
      else if (one === char) return at;
      else if (one === "\n") return -1;
    }
    return -1;
  }
}
