import { objectOf, setOf } from "./compare.ts";
import { Reader } from "./reader.ts";
import type { State } from "./reader.ts";
import type { Body, Term } from "./syntax.ts";

type Pair = readonly [Term, Term];

/**
 * Reads what stands in brackets and braces. `{1 | 1}` might be a comprehension or a set of one union; the comprehension
 * is tried first, therefore with a single term as its head.
 */
export abstract class CollectionReader extends Reader {
  protected abstract term(): Term | undefined;
  /** Any term, operators included; as a member of a list it takes no `key, value in`. */
  protected abstract infix(inList?: boolean): Term | undefined;
  /** Up to the token that closes it. */
  protected abstract body(end: string): Body | undefined;

  protected array(): Term | undefined {
    this.scan();
    if (this.at("]")) return { type: "array", value: [] };
    const mayComprehend = this.#noLeadingComma();
    const before = this.save();
    const head = this.term();
    if (head === undefined) return undefined;
    if (this.at("]")) return { type: "array", value: [head] };
    if (this.at(",")) {
      this.scan();
      return arrayOf(this.list("]", [head]));
    }
    if (this.at("|") && mayComprehend) {
      this.scan();
      const body = this.body("]");
      if (body !== undefined) return { type: "arraycomprehension", term: head, body };
      if (!this.at(",")) return undefined;
    }
    this.restore(before);
    return arrayOf(this.list("]", []));
  }

  /** Older Rego takes `[, x]`. */
  #noLeadingComma(): boolean {
    if (!this.at(",")) return true;
    this.scan();
    return false;
  }

  protected setOrObject(): Term | undefined {
    this.scan();
    if (this.at("}")) return objectOf([]);
    const mayComprehend = this.#noLeadingComma();
    const before = this.save();
    const head = this.term();
    if (head === undefined) return undefined;
    if (this.at("}", ",") || (this.at("|") && mayComprehend)) return this.#set(before, head, mayComprehend);
    if (this.at(":")) return this.#object(head, mayComprehend);
    this.restore(before);
    const operation = this.infix(true);
    if (operation === undefined) return undefined;
    if (this.at("}", ",")) return this.#set(before, operation, false);
    if (this.at(":")) return this.#object(operation, mayComprehend);
    return this.fail();
  }

  #set(before: State, head: Term, mayComprehend: boolean): Term | undefined {
    return this.nested(() => {
      if (this.at("}")) return setOf([head]);
      if (this.at(",")) {
        this.scan();
        return setOfAll(this.list("}", [head]));
      }
      if (mayComprehend) {
        this.scan();
        const body = this.body("}");
        if (body !== undefined) return { type: "setcomprehension", term: head, body };
        if (!this.at(",")) return undefined;
      }
      this.restore(before);
      return setOfAll(this.list("}", []));
    });
  }

  #object(key: Term, mayComprehend: boolean): Term | undefined {
    return this.nested(() => {
      this.scan();
      const before = this.save();
      const value = this.term();
      if (value === undefined) return undefined;
      if (mayComprehend) {
        if (this.at("}", ",")) return this.#members(key, value, true);
        if (this.at("|")) {
          const object = this.#members(key, value, true);
          if (object !== undefined) return object;
        }
      }
      this.restore(before);
      const operation = this.infix(true);
      if (operation === undefined) return undefined;
      return this.at("}", ",") ? this.#members(key, operation, false) : this.fail();
    });
  }

  #members(key: Term, value: Term, mayComprehend: boolean): Term | undefined {
    return this.nested(() => {
      if (this.at("}")) return objectOf([[key, value]]);
      if (this.at("|")) {
        if (!mayComprehend) return this.fail();
        this.scan();
        const body = this.body("}");
        return body === undefined ? undefined : { type: "objectcomprehension", key, value, body };
      }
      if (!this.at(",")) return undefined;
      this.scan();
      const pairs = this.#pairs([[key, value]]);
      return pairs === undefined ? undefined : objectOf(pairs);
    });
  }

  /** The terms up to the token `end`, behind those of `first`. */
  protected list(end: string, first: readonly Term[]): readonly Term[] | undefined {
    const terms = [...first];
    if (this.at(end)) return terms;
    for (;;) {
      const term = this.infix(true);
      if (term === undefined) return undefined;
      terms.push(term);
      if (this.at(end)) return terms;
      if (!this.at(",")) return this.fail();
      this.scan();
      if (this.at(end)) return terms;
    }
  }

  #pairs(first: readonly Pair[]): readonly Pair[] | undefined {
    const pairs = [...first];
    if (this.at("}")) return pairs;
    for (;;) {
      const key = this.infix(true);
      if (key === undefined) return undefined;
      if (!this.at(":")) return this.fail();
      this.scan();
      const value = this.infix(true);
      if (value === undefined) return undefined;
      pairs.push([key, value]);
      if (this.at("}")) return pairs;
      if (!this.at(",")) return this.fail();
      this.scan();
      if (this.at("}")) return pairs;
    }
  }
}

function arrayOf(terms: readonly Term[] | undefined): Term | undefined {
  return terms === undefined ? undefined : { type: "array", value: terms };
}

function setOfAll(terms: readonly Term[] | undefined): Term | undefined {
  return terms === undefined ? undefined : setOf(terms);
}
