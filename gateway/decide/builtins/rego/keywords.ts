/** The words of Rego v1, as OPA 1.22.2 reads them. */

/** Tokens are named by their text; the others are ident, number, string, part, end, rawpart, rawend, space, comment, eof, illegal. */
export type Token = string;

/** Keywords whatever a module imports. */
const ALWAYS = [
  "package",
  "import",
  "as",
  "default",
  "else",
  "not",
  "some",
  "with",
  "null",
  "true",
  "false",
] as const;

/** Keywords of Rego v1 that had to be imported before it. */
export const SINCE_V1: ReadonlySet<string> = new Set(["in", "every", "contains", "if"]);
/** Keywords that `import future.keywords.…` or `import rego.v2` turns on; of `not` it turns on the body. */
export const SINCE_V2: ReadonlySet<string> = new Set(["not", "and", "or"]);

export const KEYWORDS_V1: ReadonlySet<string> = new Set([...ALWAYS, ...SINCE_V1]);

/** How operators are called in a tree. `&` and `|` share theirs with the keywords `and` and `or`. */
export const OPERATORS: Readonly<Record<string, string>> = {
  "+": "plus",
  "-": "minus",
  "*": "mul",
  "/": "div",
  "%": "rem",
  "&": "and",
  "|": "or",
  "=": "eq",
  ":=": "assign",
  "==": "equal",
  "!=": "neq",
  ">": "gt",
  "<": "lt",
  ">=": "gte",
  "<=": "lte",
};

export function tokenName(token: Token): string {
  return OPERATORS[token] ?? token;
}

const RULE_NAME = [":=", "=", "if", "contains", "("];
const NEGATION = [":=", "=", "if", "contains"];
const PATH = [":=", "=", "("];

/** Tokens after a keyword that make the statement a rule named by it, which is an error. */
export const RULE_NAME_FOLLOWERS: ReadonlyMap<Token, readonly Token[]> = new Map([
  ["every", RULE_NAME],
  ["if", RULE_NAME],
  ["in", RULE_NAME],
  ["some", RULE_NAME],
  ["as", RULE_NAME],
  ["package", PATH],
  ["import", PATH],
  ["not", NEGATION],
  ["and", NEGATION],
  ["or", NEGATION],
  ["contains", ["if", "contains"]],
]);
