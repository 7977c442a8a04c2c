import type { BuiltinContext } from "../types.ts";
import { BuiltinError } from "../types.ts";
import { KEYWORDS_V1, OPERATORS, tokenName } from "./keywords.ts";
import type { Token } from "./keywords.ts";
import { Lexer } from "./lexer.ts";
import type { Scanned } from "./lexer.ts";
import type { Comment, List, Term, Variable } from "./syntax.ts";
import { ref, variable } from "./syntax.ts";

/** Calls of parsing functions within one another; about a hundred brackets. OPA's bound is 100 000. */
const MAX_DEPTH = 1_500;
const ALWAYS = [...KEYWORDS_V1];
/** Fuel for a token and what is made of it; about half a microsecond. */
const TOKEN = 100;

interface Comments {
  readonly before: Comments | undefined;
  readonly comment: Comment;
}

/** All that going back undoes. */
export interface State {
  readonly lexer: Lexer;
  token: Token;
  text: string;
  offset: number;
  comments: Comments | undefined;
  commentCount: number;
  /** How many errors there are; what they say is nobody's concern. */
  errors: number;
  wildcards: number;
  skippedLine: boolean;
}

/** A term that was read before, the state after it, and those that start earlier. */
interface Known {
  readonly offset: number;
  readonly term: Term | undefined;
  readonly after: State;
  readonly earlier: Known | undefined;
}

/**
 * The state of OPA's parser, which tries one reading and goes back for another. Going back takes the saved state itself,
 * not a copy of it, and remembered terms bring their state with them: the numbers of wildcards come from that.
 */
export class Reader {
  protected state: State;
  protected known: Known | undefined;
  /** Whether `not` may stand before a body, and makes a node of its own. */
  protected notBodies = false;
  readonly #context: BuiltinContext;
  #depth = 0;

  constructor(context: BuiltinContext, text: string) {
    this.#context = context;
    this.state = {
      lexer: Lexer.over(text, new Set(ALWAYS)),
      token: "illegal",
      text: "",
      offset: 0,
      comments: undefined,
      commentCount: 0,
      errors: 0,
      wildcards: 0,
      skippedLine: false,
    };
  }

  protected save(keywords?: Set<string>): State {
    return { ...this.state, lexer: this.state.lexer.copy(keywords) };
  }

  protected restore(state: State): void {
    this.state = state;
  }

  /** Whether the token is one of these. */
  protected at(...tokens: readonly Token[]): boolean {
    return tokens.includes(this.state.token);
  }

  protected get failed(): boolean {
    return this.state.errors > 0;
  }

  /** Notes an error: the module is refused, unless the parser goes back behind it. */
  protected fail(): undefined {
    this.state.errors += 1;
    return undefined;
  }

  /** @throws BuiltinError when parsing functions are nested too deeply */
  protected nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new BuiltinError("rego_parse_error: nested too deeply");
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** To the next token that is not white. */
  protected scan(): void {
    this.#scan(true, (lexer) => lexer.scan());
  }

  /** To the next token, be it white. */
  protected scanSpace(): void {
    this.#scan(false, (lexer) => lexer.scan());
  }

  protected scanTemplate(raw: boolean): void {
    this.#scan(false, (lexer) => lexer.scanTemplate(raw));
  }

  #scan(skipSpace: boolean, read: (lexer: Lexer) => Scanned): void {
    const { state } = this;
    if (state.token !== "space") state.skippedLine = false;
    for (;;) {
      const scanned = read(state.lexer);
      this.#context.charge(TOKEN + scanned.text.length);
      state.token = scanned.token;
      state.text = scanned.text;
      state.offset = scanned.offset;
      if (scanned.faulty) {
        state.errors += 1;
        state.token = "illegal";
      }
      if (state.token === "space") {
        if (scanned.text === "\n") state.skippedLine = true;
        if (skipSpace) continue;
      }
      if (state.token !== "comment") return;
      this.#comment(scanned);
    }
  }

  #comment({ text, row, column, offset }: Scanned): void {
    const comment = { text, row, column, last: this.state.lexer.endsAt(offset + text.length) };
    this.state.comments = { before: this.state.comments, comment };
    this.state.commentCount += 1;
  }

  protected comments(): readonly Comment[] {
    const comments: Comment[] = [];
    for (let entry = this.state.comments; entry !== undefined; entry = entry.before) comments.push(entry.comment);
    return comments.reverse();
  }

  /** The token after this one, white space included. */
  protected peekSpace(): Token {
    const before = this.save();
    this.scanSpace();
    const { token } = this.state;
    this.restore(before);
    return token;
  }

  protected isKeyword(word: string): boolean {
    return this.state.lexer.keywords.has(word);
  }

  /** Whether the token is a keyword that may stand in a reference as a name. */
  protected atKeywordName(): boolean {
    const name = tokenName(this.state.token);
    return KEYWORDS_V1.has(name) || this.isKeyword(name);
  }

  /** Takes a keyword that `.` or `[` follows for a name. */
  protected takeAsName(): boolean {
    if (!this.atKeywordName()) return false;
    const next = this.peekSpace();
    if (next !== "." && next !== "[") return false;
    this.state.token = "ident";
    return true;
  }

  protected readVariable(): Variable {
    return this.state.text === "_" ? this.wildcard() : variable(this.state.text);
  }

  protected wildcard(): Variable {
    this.state.wildcards += 1;
    return variable(`$${this.state.wildcards - 1}`);
  }

  /** One of these operators, as a reference to its builtin. */
  protected operator(...tokens: readonly Token[]): List | undefined {
    const symbol = this.state.token;
    if (!tokens.includes(symbol)) return undefined;
    this.scan();
    return { ...ref(variable(OPERATORS[symbol] as string)), symbol };
  }

  protected recall(): Known | undefined {
    const { offset } = this.state;
    for (let entry = this.known; entry !== undefined && entry.offset >= offset; entry = entry.earlier) {
      if (entry.offset === offset) return entry;
    }
    return undefined;
  }

  protected remember(offset: number, term: Term | undefined): void {
    let earlier = this.known;
    while (earlier !== undefined && earlier.offset >= offset) earlier = earlier.earlier;
    this.known = { offset, term, after: this.save(), earlier };
  }
}
