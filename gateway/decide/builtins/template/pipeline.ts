import type { Operand, Pipe } from "./syntax.ts";
import { Int, failed } from "./syntax.ts";
import { FUNCTIONS } from "./values.ts";

const TOKEN = new RegExp(
  [
    "(?<space>[ \\t\\r\\n]+)",
    '(?<text>"(?:[^"\\\\\\n]|\\\\.)*")',
    "(?<raw>`[^`]*`)",
    "(?<char>'(?:[^'\\\\\\n]|\\\\.)*')",
    "(?<number>[+-]?(?:0[xX][\\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\\d[\\d_]*\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?))",
    "(?<field>\\.[\\p{L}_][\\p{L}\\p{Nd}_]*)",
    "(?<variable>\\$[\\p{L}\\p{Nd}_]*)",
    "(?<word>[\\p{L}_][\\p{L}\\p{Nd}_]*)",
    "(?<mark>:=|[.|(),=])",
  ].join("|"),
  "yu",
);

interface Token {
  readonly type: string;
  readonly text: string;
  /** Directly behind the token before, without a space. */
  readonly joined: boolean;
}

/** @throws BuiltinError */
export function tokenize(action: string): Token[] {
  const tokens: Token[] = [];
  let joined = false;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < action.length) {
    const match = TOKEN.exec(action);
    if (match === null) throw failed(`unexpected text in action: ${action}`);
    const [type = "", text = ""] = Object.entries(match.groups ?? {}).find(([, part]) => part !== undefined) ?? [];
    if (type !== "space") tokens.push({ type, text, joined });
    joined = type !== "space";
  }
  return tokens;
}

export class PipelineReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  take(text: string): boolean {
    const found = this.peek()?.text === text;
    if (found) this.#at += 1;
    return found;
  }

  /** A whole pipeline, to the end or to a closing bracket. */
  pipe(): Pipe {
    const { variables, assigns } = this.#declarations();
    const commands: (readonly Operand[])[] = [];
    do commands.push(this.#command());
    while (this.take("|"));
    return { variables, assigns, commands };
  }

  /** `$x :=`, `$x =`, `$i, $x :=`. */
  #declarations(): { variables: readonly string[]; assigns: boolean } {
    const texts = this.#tokens.slice(this.#at, this.#at + 4).map(({ text }) => text);
    const isVariable = (text: string | undefined): text is string => text?.startsWith("$") === true && text !== "$";
    const [first, second, third, fourth] = texts;
    if (isVariable(first) && (second === ":=" || second === "=")) {
      this.#at += 2;
      return { variables: [first], assigns: second === "=" };
    }
    if (isVariable(first) && second === "," && isVariable(third) && (fourth === ":=" || fourth === "=")) {
      this.#at += 4;
      return { variables: [first, third], assigns: fourth === "=" };
    }
    return { variables: [], assigns: false };
  }

  #command(): readonly Operand[] {
    const operands: Operand[] = [];
    for (
      let token = this.peek();
      token !== undefined && token.text !== "|" && token.text !== ")";
      token = this.peek()
    ) {
      operands.push(this.#operand());
    }
    if (operands.length === 0) throw failed("missing value for command");
    return operands;
  }

  #operand(): Operand {
    const base = this.#term();
    const names: string[] = [];
    for (let token = this.peek(); token?.type === "field" && token.joined; token = this.peek()) {
      names.push(token.text.slice(1));
      this.#at += 1;
    }
    return names.length === 0 ? base : { kind: "field", of: base, names };
  }

  #term(): Operand {
    const token = this.peek() as Token;
    this.#at += 1;
    switch (token.type) {
      case "text":
      case "raw":
        return { kind: "literal", value: unquote(token.text) };
      case "char":
        return { kind: "literal", value: new Int(BigInt(unquote(token.text).codePointAt(0) ?? 0)) };
      case "number":
        return { kind: "literal", value: numberLiteral(token.text) };
      case "field":
        return { kind: "field", of: { kind: "dot" }, names: [token.text.slice(1)] };
      case "variable":
        return { kind: "variable", name: token.text };
      case "word":
        return wordOperand(token.text);
      default:
        return this.#mark(token);
    }
  }

  #mark(token: Token): Operand {
    if (token.text === ".") return { kind: "dot" };
    if (token.text !== "(") throw failed(`unexpected ${JSON.stringify(token.text)} in operand`);
    const pipe = this.pipe();
    if (!this.take(")")) throw failed("unclosed left paren");
    return { kind: "pipe", pipe };
  }
}

/** Functions that the renderer calls itself. */
const CONTROLLED: ReadonlySet<string> = new Set(["and", "or", "printf", "call"]);

function wordOperand(word: string): Operand {
  if (word === "nil") return { kind: "nil" };
  if (word === "true" || word === "false") return { kind: "literal", value: word === "true" };
  if (!Object.hasOwn(FUNCTIONS, word) && !CONTROLLED.has(word))
    throw failed(`function ${JSON.stringify(word)} not defined`);
  return { kind: "function", name: word };
}

function numberLiteral(text: string): Int | number {
  const plain = text.replaceAll("_", "");
  if (/^[+-]?\d+$|^[+-]?0[xXbBoO]/.test(plain)) {
    const [, sign = "", digits = ""] = /^([+-]?)(.*)$/.exec(plain) ?? [];
    const octal = /^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
    return new Int(BigInt(octal) * (sign === "-" ? -1n : 1n));
  }
  return Number(plain);
}

const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** Of a quoted or a raw string; Go takes carriage returns out of a raw one. */
export function unquote(text: string): string {
  if (text.startsWith("`")) return text.slice(1, -1).replaceAll("\r", "");
  return text
    .slice(1, -1)
    .replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/g, (_, code: string) => {
      if (/^[xuU]./.test(code)) return String.fromCodePoint(parseInt(code.slice(1), 16));
      if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(parseInt(code, 8));
      return ESCAPES[code] ?? code;
    });
}
