import { decimal } from "../../lib/decimal.ts";
import { type JsonValue, pointerSteps } from "../../lib/json.ts";
import type { CatalogFact } from "../facts.ts";
import type { ToolCall } from "../tool-call.ts";

/** What a call costs in one unit; null when the argument that says it is not there, or is no exact amount of 0 or more. */
export type Price = bigint | null;

const free: ReadonlyMap<string, Price> = new Map();

/** What a call costs, by unit, as the catalog says: a fixed amount, or the argument at a pointer. Exact, in units of `decimal`. */
export function pricesOf(
  { price }: Pick<CatalogFact, "price">,
  call: Pick<ToolCall, "arguments" | "resourceType">,
): ReadonlyMap<string, Price> {
  const units = Object.entries(price);
  if (units.length === 0 || call.resourceType !== "tool") return free;
  // Large arguments are built when they are read.
  return new Map(units.map(([unit, amount]) => [unit, priceOf(amount, call.arguments)]));
}

function priceOf(amount: string, args: JsonValue): Price {
  if (!amount.startsWith("/")) return decimal(amount);
  let at: JsonValue = args;
  for (const step of pointerSteps(amount)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return null;
    at = (at as Readonly<Record<string, JsonValue>>)[step] ?? null;
  }
  return decimal(at);
}
