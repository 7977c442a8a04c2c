import { oncePer } from "../lib/caches.ts";
import { internJson, type JsonValue, pointerSteps, valueAtSteps } from "../lib/json.ts";
import type { CatalogFact } from "./facts.ts";
import type { ToolCall } from "./tool-call.ts";

/** Destinations of one call that count. */
const most = 8;

const none: readonly string[] = internJson([]);

const pathsOf = oncePer(({ destination }: CatalogFact) => destination.map(pointerSteps));

/** The texts and numbers at the catalog's destination pointers, of a list its members: the first eight. */
export function destinationsIn(call: Pick<ToolCall, "arguments">, catalog: CatalogFact): readonly string[] {
  // Arguments that nobody has read yet are not built for nothing.
  if (catalog.destination.length === 0) return none;
  const found = pathsOf(catalog)
    .map((steps) => valueAtSteps(call.arguments, steps))
    .flatMap((value) => (Array.isArray(value) ? (value as readonly JsonValue[]) : [value ?? null]));
  return found
    .filter((value) => typeof value === "string" || typeof value === "number")
    .slice(0, most)
    .map(String);
}

/** The same destination in other letters is the same one. */
export function normalDestination(text: string): string {
  return text.normalize("NFKC").trim().toLowerCase();
}
