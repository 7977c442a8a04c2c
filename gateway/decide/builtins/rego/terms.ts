import { decodeString, isAcceptableNumber, templateText } from "./literals.ts";
import { CollectionReader } from "./collections.ts";
import { setOf } from "./compare.ts";
import type { Expr, List, Term } from "./syntax.ts";
import { call, ref, text, variable } from "./syntax.ts";

const ROOTS: ReadonlySet<string> = new Set(["data", "input"]);

/** Reads a single term: what an operator can stand beside. */
export abstract class TermReader extends CollectionReader {
  protected abstract literal(): Expr | undefined;

  protected term(): Term | undefined {
    return this.nested(() => {
      const known = this.recall();
      if (known !== undefined) {
        this.restore(known.after);
        return known.term;
      }
      const { offset } = this.state;
      if (this.at("and", "or") && this.peekSpace() === "(") this.state.token = "ident";
      const term = this.#whole();
      this.remember(offset, term);
      return term;
    });
  }

  #whole(): Term | undefined {
    if (this.at("-")) {
      const before = this.save();
      this.scan();
      if (this.at("ident", "contains")) {
        const negative = this.finish(this.readVariable(), false);
        const zero: Term = { type: "number", value: "0" };
        return negative === undefined ? undefined : call(ref(variable("minus")), zero, negative);
      }
      this.restore(before);
    }
    return this.finish(this.#start(), false);
  }

  #start(): Term | undefined {
    switch (this.state.token) {
      case "null":
        return { type: "null", value: null };
      case "true":
      case "false":
        return { type: "boolean", value: this.at("true") };
      case "-":
      case ".":
      case "number":
        return this.#number();
      case "string":
        return this.#string();
      case "part":
      case "end":
        return this.#template(false);
      case "rawpart":
      case "rawend":
        return this.#template(true);
      case "ident":
      case "contains":
        return this.readVariable();
      case "[":
        return this.nested(() => this.array());
      case "{":
        return this.nested(() => this.setOrObject());
      case "(":
        return this.#parenthesized();
      default:
        return this.fail();
    }
  }

  #parenthesized(): Term | undefined {
    this.scan();
    const term = this.infix();
    if (term === undefined || this.at(")")) return term;
    return this.fail();
  }

  /** What may follow the start of a term: calls and references. */
  protected finish(head: Term | undefined, skipSpace: boolean): Term | undefined {
    if (head === undefined) return undefined;
    if (skipSpace) this.scan();
    else this.scanSpace();
    return this.continued(head);
  }

  protected continued(head: Term): Term | undefined {
    if (this.at("(", ".", "[")) return this.#reference(head);
    if (this.at("space")) this.scan();
    return head.type === "var" && ROOTS.has(head.value) ? ref(head) : head;
  }

  #number(): Term | undefined {
    let prefix = "";
    if (this.at("-")) {
      prefix = "-";
      this.scan();
      if (!this.at("number", ".")) return this.fail();
    }
    if (this.at(".")) {
      prefix += ".";
      this.scan();
      if (!this.at("number")) return this.fail();
    }
    const { text: digits } = this.state;
    if (!prefix.endsWith(".") && /^0(?!\.|[eE].|$)/.test(digits)) return this.fail();
    const value = prefix + digits;
    return isAcceptableNumber(value) ? { type: "number", value } : this.fail();
  }

  #string(): Term | undefined {
    const value = decodeString(this.state.text);
    return value === undefined ? this.fail() : text(value);
  }

  #template(raw: boolean): Term | undefined {
    const parts: (Term | Expr)[] = [];
    for (;;) {
      const part = templateText(this.state.text, raw);
      if (part === undefined) return this.fail();
      if (part !== "") parts.push(text(part));
      if (this.at("end", "rawend")) return { type: "templatestring", parts, multiLine: raw };
      const expression = this.#inTemplate();
      if (expression === undefined) return this.fail();
      parts.push(expression);
      if (!this.at("}")) return this.fail();
      this.scanTemplate(raw);
      if (!this.at("part", "end", "rawpart", "rawend")) return this.fail();
    }
  }

  /** Plain values stand for themselves, unless a comment is beside them. */
  #inTemplate(): Term | Expr | undefined {
    const { commentCount } = this.state;
    this.scan();
    const commented = this.state.commentCount !== commentCount;
    const expr = this.literal();
    if (expr === undefined || expr.negated) return undefined;
    const { terms } = expr;
    if (terms.kind === "some" || terms.kind === "every") return undefined;
    if (terms.kind === "call") {
      const [operator] = terms.terms;
      if (operator?.type === "ref" && operator.value.length === 1) {
        const [name] = operator.value;
        if (name?.type === "var" && (name.value === "eq" || name.value === "assign")) return undefined;
      }
    }
    if (commented || terms.kind !== "term") return expr;
    return ["string", "number", "boolean", "null"].includes(terms.term.type) ? terms.term : expr;
  }

  #call(operator: List): Term | undefined {
    return this.nested(() => {
      this.scan();
      if (this.at(")")) {
        this.scanSpace();
        const [name] = operator.value;
        const isSet = operator.value.length === 1 && name?.type === "var" && name.value === "set";
        return isSet ? setOf([]) : call(operator);
      }
      const terms = this.list(")", [operator]);
      if (terms === undefined) return undefined;
      this.scanSpace();
      return call(...terms);
    });
  }

  #reference(head: Term): Term | undefined {
    return this.nested(() => {
      if (["null", "boolean", "number", "string", "ref", "templatestring"].includes(head.type)) this.fail();
      const path = [head];
      for (;;) {
        if (this.at("(")) return this.#called(ref(...path));
        if (this.at(".")) {
          this.scanSpace();
          if (!this.at("ident") && !this.atKeywordName()) return this.fail();
          path.push(text(this.state.text));
          this.scanSpace();
        } else if (this.at("[")) {
          this.scan();
          const part = this.infix();
          if (part === undefined) return undefined;
          if (!this.at("]")) return this.fail();
          path.push(part);
          this.scanSpace();
        } else {
          if (this.at("space")) this.scan();
          return ref(...path);
        }
      }
    });
  }

  #called(operator: List): Term | undefined {
    const term = this.#call(operator);
    if (term === undefined) return undefined;
    if (this.at("space")) this.scan();
    else if (this.at(".", "[")) return this.#reference(term);
    return term;
  }
}
