import { InfixReader } from "./infix.ts";
import type { Body, Expr, Operand } from "./syntax.ts";
import { dotted, makeBody, makeExpr } from "./syntax.ts";

/** Calls that say nothing about whether an operand holds. */
const VOID: ReadonlySet<string | undefined> = new Set(["print", "internal.print", "internal.test_case"]);

/** What reading a group in parentheses came to: no group, an error, or an operand. */
export type Group = "none" | "error" | Operand;

/** Reads `and`, `or`, groups of them, and bodies behind `not`. */
export abstract class LogicalReader extends InfixReader {
  protected abstract expression(): Expr | undefined;
  protected abstract attachWith(expr: Expr): Expr | undefined;

  protected get logical(): boolean {
    return this.isKeyword("and") || this.isKeyword("or");
  }

  /** Whether `not` is here the keyword, not the start of a reference. */
  protected get negates(): boolean {
    if (!this.at("not")) return false;
    const next = this.peekSpace();
    return next !== "." && next !== "[";
  }

  /** An operand and what `and` and `or` join to it. */
  protected withTail({ body, explicit }: Operand): Expr | undefined {
    if (!this.at("and", "or")) return this.attachWith(body[0] as Expr);
    const whole = this.chain({ body, explicit });
    return whole && this.attachWith(whole);
  }

  protected chain(first: Operand): Expr | undefined {
    return this.nested(() => {
      let left: Operand | undefined = this.at("and") ? this.#conjunction(first) : first;
      while (left !== undefined && this.at("or")) {
        this.scan();
        let right: Operand | undefined = this.#operand(true);
        if (right !== undefined && this.at("and")) right = this.#conjunction(right);
        left = right && this.#joined("or", left, right);
      }
      return left?.body[0];
    });
  }

  #conjunction(first: Operand): Operand | undefined {
    return this.nested(() => {
      let left: Operand | undefined = first;
      while (left !== undefined && this.at("and")) {
        this.scan();
        const right = this.#operand(true);
        left = right && this.#joined("and", left, right);
      }
      return left;
    });
  }

  #joined(kind: "and" | "or", left: Operand, right: Operand): Operand {
    if (isVoid(left.body) || isVoid(right.body)) this.fail();
    return implicit(makeExpr({ kind, left, right }));
  }

  /** @param needed whether an operand has to stand here */
  #operand(needed: boolean): Operand | undefined {
    if (this.at("{")) return this.#bracedOperand(needed);
    const negated = this.negates;
    if (negated) this.scan();
    if (negated && this.notBodies && this.at("{")) {
      const not = this.notBody();
      return not && implicit(not);
    }
    if (this.at("(") && this.logical && (!negated || this.notBodies)) {
      const group = this.group(true);
      if (group === "error") return undefined;
      if (group !== "none") return negated ? implicit(makeExpr({ kind: "not", ...group })) : group;
    }
    const expr = this.expression();
    if (expr === undefined) return undefined;
    if (!negated) return implicit(expr);
    if (this.notBodies) return implicit(makeExpr({ kind: "not", body: makeBody(expr), explicit: false }));
    expr.negated = true;
    return implicit(expr);
  }

  #bracedOperand(needed: boolean): Operand | undefined {
    const before = this.save();
    this.scan();
    const empty = this.at("}");
    const body = this.body("}");
    if (body === undefined) {
      if (needed && !empty) this.#asValue(before);
      return undefined;
    }
    this.scan();
    if (isAmbiguous(body)) this.fail();
    return { body, explicit: true };
  }

  /** OPA reads the braces again as a value, to say what is wrong. */
  #asValue(before: ReturnType<LogicalReader["save"]>): void {
    const failed = this.save();
    this.restore(before);
    if (this.infix() === undefined) this.restore(failed);
    else this.fail();
  }

  /** `not { … }`, from the brace on. */
  protected notBody(): Expr | undefined {
    const before = this.save();
    this.scan();
    const empty = this.at("}");
    const body = this.body("}");
    if (body === undefined) {
      if (!empty) this.#asValue(before);
      return undefined;
    }
    this.scan();
    if (isAmbiguous(body)) return this.fail();
    return makeExpr({ kind: "not", body, explicit: true });
  }

  /**
   * Parentheses around operands. Around anything else they belong to a term, and nothing is read.
   * @param inOperand whether they stand where an operand of `and`, `or` or `not` has to
   */
  protected group(inOperand: boolean): Group {
    return this.nested((): Group => {
      const before = this.save();
      this.scan();
      if (this.at(")")) {
        if (inOperand) return this.#error();
        this.restore(before);
        return "none";
      }
      const first = this.#operand(false);
      if (first === undefined) {
        this.restore(before);
        return "none";
      }
      if (this.at("and", "or")) return this.#groupedChain(first);
      if (this.at("with") && !first.explicit && first.body.length === 1) {
        return this.#groupedWith(first, inOperand, before);
      }
      if (first.explicit) return this.#bracedGroup(before);
      const { terms, negated } = first.body[0] as Expr;
      const isOperand = first.body.length === 1 && (["and", "or", "not"].includes(terms.kind) || negated);
      if (isOperand) return this.#closed({ body: first.body, explicit: false });
      this.restore(before);
      return "none";
    });
  }

  #error(): "error" {
    this.fail();
    return "error";
  }

  #closed(operand: Operand): Group {
    if (!this.at(")")) return this.#error();
    this.scan();
    return operand;
  }

  #groupedChain(first: Operand): Group {
    const chain = this.chain(first);
    const whole = chain && this.attachWith(chain);
    return whole === undefined ? "error" : this.#closed(implicit(whole));
  }

  #groupedWith(first: Operand, inOperand: boolean, before: ReturnType<LogicalReader["save"]>): Group {
    if (this.attachWith(first.body[0] as Expr) === undefined) return "error";
    if (this.at("and", "or")) return this.#error();
    const closed = this.#closed({ body: first.body, explicit: false });
    if (closed === "error" || inOperand || this.at("and", "or")) return closed;
    this.restore(before);
    return "none";
  }

  /** `({ … })`: the braces hold a value, or it is an error. */
  #bracedGroup(before: ReturnType<LogicalReader["save"]>): Group {
    this.restore(before);
    const again = this.save();
    this.scan();
    const term = this.term();
    this.restore(again);
    return term === undefined ? this.#error() : "none";
  }
}

function implicit(expr: Expr): Operand {
  return { body: makeBody(expr), explicit: false };
}

function isVoid(body: Body): boolean {
  return body.every(({ negated, terms }) => !negated && terms.kind === "call" && VOID.has(dotted(terms.terms[0])));
}

/** Whether it could be read as a set comprehension too: `{ a | b }`. */
export function isAmbiguous(body: Body): boolean {
  const [first] = body;
  if (first?.terms.kind !== "call" || first.parenthesized) return false;
  const [operator] = first.terms.terms;
  return operator?.type === "ref" && operator.symbol === "|";
}
