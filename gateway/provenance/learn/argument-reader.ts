import { isExactNumber, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { addressesIn, namedAddress, wholeAddress } from "../text/addresses/addresses.ts";
import { foundAs } from "../text/found.ts";
import type { ReadFor, TextReader } from "../text/reader.ts";
import { splitValues } from "../text/split.ts";
import type { Words } from "../text/words/words.ts";
import { nameSays, readName } from "../text/member-names.ts";
import { ReadTexts } from "./result/read-texts.ts";

/** Marks of what was found in a call. */
export const callMarks = {
  /** An address within a text: whoever let the call through has not looked at it as a place to send to. */
  withinText: 1,
} as const;

const readFor: ReadFor = { codes: true, shingles: true, tokens: false };

/** As for what is traced: depth, values and UTF-16 units of one call. */
const deepest = 32;
const mostNodes = 4_096;
const mostUnits = 65_536;

/** Texts of which is known that they were read: those that come again and again are among the first. */
const mostKnown = 256;

/** Reads what a call says; what was found is in the reader's `found`. */
export class ArgumentReader {
  readonly #reader: TextReader;
  /** Lists repeat short texts, and once is enough. */
  readonly #texts = new ReadTexts();
  #nodes = 0;
  #units = 0;

  constructor(reader: TextReader) {
    this.#reader = reader;
  }

  /** @returns whether something was not looked at */
  read(args: JsonObject): boolean {
    this.#reader.clear();
    this.#texts.clear();
    [this.#nodes, this.#units] = [0, 0];
    return this.#walk(args, 0) || this.#reader.found.isCut;
  }

  #walk(value: JsonValue, depth: number): boolean {
    if (value === null || typeof value === "boolean") return false;
    this.#nodes += 1;
    if (this.#nodes > mostNodes || depth > deepest) return true;
    if (typeof value === "string") return this.#string(value);
    if (typeof value === "number" || isExactNumber(value)) {
      this.#reader.number(typeof value === "number" ? String(value) : JSON.stringify(value));
      return false;
    }
    return Array.isArray(value) ? this.#items(value, depth + 1) : this.#members(value as JsonObject, depth + 1);
  }

  #items(items: readonly JsonValue[], depth: number): boolean {
    let isCut = false;
    // Beyond the last node nothing is read.
    for (let at = 0; at < items.length && this.#nodes <= mostNodes; at += 1)
      isCut = this.#walk(items[at] as JsonValue, depth) || isCut;
    return isCut || this.#nodes > mostNodes;
  }

  /** Without a list of the names, which would be made anew for each object. */
  #members(members: JsonObject, depth: number): boolean {
    let isCut = false;
    for (const key in members) {
      if ((readName(key) & nameSays.data) !== 0) isCut = this.#string(key) || isCut;
      isCut = this.#walk(members[key] as JsonValue, depth) || isCut;
    }
    return isCut;
  }

  #string(text: string): boolean {
    const room = mostUnits - this.#units;
    this.#units += text.length;
    if (room > 0) this.#readText(text.length > room ? text.slice(0, room) : text);
    return text.length > room;
  }

  #readText(text: string): void {
    const before = this.#texts.of(text, 0);
    if (before?.has(text) === true) return;
    if (before !== null && before.size < mostKnown) this.#texts.add(text, before);
    const { found } = this.#reader;
    const from = found.count;
    this.#reader.read(text, readFor);
    if (!found.hasAddress(from) || this.#isOfAddresses(text)) return;
    for (let at = from; at < found.count; at += 1)
      if (found.as[at] === foundAs.address || found.as[at] === foundAs.host) found.marks[at] = callMarks.withinText;
  }

  /** One address, or a list of them, as of recipients. */
  #isOfAddresses(text: string): boolean {
    const { words } = this.#reader;
    // A sentence before the first separator says enough: a long text need not be taken apart.
    const first = sentenceBefore.exec(text)?.[1];
    if (first !== undefined && !isAddress(words, first)) return false;
    return splitValues(text).every((part) => isAddress(words, part));
  }
}

/** What stands before the first separator of `splitValues`, where a letter begins it: no quotation mark, and no bracket. */
const sentenceBefore = /^\s*(\p{L}[^",;\n\r|]{0,400})[,;\n\r|]/u;

function isAddress(words: Words, text: string): boolean {
  words.read(text);
  const addresses = addressesIn(words);
  return (wholeAddress(words, addresses) ?? namedAddress(text, addresses)) !== null;
}
