import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import { BuiltinError } from "../types.ts";
import type { Body, Comment, Expr, Head, Import, Operand, Rule, Term, Terms } from "./syntax.ts";

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A module as OPA writes it in JSON, without places but those of comments. */

/** Leaves out what is undefined. */
function node(members: Readonly<Record<string, Value | undefined>>): RegoObject {
  const object = new RegoObject();
  for (const [name, value] of Object.entries(members)) if (value !== undefined) object.set(name, value);
  return object;
}

/** @throws BuiltinError for a number that JSON does not know, like .5 */
export function termValue(term: Term): Value {
  return node({ type: term.type, value: contentOf(term) });
}

function contentOf(term: Term): Value {
  switch (term.type) {
    case "null":
      return new RegoObject();
    case "number":
      if (!JSON_NUMBER.test(term.value)) throw new BuiltinError(`invalid number literal ${term.value}`);
      return makeNumber(term.value);
    case "ref":
    case "array":
    case "set":
    case "call":
      return term.value.map(termValue);
    case "object":
      return term.value.map(([key, value]) => [termValue(key), termValue(value)]);
    case "objectcomprehension":
      return node({ key: termValue(term.key), value: termValue(term.value), body: bodyValue(term.body) });
    case "arraycomprehension":
    case "setcomprehension":
      return node({ term: termValue(term.term), body: bodyValue(term.body) });
    case "templatestring": {
      const parts = term.parts.map((part) => ("terms" in part ? exprValue(part) : termValue(part)));
      return node({ parts: parts.length === 0 ? null : parts, multi_line: term.multiLine });
    }
    default:
      return term.value;
  }
}

function bodyValue(body: Body): Value {
  return body.map(exprValue);
}

function flag(set: boolean): true | undefined {
  return set ? true : undefined;
}

function exprValue(expr: Expr): Value {
  const withs = expr.with.map(({ target, value }) => node({ target: termValue(target), value: termValue(value) }));
  return node({
    index: expr.index,
    terms: termsValue(expr.terms),
    generated: flag(expr.generated),
    negated: flag(expr.negated),
    with: withs.length === 0 ? undefined : withs,
  });
}

function termsValue(terms: Terms): Value {
  switch (terms.kind) {
    case "term":
      return termValue(terms.term);
    case "call":
      return terms.terms.map(termValue);
    case "some":
      return node({ symbols: terms.symbols.map(termValue) });
    case "every":
      return node({
        key: terms.key === undefined ? null : termValue(terms.key),
        value: termValue(terms.value),
        domain: termValue(terms.domain),
        body: bodyValue(terms.body),
      });
    case "not":
      return node({ type: "not", body: bodyValue(terms.body), explicit_body: terms.explicit });
    default:
      return logicalValue(terms.kind, terms.left, terms.right);
  }
}

function logicalValue(type: string, left: Operand, right: Operand): Value {
  return node({
    type,
    lhs: bodyValue(left.body),
    rhs: bodyValue(right.body),
    explicit_lhs: flag(left.explicit),
    explicit_rhs: flag(right.explicit),
  });
}

function headValue(head: Head): Value {
  return node({
    name: head.name === "" ? undefined : head.name,
    ref: head.ref.map(termValue),
    args: head.args.length === 0 ? undefined : head.args.map(termValue),
    key: head.key && termValue(head.key),
    value: head.value && termValue(head.value),
    assign: flag(head.assign),
  });
}

function ruleValue(rule: Rule): Value {
  return node({
    head: headValue(rule.head),
    body: bodyValue(rule.body),
    default: flag(rule.default),
    else: rule.otherwise && ruleValue(rule.otherwise),
  });
}

function importValue({ path, alias }: Import): Value {
  return node({ path: termValue(path), alias: alias === "" ? undefined : alias });
}

function commentValue(file: string, comment: Comment): Value {
  const location = node({ file, row: comment.row, col: comment.column });
  return node({ Location: location, Text: commentText(comment) });
}

/** In base64. A lone carriage return is no text at all; at the end of a module OPA cuts into its last character. */
function commentText({ text, last }: Comment): Value {
  let bytes = Buffer.from(text.slice(1), "utf8");
  const end = text.codePointAt(text.length - 1) ?? 0;
  if (last && end > 0x7f) bytes = bytes.subarray(0, bytes.length + 1 - lastWidth(text));
  if (bytes.length === 1 && bytes[0] === 13) return null;
  while (bytes.length > 1 && bytes.at(-1) === 13) bytes = bytes.subarray(0, -1);
  return bytes.toString("base64");
}

function lastWidth(text: string): number {
  return Buffer.byteLength(Array.from(text).at(-1) ?? "");
}

export interface Module {
  readonly path: readonly Term[];
  readonly imports: readonly Import[];
  readonly rules: readonly Rule[];
  readonly comments: readonly Comment[];
}

export function moduleValue(file: string, { path, imports, rules, comments }: Module): Value {
  const some = (list: readonly Value[]): Value | undefined => (list.length === 0 ? undefined : list);
  return node({
    package: node({ path: path.map(termValue) }),
    imports: some(imports.map(importValue)),
    rules: some(rules.map(ruleValue)),
    comments: some(comments.map((comment) => commentValue(file, comment))),
  });
}
