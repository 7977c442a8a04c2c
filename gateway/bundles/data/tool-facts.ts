import type { DefinitionKind } from "../../domain/definition-kinds.ts";
import type { CatalogFact, ReturnsFact, SiteFact } from "../../domain/facts.ts";
import { internJson, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

const noNames: readonly string[] = internJson([]);

/** The facts of a tool that is not in the catalog. */
export const unknownTool: CatalogFact = internJson({
  known: false,
  sensitivity: null,
  reversible: null,
  sink: null,
  external_if: noNames,
  mutates: null,
  destination: noNames,
  target: noNames,
  returns: null,
  confirms: noNames,
  remarks: noNames,
  asked_by: noNames,
  owner: null,
  definition: null,
  labels: noNames,
  price: {},
  facts: {},
});

/**
 * `data.sallyport.catalog[server][name]`; a fact that is absent or malformed is null, or empty where it is a list. A line of another
 * kind is none: a prompt may have the name of a tool.
 */
export function catalogFact(
  data: JsonObject,
  server: string,
  name: string,
  kind: DefinitionKind = "tool",
): CatalogFact {
  const entry = memberAt(data, ["sallyport", "catalog", server, name]);
  if (!isObject(entry) || (entry["kind"] ?? "tool") !== kind) return unknownTool;
  const { sensitivity, reversible, sink, mutates, owner, definition, facts } = entry;
  return internJson({
    known: true,
    sensitivity: oneOf(sensitivity, ["low", "medium", "high"]),
    reversible: typeof reversible === "boolean" ? reversible : null,
    sink: oneOf(sink, ["none", "internal", "external"]),
    external_if: names(entry["external_if"]),
    mutates: typeof mutates === "boolean" ? mutates : null,
    destination: names(entry["destination"]),
    target: names(entry["target"]),
    returns: returnsFact(entry["returns"]),
    confirms: names(entry["confirms"]),
    remarks: names(entry["remarks"]),
    asked_by: names(entry["asked_by"]),
    owner: typeof owner === "string" ? owner : null,
    // One that is no text is no digest of anything: the tool has another definition, whichever it has.
    definition:
      definition === undefined || definition === null ? null : typeof definition === "string" ? definition : "",
    labels: names(entry["labels"]),
    price: prices(entry["price"]),
    facts: isObject(facts) ? facts : {},
  });
}

/** `data.sallyport.site`. */
export function siteFact(data: JsonObject): SiteFact {
  const site = memberAt(data, ["sallyport", "site"]);
  if (!isObject(site)) return { inside: noNames, hostsOptIn: false, people: {} };
  const inside = names(site["inside"]).map((domain) => domain.toLowerCase());
  const people = isObject(site["people"]) ? site["people"] : {};
  return { inside, hostsOptIn: site["hosts_opt_in"] === true, people: mapped(people) };
}

function returnsFact(entry: JsonValue | undefined): ReturnsFact | null {
  if (!isObject(entry)) return null;
  return {
    labels: names(entry["labels"]),
    trusted_fields: names(entry["trusted_fields"]),
    own_fields: names(entry["own_fields"]),
    author: names(entry["author"]),
    own_text: entry["own_text"] === true,
  };
}

function mapped(lists: JsonObject): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, names(list)] as const));
}

/** A number is its shortest text. What is neither a text nor a number costs what nobody can tell, and is not free. */
function prices(value: JsonValue | undefined): CatalogFact["price"] {
  if (!isObject(value)) return {};
  const units = Object.entries(value);
  return Object.fromEntries(
    units.map(([unit, amount]) => [
      unit,
      typeof amount === "string" || typeof amount === "number" ? String(amount) : "",
    ]),
  );
}

function memberAt(data: JsonObject, path: readonly string[]): JsonValue | undefined {
  let entry: JsonValue | undefined = data;
  for (const key of path) {
    if (!isObject(entry) || !Object.hasOwn(entry, key)) return undefined;
    entry = entry[key];
  }
  return entry;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}

function names(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((name) => typeof name === "string") : noNames;
}

function oneOf<Word extends string>(value: JsonValue | undefined, words: readonly Word[]): Word | null {
  return words.find((word) => word === value) ?? null;
}
