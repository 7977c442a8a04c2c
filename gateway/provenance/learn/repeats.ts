import type { JsonObject, JsonValue } from "../../lib/json.ts";

/** Whether a text of an answer only repeats what the call itself has said. */
export interface Repeats {
  /** The text is an argument. */
  isWhole(text: string): boolean;
  /** Without the arguments that stand in it, no line of the text is too long. */
  isAllOfFreeText(text: string): boolean;
}

/** Arguments that are looked for in texts, the shortest of them, and how deep they may stand. */
const mostArguments = 64;
const shortest = 20;
const deepest = 8;

/** @param said the arguments of the call */
export function repeatsOf(said: JsonObject): Repeats {
  // Only when somebody asks: of most answers another text has said already what could be said.
  let made: ReadonlySet<string> | null = null;
  const texts = (): ReadonlySet<string> => (made ??= new Set(textsIn(said, 0)));
  return {
    isWhole: (text) => texts().has(text.trim()),
    isAllOfFreeText: (text) => {
      const long = [...texts()].filter((one) => one.length >= shortest).slice(0, mostArguments);
      const rest = long.reduce((left, one) => left.replaceAll(one, " "), text);
      return rest !== text && !hasLongLine(rest);
    },
  };
}

function textsIn(value: JsonValue, depth: number): string[] {
  if (typeof value === "string") return [value.trim()];
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null || depth > deepest) return [];
  return Object.values(value).flatMap((one) => textsIn(one, depth + 1));
}

function hasLongLine(text: string): boolean {
  return text.split(/[\n\r]/).some((line) => line.length > 120 || (line.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) > 15);
}
