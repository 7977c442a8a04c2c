import { fewestAccountDigits } from "./addresses/accounts.ts";
import { addressesIn } from "./addresses/addresses.ts";
import { codesIn, fewestSecretDigits } from "./codes.ts";
import { type Digester, digestOf } from "./digest.ts";
import { decodedTexts, endsInEncoded, mayBeEncoded, mostLayers } from "./encodings.ts";
import { foundAs, type Found, type FoundAs } from "./found.ts";
import { handlesIn } from "./handles.ts";
import { numbersIn, type NumbersWanted } from "./grouped-numbers.ts";
import { fewDigits, hasFewDigits, isCompactDate, jsonNumberForm, numberForms } from "./numbers.ts";
import { quotedIn, tokensIn } from "./tokens.ts";
import { beginsLine, beginsPart, hasDigit, hasLetter } from "./words/gaps.ts";
import { longestText, type ReadBefore, Words } from "./words/words.ts";

/** What a text is read for, beside addresses and whole values. */
export interface ReadFor {
  readonly codes: boolean;
  readonly shingles: boolean;
  /** Codes, paths, handles, long numbers and what is quoted: all that stands in sentences. */
  readonly tokens: boolean;
  /** They are the author's own words, which repeat nobody; absent: they may be somebody else's. What a text encodes is not its author's own. */
  readonly ownWords?: boolean;
  /** Handles, see `handlesIn`; absent: no. */
  readonly handles?: boolean;
}

/** A whole value has at most so many words. */
export const mostValueWords = 15;

const numbersOfSentences: NumbersWanted = { fewest: fewDigits, inGroups: false };

/** Back from the place where a long text is cut, a blank is looked for so far. */
const cutReach = 200;

/**
 * Reads texts of calls and answers for what can be met again: addresses, and whole values, which are the text itself, its lines, and
 * their parts between , ; and : if they have at most 15 words.
 */
