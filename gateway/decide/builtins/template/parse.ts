import { PipelineReader, tokenize, unquote } from "./pipeline.ts";
import type { Node, Nodes, Piece, Pipe } from "./syntax.ts";
import { failed, splitTemplate, trimSpaces } from "./syntax.ts";

export interface Template {
  readonly body: Nodes;
  readonly named: ReadonlyMap<string, Nodes>;
}

/** @throws BuiltinError */
export function parseTemplate(source: string): Template {
  return new TreeReader(splitTemplate(source)).run();
}

interface Body {
  readonly nodes: Nodes;
  /** The action that ended it: "end", "else", "else if …", or empty at the end of the template. */
  readonly closing: string;
}

class TreeReader {
  readonly #pieces: readonly Piece[];
  readonly #named = new Map<string, Nodes>();
  #at = 0;
  #loops = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  run(): Template {
    const { nodes, closing } = this.#body();
    if (closing !== "") throw failed(`unexpected {{${closing}}}`);
    return { body: nodes, named: this.#named };
  }

  #body(): Body {
    const nodes: Node[] = [];
    for (;;) {
      const piece = this.#pieces[this.#at];
      this.#at += 1;
      if (piece === undefined) throw failed("unexpected EOF");
      if (piece.text !== "") nodes.push({ kind: "text", text: piece.text });
      if (piece.action === undefined) return { nodes, closing: "" };
      const action = trimSpaces(piece.action);
      if (action === "") continue;
      if (/^(?:end|else)(?!\w)/.test(action)) return { nodes, closing: action };
      const node = this.#action(action);
      if (node !== undefined) nodes.push(node);
    }
  }

  #action(action: string): Node | undefined {
    const [, word = "", rest = ""] = /^([a-z]*)\b([\s\S]*)$/.exec(action) ?? [];
    switch (word) {
      case "if":
      case "with":
      case "range":
        return this.#branch(word, rest);
      case "define":
        this.#define(rest);
        return undefined;
      case "block": {
        const { name, pipe } = named(rest);
        this.#named.set(name, this.#untilEnd());
        return { kind: "template", name, pipe };
      }
      case "template":
        return { kind: "template", ...named(rest) };
      case "break":
      case "continue":
        if (trimSpaces(rest) !== "" || this.#loops === 0) throw failed(`unexpected {{${action}}}`);
        return { kind: word };
      default:
        return { kind: "action", pipe: readPipe(action) };
    }
  }

  #branch(kind: "if" | "with" | "range", rest: string): Node {
    const pipe = readPipe(rest);
    if (kind === "range") this.#loops += 1;
    const { nodes: body, closing } = this.#body();
    if (kind === "range") this.#loops -= 1;
    return { kind, pipe, body, otherwise: this.#otherwise(kind, closing) };
  }

  #otherwise(kind: "if" | "with" | "range", closing: string): Nodes {
    if (closing === "end") return [];
    if (closing === "else") return this.#untilEnd();
    const [, word, rest = ""] = /^else[ \t\r\n]+(if|with)\b([\s\S]*)$/.exec(closing) ?? [];
    if (word !== kind || (word !== "if" && word !== "with")) throw failed(`unexpected {{${closing}}}`);
    return [this.#branch(word, rest)];
  }

  #untilEnd(): Nodes {
    const { nodes, closing } = this.#body();
    if (closing !== "end") throw failed(closing === "" ? "unexpected EOF" : `expected end; found {{${closing}}}`);
    return nodes;
  }

  #define(rest: string): void {
    const { name, pipe } = named(rest);
    if (pipe !== undefined) throw failed("unexpected text in define clause");
    this.#named.set(name, this.#untilEnd());
  }
}

function readPipe(text: string): Pipe {
  const reader = new PipelineReader(tokenize(text));
  const pipe = reader.pipe();
  if (!reader.done) throw failed(`unexpected ${JSON.stringify(reader.peek()?.text)} in command`);
  return pipe;
}

/** A quoted name, and what is handed to the template. */
function named(text: string): { name: string; pipe: Pipe | undefined } {
  const match = /^[ \t\r\n]*("(?:[^"\\\n]|\\.)*"|`[^`]*`)([\s\S]*)$/.exec(text);
  if (match === null) throw failed("missing template name");
  const rest = match[2] ?? "";
  return { name: unquote(match[1] as string), pipe: trimSpaces(rest) === "" ? undefined : readPipe(rest) };
}
