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

/** With so few arguments a text is compared with each: most differ in length, and nothing has to be hashed. */
const fewArguments = 64;

/** @param said the arguments of the call */
export function repeatsOf(said: JsonObject): Repeats {
  // Only when somebody asks: of most answers another text has said already what could be said.
  let made: readonly string[] | null = null;
  let set: ReadonlySet<string> | null = null;
  const texts = (): readonly string[] => (made ??= textsIn(said));
  return {
    isWhole: (text) => {
      const all = texts();
      return all.length <= fewArguments ? all.includes(text.trim()) : (set ??= new Set(all)).has(text.trim());
    },
    isAllOfFreeText: (text) => {
      const long = [...new Set(texts().filter((one) => one.length >= shortest))].slice(0, mostArguments);
      const rest = long.reduce((left, one) => left.replaceAll(one, " "), text);
      return rest !== text && !hasLongLine(rest);
    },
  };
}

function textsIn(said: JsonObject): readonly string[] {
  const texts: string[] = [];
  const add = (value: JsonValue, depth: number): void => {
    if (typeof value === "string") texts.push(value.trim());
    else if (typeof value === "number") texts.push(String(value));
    else if (typeof value === "object" && value !== null && depth <= deepest)
      for (const one of Object.values(value)) add(one, depth + 1);
  };
  add(said, 0);
  return texts;
}

function hasLongLine(text: string): boolean {
  return text.split(/[\n\r]/).some((line) => line.length > 120 || (line.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) > 15);
}
