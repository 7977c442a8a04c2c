import { isWordAt } from "../characters.ts";
import type { Span } from "../kinds.ts";
import { phraseRules, type PhraseRule } from "./rules.ts";
import { english } from "./words-english.ts";
import { dutch, german } from "./words-germanic.ts";
import { french, italian, portuguese, spanish } from "./words-romance.ts";

/** A rule in one language: its groups by number. */
interface Phrase {
  readonly rule: PhraseRule;
  readonly groups: readonly number[];
  /** The group of words for "not", if a "not" next to the first word turns the phrase around. */
  readonly negation: number;
}

/** Words of phrases in a text, in the order in which they end: of each its group, its start and its end. */
export interface PhraseHits {
  readonly groups: number[];
  readonly starts: number[];
  readonly ends: number[];
}

const languages: readonly Readonly<Record<string, string>>[] = [
  english,
  german,
  french,
  spanish,
  italian,
  portuguese,
  dutch,
];

/** The groups of all languages, one after the other. */
const groupNames = languages.flatMap((groups, language) => Object.keys(groups).map((name) => `${language} ${name}`));
const groupWords = languages.flatMap((groups) => Object.values(groups).map((words) => words.split("|")));
const groupOfWord = groupWords.flatMap((words, group) => words.map(() => group));
export const phraseWords: readonly string[] = groupWords.flat();
const longestWord = Math.max(...phraseWords.map((word) => word.length));

const widestGap = Math.max(...phraseRules.map(({ gap }) => gap));

/** Phrases by the group of their first word. */
const phrases = languages.flatMap(phrasesOf);
const phrasesFrom = groupNames.map((_, group) => phrases.filter(({ groups }) => groups[0] === group));

function phrasesOf(_groups: unknown, language: number): Phrase[] {
  const numberOf = (name: string): number => groupNames.indexOf(`${language} ${name}`);
  return phraseRules
    .map((rule) => ({
      rule,
      groups: rule.groups.map(numberOf),
      negation: rule.unlessNegated ? numberOf("not") : -1,
    }))
    .filter(({ groups }) => !groups.includes(-1));
}

/** Adds a word to those of a text, unless it is a part of another. @param word which of `phraseWords` */
export function addHit(hits: PhraseHits, text: string, word: number, start: number): void {
  const end = start + (phraseWords[word] as string).length;
  if (start > 0 && isWordAt(text, start - 1) && isWordAt(text, start)) return;
  if (isWordAt(text, end) && isWordAt(text, end - 1)) return;
  hits.groups.push(groupOfWord[word] as number);
  hits.starts.push(start);
  hits.ends.push(end);
}

/** Phrases that give an agent orders. */
export function phrasesOfHits(text: string, hits: PhraseHits): Span[] {
  const found: Span[] = [];
  hits.groups.forEach((group, at) => {
    const begun = phrasesFrom[group] as readonly Phrase[];
    if (begun.length === 0) return;
    const near = groupsNear(hits, at);
    for (const phrase of begun) {
      const [, second] = phrase.groups;
      if (second !== undefined && !near.includes(second)) continue;
      const end = phraseEnd(text, hits, phrase, at, 1);
      if (end >= 0 && !isNegated(text, hits, phrase, at)) found.push({ start: hits.starts[at] as number, end });
    }
  });
  return found;
}

/** The groups of the words that stand behind the hit `at` as near as any phrase wants its second word. */
function groupsNear(hits: PhraseHits, at: number): readonly number[] {
  const last = (hits.ends[at] as number) + widestGap + longestWord;
  let next = at + 1;
  while (next < hits.ends.length && (hits.ends[next] as number) <= last) next += 1;
  return hits.groups.slice(at + 1, next);
}

/** Where the rest of a phrase ends whose words before `step` end with the hit `at`; -1 if it does not go on. */
function phraseEnd(text: string, hits: PhraseHits, phrase: Phrase, at: number, step: number): number {
  const from = hits.ends[at] as number;
  if (step === phrase.groups.length) return from;
  const { gap, ends } = phrase.rule;
  for (let next = at + 1; next < hits.groups.length; next += 1) {
    if ((hits.ends[next] as number) > from + gap + longestWord) return -1;
    const start = hits.starts[next] as number;
    if (hits.groups[next] !== phrase.groups[step] || start < from || start > from + gap) continue;
    if (ends.test(text.slice(from, start))) continue;
    const end = phraseEnd(text, hits, phrase, next, step + 1);
    if (end >= 0) return end;
  }
  return -1;
}

/** Whether a "not" stands right before or after the first word. */
function isNegated(text: string, hits: PhraseHits, { negation }: Phrase, at: number): boolean {
  if (negation < 0) return false;
  const near = [-3, -2, -1, 1, 2, 3].map((step) => at + step).filter((other) => hits.groups[other] === negation);
  return near.some((other) => {
    const between = other < at ? [hits.ends[other], hits.starts[at]] : [hits.ends[at], hits.starts[other]];
    return /^ {0,2}$/.test(text.slice(between[0], between[1])) && (between[0] ?? 0) <= (between[1] ?? 0);
  });
}
