import { RegoObject } from "../../value.ts";
import { isArray } from "../operands.ts";
import { BuiltinError } from "../types.ts";

/** Trees that a policy passes (from graphql.parse_query and graphql.parse_schema), as GraphQL text again. */

function list(value: RegoObject, name: string): readonly RegoObject[] {
  const items = value.get(name) ?? [];
  if (isArray(items) && items.every((item) => item instanceof RegoObject)) return items;
  throw new BuiltinError(`GraphQL AST: ${name} must be a list of objects`);
}

function names(value: RegoObject, name: string): readonly string[] {
  const items = value.get(name) ?? [];
  if (isArray(items) && items.every((item) => typeof item === "string")) return items;
  throw new BuiltinError(`GraphQL AST: ${name} must be a list of strings`);
}

function text(value: RegoObject, name: string): string {
  const item = value.get(name) ?? "";
  // Names only: text goes back to the parser, and must not smuggle syntax past it.
  if (typeof item === "string" && /^[_A-Za-z0-9]*$/.test(item)) return item;
  throw new BuiltinError(`GraphQL AST: ${name} must be a name`);
}

function child(value: RegoObject, name: string): RegoObject | undefined {
  const item = value.get(name) ?? undefined;
  if (item === undefined || item instanceof RegoObject) return item;
  throw new BuiltinError(`GraphQL AST: ${name} must be an object`);
}

function description(value: RegoObject): string {
  const item = value.get("Description") ?? "";
  if (typeof item !== "string") throw new BuiltinError("GraphQL AST: Description must be a string");
  return item === "" ? "" : `${JSON.stringify(item)} `;
}

function wrapped(open: string, parts: readonly string[], close: string): string {
  return parts.length === 0 ? "" : `${open}${parts.join(" ")}${close}`;
}

function valueText(value: RegoObject): string {
  const raw = value.get("Raw") ?? "";
  const kind = value.get("Kind") ?? 0;
  if (typeof raw !== "string" || typeof kind !== "number") throw new BuiltinError("GraphQL AST: malformed value");
  const children = list(value, "Children").map((item) => [text(item, "Name"), required(item, "Value")] as const);
  if (kind === 3 || kind === 4) return JSON.stringify(raw);
  if (kind === 8) return `[${children.map(([, item]) => valueText(item)).join(" ")}]`;
  if (kind === 9) return `{${children.map(([name, item]) => `${name}: ${valueText(item)}`).join(" ")}}`;
  if (!/^[-+.\w]*$/.test(raw)) throw new BuiltinError("GraphQL AST: malformed value");
  return kind === 0 ? `$${raw}` : raw;
}

function required(value: RegoObject, name: string): RegoObject {
  const item = child(value, name);
  if (item === undefined) throw new BuiltinError(`GraphQL AST: missing ${name}`);
  return item;
}

function typeText(type: RegoObject): string {
  const elem = child(type, "Elem");
  const bang = type.get("NonNull") === true ? "!" : "";
  return (elem === undefined ? text(type, "NamedType") : `[${typeText(elem)}]`) + bang;
}

function argumentsText(value: RegoObject): string {
  const items = list(value, "Arguments").map((item) => `${text(item, "Name")}: ${valueText(required(item, "Value"))}`);
  return wrapped("(", items, ")");
}

function directives(value: RegoObject): string {
  return list(value, "Directives")
    .map((item) => ` @${text(item, "Name")}${argumentsText(item)}`)
    .join("");
}

function defaultText(value: RegoObject): string {
  const item = child(value, "DefaultValue");
  return item === undefined ? "" : ` = ${valueText(item)}`;
}

