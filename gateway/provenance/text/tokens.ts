import { hasDigit, hasLetter, type Words } from "./words.ts";

/** Most words of one token. */
const mostWords = 12;

/**
 * Tokens of a text that look like a name which somebody gave to a thing: codes of letters and digits, paths, handles and channels (`#x`,
 * `@x`), names joined by underscores. `then` is called with the first word of each and the one after its last.
 */
export function tokensIn(words: Words, then: (from: number, to: number) => void): void {
  const { count } = words;
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && isJoined(words, to)) to += 1;
    if (to - from <= mostWords && looksGiven(words, from, to)) then(from, to);
    from = to;
  }
}

/** Whether one or two signs, and no blank, stand between a word and the one before. */
function isJoined({ text, start, end }: Words, at: number): boolean {
  const from = end[at - 1] as number;
  const to = start[at] as number;
  if (to - from > 2) return false;
  for (let place = from; place < to; place += 1) if (!"-_./\\@#:+~".includes(text.charAt(place))) return false;
  return true;
}

function looksGiven({ text, start, end, marks }: Words, from: number, to: number): boolean {
  let mark = 0;
  for (let at = from; at < to; at += 1) {
    mark |= marks[at] as number;
    if (at > from && hasGivenSign(text, end[at - 1] as number, start[at] as number)) return true;
  }
  const first = start[from] as number;
  if (first > 0 && "#@/~\\".includes(text.charAt(first - 1))) return true;
  return (mark & hasLetter) !== 0 && (mark & hasDigit) !== 0 && (end[to - 1] as number) - first >= 3;
}

function hasGivenSign(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ("_/\\@#".includes(text.charAt(at))) return true;
  return false;
}
