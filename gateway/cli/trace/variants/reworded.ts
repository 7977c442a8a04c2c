import { seedOf } from "./seed.ts";

/** Shorter texts are names, states and headings, which rules compare as a whole. */
const fewestWords = 4;

const letters = /[\p{L}\p{M}]+/gu;
const wordAlone = /^[\p{L}\p{M}'’-]+$/u;
const punctuation = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su;

/**
 * Replaces the words of free text by made-up ones of the same length and the same capitals. What stays: words that stand in
 * `argumentTexts`, since a later call takes its values from there, everything with a digit or a character of addresses in
 * it, and texts of fewer than four words.
 */
export function reworder(argumentTexts: readonly string[]): (text: string) => string {
  const kept = new Set(argumentTexts.flatMap((text) => text.toLowerCase().match(letters) ?? []));
  const made = new Map<string, string>();
  function replaced(word: string): string {
    const lower = word.toLowerCase();
    if (word.length < 2 || kept.has(lower)) return word;
    const other = made.get(lower) ?? otherWord(lower, kept);
    made.set(lower, other);
    return inCapitalsOf(word, other);
  }
  return function reworded(text) {
    const chunks = text.split(/(\s+)/);
    if (chunks.filter((chunk) => chunk.trim() !== "").length < fewestWords) return text;
    return chunks.map((chunk) => rewordedChunk(chunk, replaced)).join("");
  };
}

function rewordedChunk(chunk: string, replaced: (word: string) => string): string {
  const [, before = "", core = "", after = ""] = punctuation.exec(chunk) ?? [];
  return wordAlone.test(core) ? before + core.replace(letters, replaced) + after : chunk;
}

const consonants = "bdfgklmnprstvz";
const vowels = "aeiou";

function otherWord(word: string, kept: ReadonlySet<string>): string {
  for (let salt = 0; ; salt += 1) {
    const made = wordOf(seedOf(`${word}#${salt}`), word.length);
    if (made !== word && !kept.has(made)) return made;
    // Of two letters there are few; the word stays when all of them are taken.
    if (salt > 100) return word;
  }
}

function wordOf(seed: number, length: number): string {
  let [rest, made] = [seed, ""];
  for (let at = 0; at < length; at += 1) {
    const from = at % 2 === 0 ? consonants : vowels;
    made += from[rest % from.length] ?? "a";
    // As in a linear congruential generator, so that long words do not end in one letter.
    rest = (Math.imul(rest, 1_664_525) + 1_013_904_223) >>> 0;
  }
  return made;
}

function inCapitalsOf(word: string, other: string): string {
  if (word === word.toUpperCase()) return other.toUpperCase();
  const first = word.charAt(0);
  return first === first.toUpperCase() ? other.charAt(0).toUpperCase() + other.slice(1) : other;
}