export function queryText(document: RegoObject): string {
  const operations = list(document, "Operations").map((item) => {
    const variables = wrapped("(", list(item, "VariableDefinitions").map(variableText), ")");
    return `${text(item, "Operation")} ${text(item, "Name")}${variables}${directives(item)} ${selections(item)}`;
  });
  const fragments = list(document, "Fragments").map((item) => {
    const variables = wrapped("(", list(item, "VariableDefinition").map(variableText), ")");
    const on = text(item, "TypeCondition");
    return `fragment ${text(item, "Name")}${variables} on ${on}${directives(item)} ${selections(item)}`;
  });
  return [...operations, ...fragments].join("\n");
}

function variableText(item: RegoObject): string {
  return `$${text(item, "Variable")}: ${typeText(required(item, "Type"))}${defaultText(item)}${directives(item)}`;
}

function selections(value: RegoObject): string {
  return wrapped("{ ", list(value, "SelectionSet").map(selectionText), " }");
}

/** What kind of selection it is shows in its members only: fields have an alias, inline fragments a condition. */
function selectionText(item: RegoObject): string {
  if (item.has("TypeCondition") || !item.has("Name")) {
    const on = text(item, "TypeCondition");
    return `...${on === "" ? "" : ` on ${on}`}${directives(item)} ${selections(item)}`;
  }
  if (!item.has("Alias")) return `...${text(item, "Name")}${directives(item)}`;
  const alias = text(item, "Alias");
  const prefix = alias === "" || alias === text(item, "Name") ? "" : `${alias}: `;
  return `${prefix}${text(item, "Name")}${argumentsText(item)}${directives(item)} ${selections(item)}`;
}

export function schemaText(document: RegoObject): string {
  return [
    ...list(document, "Schema").map((item) => description(item) + schemaBody(item)),
    ...list(document, "SchemaExtension").map((item) => `extend ${schemaBody(item)}`),
    ...list(document, "Directives").map(directiveText),
    ...list(document, "Definitions").map((item) => description(item) + definitionText(item)),
    ...list(document, "Extensions").map((item) => `extend ${definitionText(item)}`),
  ].join("\n");
}

function schemaBody(item: RegoObject): string {
  const types = list(item, "OperationTypes").map((type) => `${text(type, "Operation")}: ${text(type, "Type")}`);
  return `schema${directives(item)} ${wrapped("{ ", types, " }")}`;
}

function directiveText(item: RegoObject): string {
  const repeatable = item.get("IsRepeatable") === true ? " repeatable" : "";
  const inputs = wrapped("(", list(item, "Arguments").map(inputText), ")");
  return `${description(item)}directive @${text(item, "Name")}${inputs}${repeatable} on ${names(item, "Locations").join(" | ")}`;
}

function inputText(item: RegoObject): string {
  const type = typeText(required(item, "Type"));
  return `${description(item)}${text(item, "Name")}: ${type}${defaultText(item)}${directives(item)}`;
}

const KEYWORDS: Readonly<Record<string, string>> = {
  SCALAR: "scalar",
  OBJECT: "type",
  INTERFACE: "interface",
  UNION: "union",
  ENUM: "enum",
  INPUT_OBJECT: "input",
};

function definitionText(item: RegoObject): string {
  const keyword = KEYWORDS[text(item, "Kind")];
  if (keyword === undefined) throw new BuiltinError("GraphQL AST: unknown kind of definition");
  const interfaces = names(item, "Interfaces");
  const implemented = interfaces.length === 0 ? "" : ` implements ${interfaces.join(" & ")}`;
  const types = names(item, "Types");
  const fields = list(item, "Fields").map((field) => {
    const inputs = wrapped("(", list(field, "Arguments").map(inputText), ")");
    const type = typeText(required(field, "Type"));
    return `${description(field)}${text(field, "Name")}${inputs}: ${type}${defaultText(field)}${directives(field)}`;
  });
  const values = list(item, "EnumValues").map((value) => description(value) + text(value, "Name") + directives(value));
  const members = types.length === 0 ? "" : ` = ${types.join(" | ")}`;
  return `${keyword} ${text(item, "Name")}${implemented}${directives(item)}${members} ${wrapped("{ ", [...fields, ...values], " }")}`;
}
