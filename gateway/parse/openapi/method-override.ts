import { Refusal } from "../../domain/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { ReadJson } from "../json/read-json.ts";
import { rootOf } from "../target/names.ts";
import { contentOf, dereferenced, type DescribedOperation } from "./document.ts";

/** The member of a JSON body by which Laravel, Symfony, Phoenix and others choose the method. */
const member = "_method";

/** Roots of names by which they, Rails, Express with method-override, and ASP.NET MVC do so in a query or form. */
const overrides: ReadonlySet<string> = new Set([
  member,
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);

/** The names of this kind that an operation declares, by place: to its server they are arguments. */
export interface DeclaredOverrides {
  readonly query: ReadonlySet<string>;
  readonly body: ReadonlySet<string>;
}

export const noOverrides: DeclaredOverrides = { query: new Set(), body: new Set() };

export function declaredOverrides(
  document: JsonObject,
  { parameters, operation }: Pick<DescribedOperation, "parameters" | "operation">,
): DeclaredOverrides {
  const ofQuery = parameters.flatMap((one) => (one["in"] === "query" ? [String(one["name"])] : []));
  const content = contentOf(dereferenced(document, operation["requestBody"]));
  const ofBody = [...content.values()].flatMap((media) =>
    isJsonObject(media) ? propertyNames(document, media["schema"]) : [],
  );
  return { query: new Set(ofQuery.filter(isOverride)), body: new Set(ofBody.filter(isOverride)) };
}

/** Depth to which schemas made of others are followed. */
const MOST_DEPTH = 8;

function propertyNames(document: JsonObject, reference: JsonValue | undefined, depth = MOST_DEPTH): string[] {
  const schema = dereferenced(document, reference);
  if (depth === 0 || !isJsonObject(schema)) return [];
  const own = isJsonObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
  const parts = ["allOf", "anyOf", "oneOf"].flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []));
  return [...own, ...parts.flatMap((part: JsonValue) => propertyNames(document, part, depth - 1))];
}

function isOverride(name: string): boolean {
  return overrides.has(rootOf(name));
}

/** @throws Refusal query_ambiguous when the tool server may take the method from a name of this query or form */
export function refuseOverride(names: readonly (readonly [string, unknown])[], declared: ReadonlySet<string>): void {
  for (const [name] of names)
    if (isOverride(name) && !declared.has(name)) throw new Refusal("query_ambiguous", { hint: hintOf(name) });
}

/** @throws Refusal json_key_refused when it may take it from a member of this body */
export function refuseOverridingMember(body: ReadJson, declared: ReadonlySet<string>): void {
  if (!body.isObject || declared.has(member) || !body.mayName(member)) return;
  if (Object.hasOwn(body.value as JsonObject, member)) throw new Refusal("json_key_refused", { hint: hintOf(member) });
}

function hintOf(name: string): string {
  return `for ${name.slice(0, 80)} some frameworks execute another method than the one that is judged, and the OpenAPI document does not declare it`;
}
