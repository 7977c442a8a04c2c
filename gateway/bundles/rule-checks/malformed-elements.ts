import { checkObligation, checkRedaction } from "../../domain/answers.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { type Definition, exportOf } from "./definitions.ts";
import type { Element } from "./elements.ts";
import type { Problem } from "./problems.ts";

/** What `main` collects of rules and the gateway acts on. */
export const RULE_EXPORTS: readonly string[] = [
  "block",
  "deny",
  "hide",
  "hold",
  "label",
  "oblige",
  "permit",
  "redact",
  "shadow",
];

/** Obligations of other versions of the contract, and what stands in their place. */
export const REPLACED_OBLIGATIONS: Readonly<Record<string, string>> = {
  redact_result: "what a result must not hold is named by the export redact, in the result phase",
};

/** Obligations that this gateway does not carry out, wherever in a rule they stand. */
export function replacedObligations({ typed }: Definition): Problem[] {
  return typed.flatMap(({ file, at, type }) => {
    const message = `the gateway does not carry out ${type}: ${REPLACED_OBLIGATIONS[type]}. Remove the obligation`;
    return isReplaced(type) ? [{ file, at, severity: "error", message }] : [];
  });
}

function isReplaced(type: JsonValue | undefined): boolean {
  return typeof type === "string" && Object.hasOwn(REPLACED_OBLIGATIONS, type);
}

/** What the elements of each export are; `hide` takes anything. */
const ELEMENTS: Readonly<Record<string, string>> = {
  block: "reasons, such as reason.of(rego.metadata.chain())",
  deny: "reasons, such as reason.of(rego.metadata.chain())",
  permit: "reasons, such as reason.of(rego.metadata.chain())",
  hold: 'objects of the form {"reason": …, "approval": …}',
  oblige: 'objects with a "type", such as {"type": "label_session", "labels": […]}',
  redact: 'objects with one of "pointer", "detector" and "pattern"',
  label: "texts",
};

/** Kinds of values in OPA's syntax tree that are never an object; any other may be one when it is evaluated. */
const NEVER_OBJECTS = "null boolean number string array set arraycomprehension setcomprehension".split(" ");
const NEVER_TEXTS = [...NEVER_OBJECTS.filter((kind) => kind !== "string"), "object", "objectcomprehension"];

/** What no element is without. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ["block", "deny", "permit"].map((name) => [name, ["code", "message", "rule", "severity", "controls"]]),
  ),
  oblige: ["type"],
};

const CHECKS: Readonly<Record<string, (value: unknown, where: string) => void>> = {
  oblige: checkObligation,
  redact: checkRedaction,
};

/** Elements from which no answer can be made: every call that they are about would be refused for the policy's fault. */
export function malformedElements({ file, at, path, element }: Definition): Problem[] {
  const name = exportOf(path)?.name ?? "";
  const wanted = Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name] : undefined;
  if (wanted === undefined || element === null) return [];
  const why = malformed(name, element);
  return why === null
    ? []
    : [{ file, at, severity: "error", message: `${name} contains ${why}: its elements are ${wanted}` }];
}

const NEVER_SETS = "null boolean number string".split(" ");

/**
 * Exports that are values and no sets, as `deny if …` is: they have no elements, so that nobody learns of them. `refused`: what OPA says of
 * rules that do not compile, of which those are named that it means; null: they compile.
 */
export function exportsWithoutElements(definitions: readonly Definition[], refused: string | null): Problem[] {
  return definitions.flatMap(({ file, at, path, isOpen, isFunction, valueKind }): Problem[] => {
    const found = exportOf(path);
    if (found === null || !RULE_EXPORTS.includes(found.name)) return [];
    if (isOpen || isFunction || path.length > found.rule.length + 1 || !NEVER_SETS.includes(valueKind ?? "")) return [];
    if (refused?.includes(`data.${path.join(".")}[`) === false) return [];
    const message = `${found.name} is a ${valueKind} and no set, so that nobody learns of it: write ${found.name} contains … if …`;
    return [{ file, at, severity: "error", message }];
  });
}

/** Null: an answer may be made of it. */
function malformed(name: string, { kind, names, value }: Element): string | null {
  if ((name === "label" ? NEVER_TEXTS : NEVER_OBJECTS).includes(kind)) return `a value of the kind ${kind}`;
  const missing = (NEEDED[name] ?? []).filter((each) => names?.includes(each) === false);
  if (missing.length > 0) return `an object without ${missing.join(", ")}`;
  if (value === undefined || !isJsonObject(value) || isReplaced(value["type"])) return null;
  try {
    CHECKS[name]?.(value, name);
    return null;
  } catch (error) {
    return `what nobody can carry out (${(error as Error).message})`;
  }
}
