import type { InputDocument } from "../../domain/policy-input.ts";
import type { ReadTree } from "../../domain/ports.ts";
import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/**
 * Fuel that detectors take for each text, and for each UTF-16 unit of it, when a policy reads what they find: about as much as the
 * module takes for the same time.
 */
const [perText, perUnit] = [400, 15];

/** Units of a text, where only the size of all of them is known. */
const usualText = 16;

/** Which findings of detectors a policy reads of an input. */
export interface Detects {
  /** `context.detected` */
  readonly arguments: boolean;
  /** `context.result.detected` */
  readonly result: boolean;
}

export const detectsAll: Detects = { arguments: true, result: true };

export function detectsOf(reads: ReadTree): Detects {
  return {
    arguments: includes(reads, ["context", "detected"]),
    result: includes(reads, ["context", "result", "detected"]),
  };
}

/** Whether a value at the path, or a part of it, is read. */
export function includes(reads: ReadTree, [name, ...rest]: readonly string[]): boolean {
  if (reads === true || name === undefined) return true;
  const below = Object.hasOwn(reads, name) ? reads[name] : undefined;
  return below !== undefined && includes(below, rest);
}

/**
 * What the findings that are read cost, before any of them is looked for. It follows from the document alone, so that a decision that is
 * evaluated again has the same fuel.
 */
export function detectorFuel(document: InputDocument, detects: Detects): number {
  // What is evaluated need not be a call.
  const context: unknown = (document as Partial<InputDocument>).context;
  if (!isJsonObject(context)) return 0;
  const result = context["result"];
  const ofArguments = detects.arguments && context["arguments"] !== undefined ? fuelOf(context["arguments"]) : 0;
  return detects.result && isJsonObject(result) ? ofArguments + fuelOfResult(result) : ofArguments;
}

function fuelOfResult({ content, content_omitted: isOmitted, bytes }: JsonObject): number {
  if (isOmitted !== true) return content === undefined ? 0 : fuelOf(content);
  return Math.ceil(Number(bytes) * (perUnit + perText / usualText));
}

/** Texts, numbers and names are looked at. */
function fuelOf(value: JsonValue): number {
  if (typeof value === "string") return perText + value.length * perUnit;
  if (typeof value === "number" || isExactNumber(value)) return perText;
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + fuelOf(item as JsonValue), 0);
  let sum = 0;
  for (const key of Object.keys(value))
    sum += perText + key.length * perUnit + fuelOf((value as JsonObject)[key] as JsonValue);
  return sum;
}
