import type { Token } from "./keywords.ts";
import { KEYWORDS_V1, SINCE_V1, SINCE_V2 } from "./keywords.ts";
import { RuleReader } from "./rules.ts";
import { ruleFromBody } from "./statements.ts";
import type { Import, List, Rule, Term } from "./syntax.ts";
import { dotted, ref, text, variable } from "./syntax.ts";
import type { Module } from "./tree.ts";

const IMPORTABLE: ReadonlySet<string> = new Set(["data", "input", "future", "rego"]);

/** Reads a whole module. */
export class ModuleReader extends RuleReader {
  readonly #imports: Import[] = [];
  readonly #rules: Rule[] = [];

  /** The module, or undefined for one that OPA refuses. */
  read(): Module | undefined {
    this.scan();
    const path = this.at("package") && !this.keywordNamesRule() ? this.#package() : undefined;
    if (path === undefined || this.at("-")) return undefined;
    while (!this.at("eof")) if (this.keywordNamesRule() || !this.#statement()) return undefined;
    if (this.failed || !this.#rules.every(isRegoV1)) return undefined;
    return { path, imports: this.#imports, rules: this.#rules, comments: this.comments() };
  }

  /** Reads one statement; false if it is none. */
  #statement(): boolean {
    const before = this.save();
    // A second package is an error, but `package.x` is a reference.
    if (this.at("package")) {
      if (this.#package() !== undefined || this.failed) return false;
      this.restore(before);
    }
    if (this.at("import")) {
      const again = this.save();
      const found = this.#import();
      if (found !== undefined) return !this.at("-") && this.#imported(found);
      if (this.failed) return false;
      this.restore(again);
    }
    const again = this.save();
    const rules = this.rules();
    if (rules !== undefined) {
      this.#rules.push(...rules);
      return true;
    }
    if (this.failed) return false;
    this.restore(again);
    return this.#bodyStatement();
  }

  #bodyStatement(): boolean {
    const body = this.query("eof", true);
    const rule = body && ruleFromBody(body);
    if (rule !== undefined) this.#rules.push(rule);
    return rule !== undefined;
  }

  /** Steps over `package` and `import`; false if that starts a reference. */
  #pathFollows(): boolean {
    this.scanSpace();
    if (this.at(".", "[")) return false;
    if (this.at("space")) this.scan();
    if (!this.at("ident")) {
      if (!this.atKeywordName()) {
        this.fail();
        return false;
      }
      this.state.token = "ident";
    }
    return true;
  }

  #package(): readonly Term[] | undefined {
    if (!this.#pathFollows()) return undefined;
    const term = this.term();
    if (term?.type === "var") return [variable("data"), text(term.value)];
    if (term?.type !== "ref") return this.fail();
    const [first, ...rest] = term.value;
    if (first?.type !== "var" || !rest.every(({ type }) => type === "string")) return this.fail();
    return [variable("data"), text(first.value), ...rest];
  }

  #import(): Import | undefined {
    if (!this.#pathFollows()) return undefined;
    const path = this.#importPath();
    if (path === undefined) return this.fail();
    const [root, ...rest] = path.value;
    if (root?.type !== "var" || !IMPORTABLE.has(root.value)) return this.fail();
    if (this.at("as")) {
      this.scan();
      if (!this.at("ident")) return this.fail();
      const alias = this.term();
      return alias?.type === "var" ? { path, alias: alias.value } : this.fail();
    }
    const last = rest.at(-1);
    if (root.value !== "future" && last?.type === "string" && KEYWORDS_V1.has(last.value)) this.fail();
    return { path, alias: "" };
  }

  /** Keywords that once had to be imported are plain names in the path, and so is the word behind it. */
  #importPath(): List | undefined {
    const { keywords } = this.state.lexer;
    const { known } = this;
    const plain = [...keywords].filter((word) => !SINCE_V1.has(word) && !SINCE_V2.has(word));
    this.restore(this.save(new Set(plain)));
    this.known = undefined;
    const term = this.term();
    this.restore(this.save(new Set(keywords)));
    this.known = known;
    if (term?.type === "var") return ref(term);
    const isPath = term?.type === "ref" && term.value.slice(1).every(({ type }) => type === "string");
    return isPath ? term : undefined;
  }

  /** Turns on what it imports. */
  #imported(found: Import): boolean {
    this.#imports.push(found);
    const [root] = found.path.value;
    const name = (root as Extract<Term, { type: "var" }>).value;
    if (name !== "rego" && name !== "future") return true;
    const words = name === "rego" ? versionWords(found) : keywordWords(found);
    if (words === undefined) return false;
    for (const word of words) this.addKeyword(word);
    // The next token was read before.
    const { token, text: word }: { token: Token; text: string } = this.state;
    const mayBeKeyword = SINCE_V1.has(word) || SINCE_V2.has(word);
    if (token === "ident" && mayBeKeyword && this.isKeyword(word)) this.state.token = word;
    return true;
  }

  protected addKeyword(word: string): void {
    this.state.lexer.keywords.add(word);
    if (word === "every") this.state.lexer.keywords.add("in");
    if (word === "not") this.notBodies = true;
  }
}

/** `import rego.v1` changes nothing here. */
function versionWords({ path, alias }: Import): Iterable<string> | undefined {
  const name = dotted(path);
  if (alias !== "" || (name !== "rego.v1" && name !== "rego.v2")) return undefined;
  return name === "rego.v1" ? [] : [...SINCE_V1, ...SINCE_V2];
}

function keywordWords({ path, alias }: Import): Iterable<string> | undefined {
  const [, keywords, word] = path.value;
  if (alias !== "" || keywords?.type !== "string" || keywords.value !== "keywords") return undefined;
  if (path.value.length !== 3) return [...SINCE_V1, ...SINCE_V2];
  if (word?.type !== "string") return undefined;
  return SINCE_V1.has(word.value) || SINCE_V2.has(word.value) ? [word.value] : undefined;
}

/** What Rego v1 asks of a rule and those behind its `else`. */
function isRegoV1({ head, body, generatedBody, otherwise, ...rule }: Rule): boolean {
  if (head.ref.length < 2 && KEYWORDS_V1.has(head.name)) return false;
  if (generatedBody && head.generatedValue) return false;
  if (body.length > 0 && !generatedBody && !head.hasIf && !rule.default) return false;
  if (head.value === undefined && !head.hasContains) return false;
  return otherwise === undefined || isRegoV1(otherwise);
}
