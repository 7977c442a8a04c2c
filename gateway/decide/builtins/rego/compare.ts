import { compareNumbers, compareStrings, dumpValue, makeNumber } from "../../value.ts";
import { BuiltinError } from "../types.ts";
import { termValue } from "./tree.ts";
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

/** Characters of a number. */
const LONG = 1_000;

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
      return compareLiterals(left.value, (right as typeof left).value);
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

/** @throws BuiltinError where telling them apart would cost more than reading them did */
function compareLiterals(left: string, right: string): number {
  if (left === right) return 0;
  if (left.length > LONG || right.length > LONG || /[eE][+-]?0*[1-9]\d{3}/.test(`${left} ${right}`)) {
    throw new BuiltinError("numbers too long to compare");
  }
  return compareNumbers(makeNumber(left), makeNumber(right));
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

/** Go's sort keeps the order of equal keys up to this many. */
const STABLE = 12;

/**
 * The members in order, each once in its first spelling.
 * @throws BuiltinError where OPA's hashes decide whether two are one
 */
export function setOf(terms: readonly Term[]): Term {
  const value: Term[] = [];
  for (const term of [...terms].sort(compareTerms)) {
    const last = value.at(-1);
    if (last === undefined || compareTerms(last, term) !== 0) value.push(term);
    else if (!hashesAlike(spelling(last), spelling(term))) throw new BuiltinError("one member in two spellings");
  }
  return { type: "set", value };
}

/** Equal numbers have equal hashes if a double can hold them; of what stands in bodies that is not known. */
function hashesAlike(left: string, right: string): boolean {
  if (left === right) return true;
  const numbers = (left + right).match(/\d[\d.]*(?:[eE][+-]?\d+)?/g) ?? [];
  return !left.includes('"index"') && numbers.every((number) => Number.isFinite(Number(number)));
}

/**
 * The pairs in the order of their keys, also those with the same key.
 * @throws BuiltinError where it is for Go's sort to say which of these comes first
 */
export function objectOf(pairs: readonly (readonly [Term, Term])[]): Term {
  const value = [...pairs].sort(([left], [right]) => compareTerms(left, right));
  const isTie = value.some((pair, index) => {
    const before = value[index - 1];
    return before !== undefined && compareTerms(before[0], pair[0]) === 0;
  });
  if (isTie && pairs.length > STABLE) throw new BuiltinError("the same key in a large object");
  return { type: "object", value };
}

function spelling(term: Term): string {
  return dumpValue(termValue(term));
}
