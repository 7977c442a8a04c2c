import { BuiltinError } from "../types.ts";

/** The tree of a Go text/template (https://pkg.go.dev/text/template). */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe }
  | { readonly kind: "if" | "with"; readonly pipe: Pipe; readonly body: Nodes; readonly otherwise: Nodes }
  | { readonly kind: "range"; readonly pipe: Pipe; readonly body: Nodes; readonly otherwise: Nodes }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: "break" | "continue" };
export type Nodes = readonly Node[];

export interface Pipe {
  readonly variables: readonly string[];
  /** `=` sets a variable that exists, `:=` makes one. */
  readonly assigns: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

export type Operand =
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | { readonly kind: "literal"; readonly value: string | boolean | Int | number }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "pipe"; readonly pipe: Pipe }
  | { readonly kind: "field"; readonly of: Operand; readonly names: readonly string[] };

/** An integer constant or count, to tell it from a float. */
export class Int {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

export function failed(what: string): BuiltinError {
  return new BuiltinError(`template: ${what}`);
}

export interface Piece {
  readonly text: string;
  /** What stands between the braces; undefined for the text after the last. */
  readonly action: string | undefined;
}

/** Splits text from actions, takes comments out and trims as `{{-` and `-}}` ask. */
export function splitTemplate(source: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimLeft = false;
  for (;;) {
    const open = source.indexOf("{{", at);
    const raw = source.slice(at, open < 0 ? undefined : open);
    const left = trimLeft ? raw.replace(/^[ \t\r\n]+/, "") : raw;
    if (open < 0) {
      pieces.push({ text: left, action: undefined });
      return pieces;
    }
    const dash = /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    const text = dash ? left.replace(/[ \t\r\n]+$/, "") : left;
    const start = open + (dash ? 3 : 2);
    const end = actionEnd(source, start);
    const body = source.slice(start, end);
    trimLeft = /[ \t\r\n]-$/.test(body);
    const action = trimLeft ? body.slice(0, -1) : body;
    pieces.push({ text, action: isComment(action, dash, trimLeft) ? "" : checked(action) });
    at = end + 2;
  }
}

/** Go's templates know no other spaces than these. */
export function trimSpaces(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/** A comment is all of its action: no space before or behind it but that of a dash. */
function isComment(action: string, dash: boolean, trimsRight: boolean): boolean {
  const start = dash ? 1 : 0;
  if (!action.startsWith("/*", start)) return false;
  if (action.indexOf("*/", start + 2) + 2 === action.length - (trimsRight ? 1 : 0)) return true;
  throw failed("comment ends before closing delimiter");
}

function checked(action: string): string {
  if (trimSpaces(action) === "") throw failed("missing value for command");
  return action;
}

/** Braces inside quotes end nothing. */
function actionEnd(source: string, start: number): number {
  const token = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\/\*[\s\S]*?\*\/|\}\}|[\s\S]/gy;
  token.lastIndex = start;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    if (match[0] === "}}") return match.index;
  }
  throw failed("unclosed action");
}
