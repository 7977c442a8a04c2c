import type { Span } from "../kinds.ts";
import { literals } from "../literals.ts";
import { markerAt, markerWords } from "./markers.ts";
import { addHit, phraseWords, phrasesOfHits, type PhraseHits } from "./phrases.ts";

export { findHidden } from "./hidden.ts";

const words = literals([...markerWords, ...phraseWords]);

/**
 * Phrases and marks aimed at agents, in English, German, French, Spanish, Italian, Portuguese and Dutch. They are a signal and
 * never a verdict: honest texts about agents have them too, and an attack needs none of them.
 */
export function findInjection(text: string): Span[] {
  const found: Span[] = [];
  const hits: PhraseHits = { groups: [], starts: [], ends: [] };
  words.find(text, (word, start) => {
    if (word >= markerWords.length) return addHit(hits, text, word - markerWords.length, start);
    const marker = markerAt(text, word, start);
    if (marker !== null) found.push(marker);
  });
  return [...found, ...phrasesOfHits(text, hits)];
}
