import { BUILTIN_NAMES } from "./names.ts";
import { makeHead, makeRule } from "./rules.ts";
import type { Body, Head, Rule, Term } from "./syntax.ts";
import { TRUE, dotted, trueBody } from "./syntax.ts";

/** A rule that is written like an expression, `pi := 3` or `f(x) = y`; undefined if the body is none. */
export function ruleFromBody(body: Body): Rule | undefined {
  const [expr] = body;
  if (body.length !== 1 || expr === undefined || expr.with.length > 0 || expr.negated) return undefined;
  const { terms } = expr;
  const head = terms.kind === "term" ? headOfTerm(terms.term) : terms.kind === "call" ? headOfCall(terms.terms) : undefined;
  return head && makeRule(head, trueBody(), { generatedBody: true });
}

/** The path of a rule's name. */
function pathOf(term: Term | undefined): readonly Term[] | undefined {
  return term?.type === "ref" && term.value[0]?.type === "var" ? term.value : undefined;
}

function headOfTerm(term: Term): Head | undefined {
  const path = pathOf(term);
  if (path === undefined || path.length === 1) return undefined;
  const [name, key] = path;
  if (path.length === 2) return { ...makeHead([name as Term]), key };
  return { ...makeHead(path), value: TRUE, generatedValue: true };
}

function headOfCall(terms: readonly Term[]): Head | undefined {
  const [operator, left, right] = terms;
  const name = dotted(operator);
  if (name === "eq" || name === "assign") {
    if (left === undefined || right === undefined) return undefined;
    const head = headOfFunction(left, right) ?? headOfElement(left, right) ?? headOfDocument(left, right);
    return head && { ...head, assign: name === "assign" };
  }
  const path = pathOf(operator);
  if ((name !== undefined && BUILTIN_NAMES.has(name)) || path === undefined || terms.length <= 1) return undefined;
  return { ...makeHead(path, terms.slice(1)), value: TRUE };
}

function headOfFunction(left: Term, value: Term): Head | undefined {
  if (left.type !== "call") return undefined;
  const [operator, ...args] = left.value;
  const path = pathOf(operator);
  return path && { ...makeHead(path, args), value };
}

function headOfElement(left: Term, value: Term): Head | undefined {
  const path = pathOf(left);
  if (path === undefined) return undefined;
  const head = { ...makeHead(path), value };
  const [name, key] = path;
  return path.length === 2 && name?.type === "var" ? { ...head, name: name.value, key } : head;
}

function headOfDocument(left: Term, value: Term): Head | undefined {
  return left.type === "var" ? { ...makeHead([left]), value } : undefined;
}
