import { isJsonObject, type JsonObject } from "../../lib/json.ts";

/** How much more a word counts in a name than in the names of parameters. */
const weights = { name: 4, title: 2, description: 1, parameters: 1 } as const;

/** Okapi BM25: how soon a word that is repeated stops counting, and how much long texts are marked down. */
const saturation = 1.2;
const lengthPenalty = 0.5;
/** Of a word that only begins like the one looked for. */
const ofBeginning = 0.5;

/** Words that stand in nearly every description, and are looked for only where nothing else is. */
const untelling: ReadonlySet<string> = new Set(
  "a an and at by for from in is it of on one or that the thi to with".split(" "),
);

interface Indexed {
  readonly tool: JsonObject;
  /** Weight of each word. */
  readonly words: ReadonlyMap<string, number>;
  readonly length: number;
}

/**
 * The tools in whose names, titles, descriptions or parameters words of the text stand, best first; of equal ones, the first
 * listed. Without a word in the text, all of them in their order. The same tools and text give the same answer.
 */
export function ranked(tools: readonly JsonObject[], text: string): JsonObject[] {
  const words = [...new Set(wordsOf(text))];
  const telling = words.filter((word) => !untelling.has(word));
  const asked = telling.length > 0 ? telling : words;
  if (asked.length === 0) return [...tools];
  const indexed = tools.map(indexOf);
  const usual = indexed.reduce((sum, { length }) => sum + length, 0) / Math.max(1, indexed.length);
  const rarity = asked.map((word) => {
    const holding = indexed.filter(({ words }) => weightOf(words, word) > 0).length;
    return Math.log(1 + (indexed.length - holding + 0.5) / (holding + 0.5));
  });
  return indexed
    .map((entry) => ({ tool: entry.tool, score: scoreOf(entry, asked, rarity, usual) + exactly(entry, text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ tool }) => tool);
}

function scoreOf(
  { words, length }: Indexed,
  asked: readonly string[],
  rarity: readonly number[],
  usual: number,
): number {
  const damped = saturation * (1 - lengthPenalty + (lengthPenalty * length) / Math.max(1, usual));
  return asked.reduce((sum, word, at) => {
    const weight = weightOf(words, word);
    return sum + (rarity[at] ?? 0) * ((weight * (saturation + 1)) / (weight + damped));
  }, 0);
}

/** Above every other: whoever knows the name looks for its schema. */
function exactly({ tool }: Indexed, text: string): number {
  return tool["name"] === text.trim() ? 1_000 : 0;
}

function weightOf(words: ReadonlyMap<string, number>, asked: string): number {
  const whole = words.get(asked);
  if (whole !== undefined) return whole;
  if (asked.length < 3) return 0;
  let best = 0;
  for (const [word, weight] of words) if (word.startsWith(asked)) best = Math.max(best, weight * ofBeginning);
  return best;
}

function indexOf(tool: JsonObject): Indexed {
  const words = new Map<string, number>();
  let length = 0;
  for (const [field, texts] of Object.entries(textsOf(tool))) {
    for (const word of texts.flatMap(wordsOf)) {
      words.set(word, (words.get(word) ?? 0) + weights[field as keyof typeof weights]);
      length += 1;
    }
  }
  return { tool, words, length };
}

function textsOf({ name, title, description, inputSchema }: JsonObject): Record<keyof typeof weights, string[]> {
  const properties = isJsonObject(inputSchema) ? inputSchema["properties"] : undefined;
  return {
    name: textual(name),
    title: textual(title),
    description: textual(description),
    parameters: isJsonObject(properties) ? Object.keys(properties) : [],
  };
}

function textual(value: unknown): string[] {
  return typeof value === "string" ? [value] : [];
}

/** Characters of one text that are looked at. */
const longest = 4_000;

/** Letters and digits, in one case and form: `createRefund`, `create-refund` and `Create refunds` are the same two words. */
export function wordsOf(text: string): string[] {
  const parted = text
    .slice(0, longest)
    .normalize("NFKC")
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2");
  return (parted.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map(singular);
}

/** English plurals alone: more would find what nobody meant. */
function singular(word: string): string {
  if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}
