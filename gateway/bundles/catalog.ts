import type { CatalogFact } from "../domain/facts.ts";
import { shared } from "../lib/json-text.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

const UNKNOWN: CatalogFact = shared({
  known: false,
  sensitivity: null,
  reversible: null,
  sink: null,
  owner: null,
  labels: [],
});

/** `data.sallyport.catalog[server][tool]`; a fact that is absent or misspelt is null, never a guess. */
export function catalogFact(data: JsonObject, server: string, tool: string): CatalogFact {
  let entry: JsonValue | undefined = data;
  for (const key of ["sallyport", "catalog", server, tool]) {
    if (!isJsonObject(entry) || !Object.hasOwn(entry, key)) return UNKNOWN;
    entry = entry[key];
  }
  if (!isJsonObject(entry)) return UNKNOWN;
  const { sensitivity, reversible, sink, owner, labels } = entry;
  return shared({
    known: true,
    sensitivity: sensitivity === "low" || sensitivity === "medium" || sensitivity === "high" ? sensitivity : null,
    reversible: typeof reversible === "boolean" ? reversible : null,
    sink: sink === "internal" || sink === "external" ? sink : null,
    owner: typeof owner === "string" ? owner : null,
    labels: Array.isArray(labels) ? (labels as readonly JsonValue[]).filter((label) => typeof label === "string") : [],
  });
}
