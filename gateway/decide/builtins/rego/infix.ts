import type { Token } from "./keywords.ts";
import type { Term } from "./syntax.ts";
import { call, ref, text, variable } from "./syntax.ts";
import { TermReader } from "./terms.ts";

/** Operators of equal strength, from weak to strong. */
const LEVELS: readonly (readonly Token[])[] = [
  ["==", "!=", "<", ">", "<=", ">="],
  ["|"],
  ["&"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Reads terms with operators between them. `in` is the weakest, and may have two terms on its left. */
export abstract class InfixReader extends TermReader {
  protected infix(inList = false): Term | undefined {
    return this.nested(() => this.#membership(!inList));
  }

  #membership(pairs: boolean): Term | undefined {
    let left = this.#level(0);
    while (left !== undefined) {
      const pair = pairs && this.at(",") ? this.#pairMembership(left) : undefined;
      if (pair === undefined) this.takeAsName();
      const whole: Term | undefined = pair ?? this.#plainMembership(left);
      if (whole === undefined) return left;
      left = whole;
      if (!this.at("in")) return left;
    }
    return undefined;
  }

  /** `key, value in collection`, or undefined and nothing read. */
  #pairMembership(key: Term): Term | undefined {
    const before = this.save();
    this.scan();
    const value = this.#level(0);
    if (value !== undefined && this.at("in")) {
      this.scan();
      const collection = this.#level(0);
      if (collection !== undefined) return call(ref(variable("internal"), text("member_3")), key, value, collection);
    }
    this.restore(before);
    return undefined;
  }

  #plainMembership(member: Term): Term | undefined {
    if (!this.at("in")) return undefined;
    this.scan();
    const collection = this.#level(0);
    if (collection === undefined) return undefined;
    return call(ref(variable("internal"), text("member_2")), member, collection);
  }

  #level(level: number): Term | undefined {
    const operators = LEVELS[level];
    if (operators === undefined) return this.term();
    let left = this.nested(() => this.#level(level + 1));
    while (left !== undefined) {
      const operator = this.operator(...operators);
      if (operator === undefined) return left;
      const right = this.#level(level + 1);
      if (right === undefined) return left;
      left = call(operator, left, right);
    }
    return undefined;
  }
}
