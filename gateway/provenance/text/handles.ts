import { isHyphened, isJoined } from "./words/gaps.ts";
import type { Words } from "./words/words.ts";

/** Most words of one handle. */
const mostWords = 4;

/**
 * Words that a hyphen joins, as accounts, branches and rooms are called (`ann-b`), and everyday words are too. Whoever asks knows that
 * the text repeats nobody else. `then` is called with the first word of each and the one after its last.
 */
export function handlesIn({ count, marks }: Words, then: (from: number, to: number) => void): void {
  for (let from = 0; from < count;) {
    let [to, isOne] = [from + 1, false];
    while (to < count && ((marks[to] as number) & isJoined) !== 0) {
      isOne ||= ((marks[to] as number) & isHyphened) !== 0;
      to += 1;
    }
    if (isOne && to - from <= mostWords) then(from, to);
    from = to;
  }
}
