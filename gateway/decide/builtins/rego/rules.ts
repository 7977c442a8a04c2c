import { LiteralReader } from "./literal.ts";
import { RULE_NAME_FOLLOWERS } from "./keywords.ts";
import type { Body, Head, Rule, Term } from "./syntax.ts";
import { TRUE, trueBody } from "./syntax.ts";
import { isFreeOfVariables, isGround } from "./ground.ts";

/** Reads rules. */
export class RuleReader extends LiteralReader {
  /** Whether a keyword stands here as a rule's name, which is an error. */
  protected keywordNamesRule(isDefault = false): boolean {
    const followers = RULE_NAME_FOLLOWERS.get(this.state.token);
    if (followers === undefined) return false;
    if (!isDefault) {
      const before = this.save();
      this.scan();
      const { token } = this.state;
      this.restore(before);
      if (!followers.includes(token)) return false;
    }
    this.fail();
    return true;
  }

  /** A rule and those that share its head, or undefined: then it may be a statement without a body. */
  protected rules(): readonly Rule[] | undefined {
    this.takeAsName();
    const isDefault = this.at("default");
    if (isDefault) {
      this.scan();
      this.takeAsName();
    }
    if (!this.at("ident")) {
      if (isDefault) this.keywordNamesRule(true);
      return undefined;
    }
    const head = this.#head();
    if (head === undefined) return undefined;
    if (isDefault) return this.#defaultRule(head);
    if (!this.#keyed(head)) return undefined;
    return this.#bodies(head);
  }

  #defaultRule(head: Head): readonly Rule[] | undefined {
    if (head.value === undefined || !isFreeOfVariables(head.value)) return this.fail();
    const names = head.args.map((arg) => (arg.type === "var" ? arg.value : undefined));
    if (names.includes(undefined) || new Set(names).size < names.length) return this.fail();
    return [makeRule(head, trueBody(), { default: true })];
  }

  /** Finds the key in heads like `p[x]`. */
  #keyed(head: Head): boolean {
    const [name, key] = head.ref;
    if (head.hasContains || head.ref.length !== 2 || key === undefined) return true;
    if (this.at("if")) {
      if (head.args.length === 0 && (!isGround(key) || key.type === "ref")) head.key = key;
      if (head.value === undefined) {
        head.generatedValue = true;
        head.value = TRUE;
        return true;
      }
    } else if (head.args.length > 0) return true;
    if (name?.type !== "var") return false;
    head.name = name.value;
    if (!this.at("if")) {
      head.key = key;
      if (head.value === undefined) head.ref = [name];
    }
    return true;
  }

  #bodies(head: Head): readonly Rule[] | undefined {
    let body: Body | undefined;
    if (this.at("if")) {
      head.hasIf = true;
      this.scan();
      body = this.#bodyAfterIf();
    } else if (this.at("{")) body = this.#braced();
    else if (head.hasContains) return [makeRule(head, trueBody(), { generatedBody: true })];
    if (body === undefined) return undefined;
    let otherwise: Rule | undefined;
    if (this.at("else") && !this.takeAsName()) {
      if ((head.ref.length > 1 && !head.ref.slice(1).every(isGround)) || head.key !== undefined) return this.fail();
      otherwise = this.nested(() => this.#else(head));
      if (otherwise === undefined) return undefined;
    }
    return this.#chained(makeRule(head, body, { otherwise }));
  }

  /** More bodies in braces, each a rule of its own. */
  #chained(first: Rule): readonly Rule[] | undefined {
    const rules = [first];
    while (this.at("{")) {
      if (first.otherwise !== undefined) return this.fail();
      const body = this.#braced();
      if (body === undefined) return undefined;
      rules.push(makeRule({ ...first.head, args: this.#freshArgs(first.head) }, body));
    }
    return rules;
  }

  #freshArgs({ args }: Head): readonly Term[] {
    return args.map((arg) => (arg.type === "var" && arg.value.startsWith("$") ? this.wildcard() : arg));
  }

  #braced(): Body | undefined {
    this.scan();
    const body = this.body("}");
    if (body !== undefined) this.scan();
    return body;
  }

  /** One literal; but a set in braces is a body. */
  #bodyAfterIf(): Body | undefined {
    const before = this.save();
    const braced = this.at("{");
    const expr = this.literal();
    if (expr !== undefined && !(braced && expr.terms.kind === "term" && expr.terms.term.type === "set")) {
      expr.index = 0;
      return [expr];
    }
    if (!braced) return undefined;
    this.restore(before);
    return this.#braced();
  }

  #else(above: Head): Rule | undefined {
    const head: Head = { ...above, args: this.#freshArgs(above), generatedValue: false, hasIf: false, hasContains: false };
    this.scan();
    if (this.at("{", "if")) {
      head.generatedValue = true;
      head.value = TRUE;
    } else if (this.at(":=", "=")) {
      head.assign = this.at(":=");
      this.scan();
      head.value = this.infix();
      if (head.value === undefined) return undefined;
    } else return this.fail();
    if (!this.at("if", "{")) return makeRule(head, trueBody(), { generatedBody: true });
    const body = this.#elseBody(head);
    if (body === undefined) return undefined;
    if (!this.at("else")) return makeRule(head, body);
    const otherwise = this.nested(() => this.#else(above));
    return otherwise && makeRule(head, body, { otherwise });
  }

  #elseBody(head: Head): Body | undefined {
    if (this.at("if")) {
      head.hasIf = true;
      this.scan();
    }
    if (this.at("{")) return this.#braced();
    if (this.at("eof")) return this.fail();
    const expr = this.literal();
    if (expr === undefined) return undefined;
    expr.index = 0;
    return [expr];
  }

  #head(): Head | undefined {
    const name = this.readVariable();
    this.scanSpace();
    if (this.at("+", "-", "*", "/", "%", "&", "|", "==", "!=", ">", ">=", "<", "<=")) this.fail();
    else if (this.at("space")) this.scan();
    const head = headOf(this.continued(name));
    if (head === undefined) return this.fail();
    if (this.at("contains")) {
      if (head.args.length > 0) this.fail();
      this.scan();
      head.hasContains = true;
      head.key = this.infix();
      if (head.key === undefined) this.fail();
      return head;
    }
    if (this.at("=", ":=")) {
      head.assign = this.at(":=");
      this.scan();
      head.value = this.infix();
      if (head.value === undefined) this.fail();
    }
    if (head.value === undefined && (head.ref.length !== 2 || head.args.length > 0)) {
      head.generatedValue = true;
      head.value = TRUE;
    }
    return head;
  }
}

interface RuleOptions {
  readonly default?: boolean;
  readonly otherwise?: Rule | undefined;
  readonly generatedBody?: boolean;
}

export function makeRule(head: Head, body: Body, options: RuleOptions = {}): Rule {
  const { default: isDefault = false, otherwise, generatedBody = false } = options;
  return { head, body, default: isDefault, otherwise, generatedBody };
}

export function makeHead(ref: readonly Term[], args: readonly Term[] = []): Head {
  const [first] = ref;
  const name = ref.length === 1 && first?.type === "var" ? first.value : "";
  const flags = { assign: false, hasIf: false, hasContains: false, generatedValue: false };
  return { name, ref, args, key: undefined, value: undefined, ...flags };
}

function headOf(term: Term | undefined): Head | undefined {
  if (term?.type === "var") return makeHead([term]);
  if (term?.type === "ref") return makeHead(term.value);
  if (term?.type !== "call") return undefined;
  const [operator, ...args] = term.value;
  return operator?.type === "ref" && operator.value[0]?.type === "var" ? makeHead(operator.value, args) : undefined;
}
