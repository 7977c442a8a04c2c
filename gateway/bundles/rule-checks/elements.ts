import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { list, member, text, variable } from "./modules.ts";

/** What is known of a value that a rule puts into a set before the rule is evaluated. */
export interface Element {
  /** In the words of OPA's syntax tree. */
  readonly kind: string;
  /** Of an object whose names are all constant: these; else null. */
  readonly names: readonly string[] | null;
  /** The value, where all of it is constant. A set is a list, as in the answer. */
  readonly value?: JsonValue;
}

/** Of `deny contains 1`, or of a name that the rule gives a value by `:=`; null for a rule that puts nothing into a set. */
export function elementOf(rule: JsonValue): Element | null {
  const key = member(member(rule, "head"), "key");
  const term = givenTo(variable(key), rule) ?? key;
  const kind = member(term, "type");
  if (term === undefined || typeof kind !== "string") return null;
  const value = constantOf(term);
  return { kind, names: namesOf(term), ...(value === undefined ? {} : { value }) };
}

/** The kind of value of a rule that is no set (`deny if …`: "boolean"), in the words of OPA's syntax tree; null for a set and for a part of an object. */
export function valueKindOf(rule: JsonValue): string | null {
  const head = member(rule, "head");
  const kind = member(member(head, "value"), "type");
  return member(head, "key") === undefined && typeof kind === "string" ? kind : null;
}

/** What the one `name := …` of the rule's body says; null: none, or several. */
function givenTo(name: string | null, rule: JsonValue): JsonValue | null {
  if (name === null) return null;
  const found = list(member(rule, "body")).flatMap((expression): JsonValue[] => {
    const [called, left, right] = list(member(expression, "terms"));
    const isGiven = variable(list(member(called, "value"))[0]) === "assign" && variable(left) === name;
    return isGiven && right !== undefined ? [right] : [];
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}

function namesOf(term: JsonValue): string[] | null {
  if (member(term, "type") !== "object") return null;
  const names = list(member(term, "value")).map((pair) => text(list(pair)[0]));
  return names.every((name) => name !== null) ? names : null;
}

/** The value of a term without variables, calls and references; undefined for any other. */
function constantOf(term: JsonValue | undefined): JsonValue | undefined {
  const value = member(term, "value");
  switch (member(term, "type")) {
    case "null":
      return null;
    case "string":
    case "number":
    case "boolean":
      return value;
    case "array":
    case "set": {
      const items = list(value).map(constantOf);
      return items.includes(undefined) ? undefined : (items as JsonValue[]);
    }
    case "object": {
      const members = list(value).map((pair) => [text(list(pair)[0]), constantOf(list(pair)[1])] as const);
      const isConstant = members.every(([name, item]) => name !== null && item !== undefined);
      return isConstant ? (Object.fromEntries(members) as JsonObject) : undefined;
    }
    default:
      return undefined;
  }
}