export class TextReader {
  readonly words: Words;
  readonly digester: Digester;
  readonly found: Found;
  /** A text that was read since `clear` has a line that is too long for a value. */
  isFreeText = false;
  #tokensAs: FoundAs = foundAs.quoted;
  readonly #onCode = (): void => this.found.add(foundAs.code);
  readonly #onToken = (from: number, to: number): void => {
    this.digester.words(this.words.hi, this.words.lo, from, to);
    this.found.add(this.#tokensAs);
  };
  readonly #onQuoted = (from: number, to: number): void => {
    this.digester.words(this.words.hi, this.words.lo, from, to);
    this.found.add(foundAs.quoted);
  };
  readonly #onNumber = (form: string): void => {
    if (!hasFewDigits(form)) this.found.text(this.#tokensAs, digestOf.number, form);
  };

  constructor(digester: Digester, found: Found, before: ReadBefore | null = null) {
    this.words = new Words(digester.key, before);
    this.digester = digester;
    this.found = found;
  }

  clear(): void {
    this.found.clear();
    this.isFreeText = false;
  }

  read(text: string, readFor: ReadFor, layers = mostLayers): void {
    for (let from = 0; from < text.length;) from = this.#readFrom(text, from, readFor, layers);
  }

  /** The same in pieces, for long texts; each ends with a `yield`. */
  *readInPieces(text: string, readFor: ReadFor): Generator<void> {
    for (let from = 0; from < text.length; yield) from = this.#readFrom(text, from, readFor, mostLayers);
  }

  /** Reads as much as is read at once. @returns where the rest begins */
  #readFrom(text: string, from: number, readFor: ReadFor, layers: number): number {
    const to = cutPlace(text, from);
    const part = from === 0 && to === text.length ? text : text.slice(from, to);
    this.#readPart(part, readFor, layers);
    if (to < text.length) {
      this.isFreeText = true;
      if (endsInEncoded(part)) this.found.isCut = true;
    }
    return to;
  }

  /** A number as JSON has it. Whole numbers may be accounts and secrets too. */
  number(text: string): void {
    const form = jsonNumberForm(text);
    this.#addNumber(form);
    const dot = form.indexOf(".");
    const whole = dot < 0 ? form : form.slice(0, dot);
    if (whole.length < fewestSecretDigits || !/^\d+$/.test(whole) || isCompactDate(whole)) return;
    this.#addCode(whole);
    if (dot < 0 && whole.length >= fewestAccountDigits) this.found.text(foundAs.address, digestOf.address, whole);
  }

  #readPart(text: string, readFor: ReadFor, layers: number): void {
    const { words, digester, found } = this;
    words.read(text);
    if (words.isFreeText) this.isFreeText = true;
    if (words.isCut) found.isCut = true;
    if (found.hasRoomForValues) this.#addValues();
    else found.isCut = true;
    if (readFor.tokens && found.hasRoomForValues) {
      this.#tokensAs = readFor.ownWords === true ? foundAs.token : foundAs.quoted;
      tokensIn(words, this.#onToken);
      if (readFor.handles === true) handlesIn(words, this.#onToken);
      if (quotedIn(words, this.#onQuoted)) found.isCut = true;
      numbersIn(words, numbersOfSentences, this.#onNumber);
    }
    for (const { kind, normal, host } of addressesIn(words)) {
      found.text(foundAs.address, digestOf.address, normal);
      if (kind === "url" && host !== null) found.text(foundAs.host, digestOf.host, host);
      if (kind === "account" && readFor.codes) this.#addCode(normal);
    }
    if (readFor.codes) codesIn(words, digester, this.#onCode);
    if (readFor.shingles && found.hasRoomForShingles) found.addShingles(words);
    if (layers === 0 || !mayBeEncoded(words)) return;
    const decodedFor = readFor.ownWords === true ? { ...readFor, ownWords: false, handles: false } : readFor;
    const { texts, isCut } = decodedTexts(text, words.longest);
    if (isCut) found.isCut = true;
    for (const decoded of texts) this.read(decoded, decodedFor, layers - 1);
  }

  /** An account is a secret however it is spaced. */
  #addCode(normal: string): void {
    this.digester.code(normal, 0, normal.length);
    this.found.add(foundAs.code);
  }

  #addValues(): void {
    const { words } = this;
    const { count, marks } = words;
    if (count === 0) return;
    if (isTimestamp(words.text)) return this.#addValue(0, count);
    let line = 0;
    let part = 0;
    for (let at = 1; at < count; at += 1) {
      const mark = marks[at] as number;
      if ((mark & beginsPart) === 0) continue;
      this.#addValue(part, at);
      if ((mark & beginsLine) !== 0) {
        if (part > line) this.#addValue(line, at);
        line = at;
      }
      part = at;
    }
    this.#addValue(part, count);
    if (part > line) this.#addValue(line, count);
    if (line > 0) this.#addValue(0, count);
  }

  #addValue(from: number, to: number): void {
    if (to - from > mostValueWords) return;
    const { words, digester, found } = this;
    if (isOfDigits(words, from, to)) {
      const forms = numberForms(words.text.slice(words.start[from], words.end[to - 1]));
      for (const form of forms) this.#addNumber(form);
      if (forms.length > 0) return;
    }
    digester.words(words.hi, words.lo, from, to);
    found.add(foundAs.value);
  }

  #addNumber(form: string): void {
    this.found.text(hasFewDigits(form) ? foundAs.shortNumber : foundAs.value, digestOf.number, form);
  }
}

/** As services write it: its parts are no values. */
function isTimestamp(text: string): boolean {
  return (
    text.length > 15 &&
    text.length < 36 &&
    text.charCodeAt(4) === 0x2d &&
    /^\d{4}-\d\d-\d\d[Tt ][\d:.,]+ ?(?:[Zz]|[+-][\d:]+)?$/.test(text)
  );
}

export function isOfDigits({ marks }: Words, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const mark = marks[at] as number;
    if ((mark & hasLetter) !== 0 || (mark & hasDigit) === 0) return false;
  }
  return true;
}

/** At the end of the text, or after a blank where it is too long to be read at once. */
function cutPlace(text: string, from: number): number {
  const to = from + longestText;
  if (to >= text.length) return text.length;
  for (let at = to; at > to - cutReach; at -= 1) if (text.charCodeAt(at - 1) <= 0x20) return at;
  return to;
}
