import type { Body, Expr, Term } from "./syntax.ts";

/** Whether it holds no variable; the start of a reference does not count. */
export function isGround(term: Term): boolean {
  switch (term.type) {
    case "var":
    case "templatestring":
      return false;
    case "ref":
      return term.value.slice(1).every(isGround);
    case "array":
    case "set":
    case "call":
      return term.value.every(isGround);
    case "object":
      return term.value.every(([key, value]) => isGround(key) && isGround(value));
    case "arraycomprehension":
    case "setcomprehension":
      return isGround(term.term) && isGroundBody(term.body);
    case "objectcomprehension":
      return isGround(term.key) && isGround(term.value) && isGroundBody(term.body);
    default:
      return true;
  }
}

function isGroundBody(body: Body): boolean {
  return body.every(({ terms }) => {
    switch (terms.kind) {
      case "term":
        return isGround(terms.term);
      case "call":
        return terms.terms.slice(1).every(isGround);
      case "not":
        return isGroundBody(terms.body);
      case "some":
      case "every":
        return false;
      default:
        return isGroundBody(terms.left.body) && isGroundBody(terms.right.body);
    }
  });
}

/** Whether it may be a default value: no variable, reference or call but inside comprehensions. */
export function isFreeOfVariables(term: Term): boolean {
  switch (term.type) {
    case "var":
    case "ref":
    case "call":
      return false;
    case "array":
    case "set":
      return term.value.every(isFreeOfVariables);
    case "object":
      return term.value.every(([key, value]) => isFreeOfVariables(key) && isFreeOfVariables(value));
    case "templatestring":
      return term.parts.every((part) => ("terms" in part ? isFreeExpr(part) : isFreeOfVariables(part)));
    default:
      return true;
  }
}

/** A call has a reference to its operator; what else stands in a template is made of terms. */
function isFreeExpr({ terms, with: modifiers }: Expr): boolean {
  return modifiers.length === 0 && terms.kind === "term" && isFreeOfVariables(terms.term);
}
