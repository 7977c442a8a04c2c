import { quotedIn } from "./tokens.ts";
import { isHyphened, isJoined } from "./words/gaps.ts";
import type { Words } from "./words/words.ts";

/** Most words of one handle. */
const mostWords = 4;

type Span = readonly [from: number, to: number];

/**
 * Words that a hyphen joins, as accounts, branches and rooms are called (`ann-b`), and everyday words are too. None of those in
 * quotation marks, and none where there are more quotations than are looked at: they may be somebody else's. `then` is called with the
 * first word of each and the one after its last.
 */
export function handlesIn(words: Words, then: (from: number, to: number) => void): void {
  const spans = hyphenedIn(words);
  if (spans.length === 0) return;
  const quotes: Span[] = [];
  if (quotedIn(words, (from, to) => quotes.push([from, to]))) return;
  for (const [from, to] of spans) if (!quotes.some(([begin, end]) => begin < to && from < end)) then(from, to);
}

function hyphenedIn({ count, marks }: Words): Span[] {
  const spans: Span[] = [];
  for (let from = 0; from < count;) {
    let [to, isOne] = [from + 1, false];
    while (to < count && ((marks[to] as number) & isJoined) !== 0) {
      isOne ||= ((marks[to] as number) & isHyphened) !== 0;
      to += 1;
    }
    if (isOne && to - from <= mostWords) spans.push([from, to]);
    from = to;
  }
  return spans;
}
