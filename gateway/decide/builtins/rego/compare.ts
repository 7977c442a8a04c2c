import { compareNumbers, compareStrings, makeNumber } from "../../value.ts";
import { BuiltinError } from "../types.ts";
import { termValue } from "./tree.ts";
import { dumpValue } from "../../value.ts";
import type { Body, Expr, Term, Terms } from "./syntax.ts";

/** OPA's order of terms, which is the order of a set's members and an object's keys in its tree. */

const RANKS: Readonly<Record<Term["type"], number>> = {
  null: 0,
  boolean: 1,
  number: 2,
  string: 3,
  templatestring: 4,
  var: 5,
  ref: 6,
  array: 7,
  object: 8,
  set: 9,
  arraycomprehension: 10,
  objectcomprehension: 11,
  setcomprehension: 12,
  call: 13,
};

const KINDS: readonly Terms["kind"][] = ["some", "term", "call", "every", "not", "and", "or"];

type Compare<T> = (left: T, right: T) => number;

/** The first difference, or else that of the lengths. */
function compareLists<T>(left: readonly T[], right: readonly T[], compare: Compare<T>): number {
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const order = compare(left[i] as T, right[i] as T);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

export function compareTerms(left: Term, right: Term): number {
  if (left === right) return 0;
  if (left.type !== right.type) return RANKS[left.type] - RANKS[right.type];
  switch (left.type) {
    case "null":
      return 0;
    case "boolean":
      return Number(left.value) - Number((right as typeof left).value);
    case "number":
      return compareNumbers(makeNumber(left.value), makeNumber((right as typeof left).value));
    case "string":
    case "var":
      return compareStrings(left.value, (right as typeof left).value);
    case "ref":
    case "array":
    case "set":
    case "call":
      return compareLists(left.value, (right as typeof left).value, compareTerms);
    case "object":
      return compareLists(left.value.flat(), (right as typeof left).value.flat(), compareTerms);
    case "templatestring": {
      const other = right as typeof left;
      if (left.multiLine !== other.multiLine) return left.multiLine ? 1 : -1;
      return left.parts.length - other.parts.length || compareLists(left.parts, other.parts, compareParts);
    }
    default:
      return compareComprehensions(left, right as typeof left);
  }
}

type AnyComprehension = Extract<Term, { readonly body: Body }>;

function compareComprehensions(left: AnyComprehension, right: AnyComprehension): number {
  const heads = compareLists(headsOf(left), headsOf(right), compareTerms);
  return heads !== 0 ? heads : compareBodies(left.body, right.body);
}

function headsOf(term: AnyComprehension): readonly Term[] {
  return term.type === "objectcomprehension" ? [term.key, term.value] : [term.term];
}

/** Of a template string: a term comes before an expression. */
function compareParts(left: Term | Expr, right: Term | Expr): number {
  if ("terms" in left) return "terms" in right ? compareExprs(left, right) : 1;
  return "terms" in right ? -1 : compareTerms(left, right);
}

function compareBodies(left: Body, right: Body): number {
  return compareLists(left, right, compareExprs);
}

function compareExprs(left: Expr, right: Expr): number {
  if (left === right) return 0;
  const before =
    KINDS.indexOf(left.terms.kind) - KINDS.indexOf(right.terms.kind) ||
    left.index - right.index ||
    Number(left.negated) - Number(right.negated) ||
    compareContents(left.terms, right.terms);
  if (before !== 0) return before;
  return compareLists(
    left.with.flatMap(({ target, value }) => [target, value]),
    right.with.flatMap(({ target, value }) => [target, value]),
    compareTerms,
  );
}

function compareContents(left: Terms, right: Terms): number {
  switch (left.kind) {
    case "term":
      return compareTerms(left.term, (right as typeof left).term);
    case "call":
      return compareLists(left.terms, (right as typeof left).terms, compareTerms);
    case "some":
      return compareLists(left.symbols, (right as typeof left).symbols, compareTerms);
    case "not":
      return compareBodies(left.body, (right as typeof left).body);
    case "every": {
      const other = right as typeof left;
      // OPA cannot compare them either.
      if ((left.key === undefined) !== (other.key === undefined)) throw new BuiltinError("cannot compare");
      const keys = left.key === undefined || other.key === undefined ? 0 : compareTerms(left.key, other.key);
      const rest = [left.value, left.domain];
      return keys || compareLists(rest, [other.value, other.domain], compareTerms) || compareBodies(left.body, other.body);
    }
    default: {
      const other = right as typeof left;
      return compareBodies(left.left.body, other.left.body) || compareBodies(left.right.body, other.right.body);
    }
  }
}

/** The members in order, each once. */
export function setOf(terms: readonly Term[]): Term {
  const sorted = terms.map((term): [Term, undefined] => [term, undefined]);
  return { type: "set", value: unique(sorted).map(([term]) => term) };
}

/** The pairs in the order of their keys; of pairs with the same key the last one's value counts. */
export function objectOf(pairs: readonly (readonly [Term, Term])[]): Term {
  return { type: "object", value: unique(pairs) };
}

/**
 * @throws BuiltinError for equal keys that are not spelled alike, like 1 and 1.0: whether OPA takes them for one depends
 *   on its hashes
 */
function unique<V>(pairs: readonly (readonly [Term, V])[]): (readonly [Term, V])[] {
  const result: (readonly [Term, V])[] = [];
  for (const pair of [...pairs].sort(([left], [right]) => compareTerms(left, right))) {
    const last = result.at(-1);
    if (last === undefined || compareTerms(last[0], pair[0]) !== 0) result.push(pair);
    else if (spelling(last[0]) !== spelling(pair[0])) throw new BuiltinError("the same key in two spellings");
    else result[result.length - 1] = [last[0], pair[1]];
  }
  return result;
}

function spelling(term: Term): string {
  return dumpValue(termValue(term));
}
