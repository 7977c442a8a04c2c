import { isDigitAt, isWordAt } from "../characters.ts";

/** Groups of four digits with one blank between them, as many as stand behind each other. */
export interface GroupRow {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly string[];
  /** Whether its groups are numbers of cards and nothing else; null until somebody has asked. */
  isCards: boolean | null;
}

/** A group and the blank before or after it. */
const step = 5;

/** The rows of one text. Each is read once, from the front, so that a row of any length takes time in proportion to it. */
export class GroupRows {
  readonly #text: string;
  #last: GroupRow | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  /** The row that the group at `start` is in. Is asked in the order of the text. */
  at(start: number): GroupRow {
    if (this.#last === null || this.#last.end <= start) this.#last = this.#read(start);
    return this.#last;
  }

  #read(from: number): GroupRow {
    const text = this.#text;
    let start = from;
    while (text.charAt(start - 1) === " " && isGroupAt(text, start - step)) start -= step;
    let end = from + 4;
    while (text.charAt(end) === " " && isGroupAt(text, end + 1)) end += step;
    return { start, end, groups: text.slice(start, end).split(" "), isCards: null };
  }
}

/** Four digits that are no part of a longer word or of a number with a fraction. */
function isGroupAt(text: string, start: number): boolean {
  if (start < 0 || isWordAt(text, start - 1) || isWordAt(text, start + 4)) return false;
  if (".,".includes(text.charAt(start + 4)) && isDigitAt(text, start + 5)) return false;
  for (let at = start; at < start + 4; at += 1) if (!isDigitAt(text, at)) return false;
  return true;
}
