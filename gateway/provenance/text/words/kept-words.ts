import type { Address } from "../addresses/address.ts";
import type { ReadBefore, Words } from "./words.ts";

/** Texts that are kept, and the shortest of them, in UTF-16 units: a shorter one is read as fast as it is copied. */
const most = 4;
const shortest = 128;

/** A text that was read. */
interface Page {
  text: string;
  readAs: string;
  count: number;
  digitCount: number;
  longest: number;
  signs: number;
  isFreeText: boolean;
  addresses: readonly Address[] | null;
  hi: Uint32Array;
  lo: Uint32Array;
  start: Uint16Array;
  end: Uint16Array;
  marks: Uint8Array;
  digitWords: Uint16Array;
}

/**
 * The words of the long texts that were read last, as they were found. What a call says is looked at when it is traced and twice when it is
 * sent: to copy what was found takes a tenth of the time.
 */
export class KeptWords implements ReadBefore {
  readonly #pages: Page[] = [];
  #next = 0;

  /** @param text whose words these are */
  keep(text: string, words: Words): void {
    if (text.length < shortest || words.isCut || this.#pageOf(text) !== null) return;
    const { count } = words;
    const page = this.#free(count);
    page.text = text;
    page.readAs = words.text;
    page.count = count;
    page.digitCount = words.digitCount;
    page.longest = words.longest;
    page.signs = words.signs;
    page.isFreeText = words.isFreeText;
    page.addresses = words.addresses;
    copy(words, page, count, words.digitCount);
  }

  restore(text: string, words: Words): boolean {
    if (text.length < shortest) return false;
    const page = this.#pageOf(text);
    if (page === null) return false;
    words.text = page.readAs;
    words.count = page.count;
    words.digitCount = page.digitCount;
    words.longest = page.longest;
    words.signs = page.signs;
    words.isCut = false;
    words.isFreeText = page.isFreeText;
    words.addresses = page.addresses;
    copy(page, words, page.count, page.digitCount);
    return true;
  }

  #pageOf(text: string): Page | null {
    for (const page of this.#pages) if (page.text === text) return page;
    return null;
  }

  /** The page that was written first, with room for so many words. */
  #free(count: number): Page {
    const at = this.#next;
    this.#next = (at + 1) % most;
    const page = this.#pages[at];
    if (page !== undefined && page.hi.length >= count) return page;
    return (this.#pages[at] = emptyPage(2 ** Math.ceil(Math.log2(Math.max(count, shortest)))));
  }
}

type Columns = Pick<Page, "hi" | "lo" | "start" | "end" | "marks" | "digitWords">;

function copy(from: Columns, to: Columns, count: number, digits: number): void {
  to.hi.set(from.hi.subarray(0, count));
  to.lo.set(from.lo.subarray(0, count));
  to.start.set(from.start.subarray(0, count));
  to.end.set(from.end.subarray(0, count));
  to.marks.set(from.marks.subarray(0, count));
  to.digitWords.set(from.digitWords.subarray(0, digits));
}

function emptyPage(room: number): Page {
  return {
    text: "",
    readAs: "",
    count: 0,
    digitCount: 0,
    longest: 0,
    signs: 0,
    isFreeText: false,
    addresses: null,
    hi: new Uint32Array(room),
    lo: new Uint32Array(room),
    start: new Uint16Array(room),
    end: new Uint16Array(room),
    marks: new Uint8Array(room),
    digitWords: new Uint16Array(room),
  };
}
