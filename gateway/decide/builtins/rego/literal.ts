import { LogicalReader, isAmbiguous } from "./logical.ts";
import type { Body, Expr, List, Term, With } from "./syntax.ts";
import { dotted, makeBody, makeExpr } from "./syntax.ts";

const MEMBER = "internal.member_2";
const MEMBER_WITH_KEY = "internal.member_3";

/** Reads what a body is made of. */
export class LiteralReader extends LogicalReader {
  protected body(end: string): Body | undefined {
    return this.nested(() => this.query(end, false));
  }

  /** @param single whether the first literal is all */
  protected query(end: string, single: boolean): Body | undefined {
    if (this.at(end)) return this.fail();
    const exprs: Expr[] = [];
    for (;;) {
      const expr = this.literal();
      if (expr === undefined) return undefined;
      expr.index = exprs.length;
      exprs.push(expr);
      if (this.at(";")) this.scan();
      else if (this.at(end) || single) return exprs;
      else if (!this.state.skippedLine) return this.failed ? undefined : this.fail();
    }
  }

  protected literal(): Expr | undefined {
    const parenthesized = this.at("(");
    const expr = this.#literal();
    if (expr !== undefined) expr.parenthesized = parenthesized;
    return expr;
  }

  #literal(): Expr | undefined {
    if (this.at("{") && this.logical) {
      const chain = this.#bracedChain();
      if (chain !== "none") return chain;
    }
    if (this.at("(") && this.logical) {
      const group = this.group(false);
      if (group !== "none") return group === "error" ? undefined : this.withTail(group);
    }
    if (this.takeAsName()) return this.#plain(false);
    const negated = this.negates;
    if (negated) this.scan();
    if (negated && this.notBodies && this.at("{")) {
      const not = this.notBody();
      return not && this.withTail({ body: makeBody(not), explicit: false });
    }
    if (!this.at("some", "every")) return this.#plain(negated);
    if (negated) return this.fail();
    return this.at("some") ? this.#some() : this.#every();
  }

  /** `{ … } and …`; braces that no operator follows are left to whoever reads terms. */
  #bracedChain(): Expr | undefined | "none" {
    const before = this.save();
    const { known } = this;
    this.scan();
    const body = this.body("}");
    if (body !== undefined) {
      this.scan();
      if (this.at("and", "or")) {
        if (isAmbiguous(body)) return this.fail();
        return this.withTail({ body, explicit: true });
      }
    }
    this.restore(before);
    this.known = known;
    return "none";
  }

  #plain(negated: boolean): Expr | undefined {
    const braced = this.at("{");
    if (negated && this.notBodies && this.at("(")) {
      const group = this.group(true);
      if (group === "error") return undefined;
      if (group !== "none") {
        return this.withTail({ body: makeBody(makeExpr({ kind: "not", ...group })), explicit: false });
      }
    }
    const read = this.expression();
    if (read === undefined) return undefined;
    const modified = this.at("with");
    if (this.attachWith(read) === undefined) return undefined;
    const expr = negated ? this.#negation(read) : read;
    if (!this.at("and", "or")) return expr;
    if (modified || (!negated && braced)) return this.fail();
    return this.withTail({ body: makeBody(expr), explicit: false });
  }

  /** `with` belongs to the negation. */
  #negation(expr: Expr): Expr {
    if (!this.notBodies) {
      expr.negated = true;
      return expr;
    }
    const { with: modifiers } = expr;
    expr.with = [];
    const body = makeBody(expr);
    return { ...makeExpr({ kind: "not", body, explicit: false }), with: modifiers };
  }

  protected expression(): Expr | undefined {
    const left = this.infix();
    if (left === undefined) return undefined;
    const operator = this.operator(":=", "=");
    if (operator !== undefined) {
      const right = this.infix();
      return right && makeExpr({ kind: "call", terms: [operator, left, right] });
    }
    return makeExpr(left.type === "call" ? { kind: "call", terms: left.value } : { kind: "term", term: left });
  }

  protected attachWith(expr: Expr): Expr | undefined {
    if (!this.at("with")) return expr;
    const modifiers = this.#modifiers();
    if (modifiers === undefined) return undefined;
    expr.with = modifiers;
    return expr;
  }

  #modifiers(): readonly With[] | undefined {
    const modifiers: With[] = [];
    do {
      this.scan();
      if (!this.at("ident")) return this.fail();
      const target = this.term();
      if (target === undefined) return undefined;
      if (target.type !== "ref" && target.type !== "var") this.fail();
      if (!this.at("as")) return this.fail();
      this.scan();
      const value = this.infix();
      if (value === undefined) return undefined;
      modifiers.push({ target, value });
    } while (this.at("with"));
    return modifiers;
  }

  #some(): Expr | undefined {
    const before = this.save();
    this.scan();
    const term = this.infix();
    if (term?.type === "call") {
      if (!isMembership(term)) return this.fail();
      return this.attachWith(makeExpr({ kind: "some", symbols: [term] }));
    }
    this.restore(before);
    const symbols: Term[] = [];
    do {
      this.scan();
      if (!this.at("ident")) return this.fail();
      symbols.push(this.readVariable());
      this.scan();
    } while (this.at(","));
    return makeExpr({ kind: "some", symbols });
  }

  #every(): Expr | undefined {
    this.scan();
    const term = this.infix();
    if (term === undefined) return undefined;
    if (!isMembership(term)) return this.fail();
    const [domain, value, key] = term.value.slice(1).reverse();
    if (domain === undefined || value === undefined) return this.fail();
    if ((key !== undefined && key.type !== "var") || value.type !== "var" || !this.at("{")) return this.fail();
    this.scan();
    const body = this.body("}");
    if (body === undefined) return undefined;
    this.scan();
    return this.attachWith(makeExpr({ kind: "every", key, value, domain, body }));
  }
}

/** A call of `in`, with as many operands as it has. */
function isMembership(term: Term): term is List {
  if (term.type !== "call") return false;
  const [operator] = term.value;
  const operands = term.value.length - 1;
  return dotted(operator) === (operands === 2 ? MEMBER : operands === 3 ? MEMBER_WITH_KEY : "");
}
