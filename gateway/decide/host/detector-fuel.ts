import type { InputDocument } from "../../domain/policy-input.ts";
import { isShortNumber } from "../../domain/detections.ts";
import type { ReadTree } from "../../domain/ports.ts";
import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/**
 * Fuel that detectors take when a policy reads what they find, about as much as the module takes for the same time: for each value and
 * each name; for each of them that is looked at, once for what is there again under the same name; for each UTF-16 unit of these, and
 * more for one that is a digit, since most of what is looked for is numbers.
 */
const [perValue, perText, perUnit, perDigit] = [20, 60, 4, 6];

/** For each byte of a content of which only the size is known: texts of a hundred units, a quarter of them digits. */
const perByte = perUnit + perDigit / 4 + (perValue + perText) / 100;

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
  const ofArguments =
    detects.arguments && context["arguments"] !== undefined ? fuelOf(context["arguments"], "", new Map()) : 0;
  return detects.result && isJsonObject(result) ? ofArguments + fuelOfResult(result) : ofArguments;
}

function fuelOfResult({ content, content_omitted: isOmitted, bytes }: JsonObject): number {
  if (isOmitted !== true) return content === undefined ? 0 : fuelOf(content, "", new Map());
  return Math.ceil(Number(bytes) * perByte);
}

/** By name: the texts that were counted. */
type Counted = Map<string, Set<string>>;

/** @param name the name of the member that the value is, or in which the list is that it is in */
function fuelOf(value: JsonValue, name: string, counted: Counted): number {
  if (typeof value === "string") return perValue + fuelOfText(value, name, counted);
  if (typeof value === "number" || isExactNumber(value)) {
    const text = JSON.stringify(value);
    return perValue + (isShortNumber(text) ? 0 : fuelOfText(text, name, counted));
  }
  if (typeof value !== "object" || value === null) return 0;
  let sum = 0;
  if (Array.isArray(value)) {
    for (const item of value) sum += fuelOf(item as JsonValue, name, counted);
    return sum;
  }
  for (const key of Object.keys(value))
    sum += perValue + fuelOfText(key, "", counted) + fuelOf((value as JsonObject)[key] as JsonValue, key, counted);
  return sum;
}

function fuelOfText(text: string, name: string, counted: Counted): number {
  const known = counted.get(name) ?? new Set<string>();
  if (known.has(text)) return 0;
  counted.set(name, known.add(text));
  let units = text.length * perUnit;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) units += perDigit;
  }
  return perText + units;
}
