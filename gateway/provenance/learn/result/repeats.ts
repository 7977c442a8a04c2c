import type { JsonObject, JsonValue } from "../../../lib/json.ts";

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

/** So many texts are looked for in the arguments as they stand: most answers ask about one, and a set of all would be made for it. */
const fewTexts = 4;

/** @param args the arguments of the call */
export function repeatsOf(args: JsonObject): Repeats {
  let asked = 0;
  let all: ReadonlySet<string> | null = null;
  let known: readonly string[] | null = null;
  const long = (): readonly string[] => (known ??= longTextsIn(args));
  return {
    isWhole: (text) => {
      const wanted = text.trim();
      // Long texts are asked for in both ways, and found in one walk unless there are too many.
      if (wanted.length >= shortest && long().length < mostArguments) return long().includes(wanted);
      asked += 1;
      return asked <= fewTexts ? hasText(args, wanted) : (all ??= new Set(textsIn(args))).has(wanted);
    },
    isAllOfFreeText: (text) => {
      const rest = long().reduce((left, one) => left.replaceAll(one, " "), text);
      return rest !== text && !hasLongLine(rest);
    },
  };
}

function hasText(args: JsonObject, wanted: string): boolean {
  // What is printed as the text is the number that the text is read as.
  const number = Number(wanted);
  return some(args, 0, (value) =>
    typeof value === "number"
      ? value === number && String(value) === wanted
      : value.length >= wanted.length && value.trim() === wanted,
  );
}

function textsIn(args: JsonObject): readonly string[] {
  const texts: string[] = [];
  some(args, 0, (value) => {
    texts.push(typeof value === "number" ? String(value) : value.trim());
    return false;
  });
  return texts;
}

function longTextsIn(args: JsonObject): readonly string[] {
  const texts = new Set<string>();
  let last = "";
  some(args, 0, (value) => {
    if (typeof value === "number" ? isPrintedShort(value) : value.length < shortest) return false;
    const text = String(value).trim();
    // Records of a list often end alike: to compare two texts takes less than to look for one in a set.
    if (text.length < shortest || text === last) return false;
    texts.add((last = text));
    return texts.size === mostArguments;
  });
  return [...texts];
}

/** Whole, or nearest to a decimal of nine digits and six after the point: none of them needs to be printed to know that it is no long text. */
function isPrintedShort(value: number): boolean {
  return Number.isSafeInteger(value) || (Math.abs(value) < 1e9 && Math.round(value * 1e6) / 1e6 === value);
}

/** Whether a text or number is one of those; not one after it is looked at. */
function some(value: JsonValue, depth: number, is: (value: string | number) => boolean): boolean {
  if (typeof value === "string" || typeof value === "number") return is(value);
  if (typeof value !== "object" || value === null || depth > deepest) return false;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some((item) => some(item, depth + 1, is));
  // Without a list of the members, which would be made anew for each object.
  const members = value as JsonObject;
  for (const key in members) if (some(members[key] as JsonValue, depth + 1, is)) return true;
  return false;
}

function hasLongLine(text: string): boolean {
  return text.split(/[\n\r]/).some((line) => line.length > 120 || (line.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) > 15);
}
