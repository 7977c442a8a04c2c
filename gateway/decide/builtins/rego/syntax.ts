/** The tree of a module, in OPA's terms. A wildcard is a variable named `$` and a number. */

export type Term = Scalar | Variable | List | Pairs | Comprehension | ObjectComprehension | TemplateString;

export type Scalar =
  | { readonly type: "null"; readonly value: null }
  | { readonly type: "boolean"; readonly value: boolean }
  /** `value` is the literal's text. */
  | { readonly type: "number" | "string"; readonly value: string };

export interface Variable {
  readonly type: "var";
  readonly value: string;
}

export interface List {
  readonly type: "ref" | "array" | "set" | "call";
  readonly value: readonly Term[];
  /** Of an operator: as it was written. */
  readonly symbol?: string;
}

export interface Pairs {
  readonly type: "object";
  readonly value: readonly (readonly [Term, Term])[];
}

export interface Comprehension {
  readonly type: "arraycomprehension" | "setcomprehension";
  readonly term: Term;
  readonly body: Body;
}

export interface ObjectComprehension {
  readonly type: "objectcomprehension";
  readonly key: Term;
  readonly value: Term;
  readonly body: Body;
}

export interface TemplateString {
  readonly type: "templatestring";
  readonly parts: readonly (Term | Expr)[];
  readonly multiLine: boolean;
}

export type Terms =
  | { readonly kind: "term"; readonly term: Term }
  | { readonly kind: "call"; readonly terms: readonly Term[] }
  | { readonly kind: "some"; readonly symbols: readonly Term[] }
  | Every
  | Not
  | Logical;

export interface Every {
  readonly kind: "every";
  readonly key: Term | undefined;
  readonly value: Term;
  readonly domain: Term;
  readonly body: Body;
}

export interface Not {
  readonly kind: "not";
  readonly body: Body;
  readonly explicit: boolean;
}

export interface Logical {
  readonly kind: "and" | "or";
  readonly left: Operand;
  readonly right: Operand;
}

/** An operand of `and` and `or`; explicit if it was written in braces. */
export interface Operand {
  readonly body: Body;
  readonly explicit: boolean;
}

export interface With {
  readonly target: Term;
  readonly value: Term;
}

export interface Expr {
  readonly terms: Terms;
  index: number;
  negated: boolean;
  generated: boolean;
  with: readonly With[];
  /** Whether its text starts with a parenthesis. */
  parenthesized: boolean;
}

export type Body = readonly Expr[];

export interface Head {
  name: string;
  ref: readonly Term[];
  args: readonly Term[];
  key: Term | undefined;
  value: Term | undefined;
  assign: boolean;
  hasIf: boolean;
  hasContains: boolean;
  generatedValue: boolean;
}

export interface Rule {
  readonly head: Head;
  readonly body: Body;
  readonly default: boolean;
  readonly otherwise: Rule | undefined;
  readonly generatedBody: boolean;
}

export interface Import {
  readonly path: List;
  readonly alias: string;
}

export interface Comment {
  readonly text: string;
  /** Whether the text ends the module, with no end of line behind it. */
  readonly last: boolean;
  readonly row: number;
  readonly column: number;
}

export function makeExpr(terms: Terms): Expr {
  return { terms, index: 0, negated: false, generated: false, with: [], parenthesized: false };
}

/** A body of these; their places are counted anew. */
export function makeBody(...exprs: readonly Expr[]): Body {
  exprs.forEach((expr, index) => (expr.index = index));
  return exprs;
}

export function variable(name: string): Variable {
  return { type: "var", value: name };
}

export function text(value: string): Term {
  return { type: "string", value };
}

export function ref(...value: readonly Term[]): List {
  return { type: "ref", value };
}

export function call(...value: readonly Term[]): List {
  return { type: "call", value };
}

export const TRUE: Term = { type: "boolean", value: true };

export function trueBody(): Body {
  return makeBody({ ...makeExpr({ kind: "term", term: TRUE }), generated: true });
}

/** `internal.member_2` and the like; undefined for a reference that is no path of names. */
export function dotted(term: Term | undefined): string | undefined {
  if (term?.type !== "ref") return undefined;
  const names = term.value.map((part, index) => {
    const fits = index === 0 ? part.type === "var" : part.type === "string";
    return fits && /^[a-zA-Z_]\w*$/.test(String((part as Variable).value)) ? (part as Variable).value : undefined;
  });
  return names.includes(undefined) ? undefined : names.join(".");
}
