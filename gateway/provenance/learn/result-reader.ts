import { type ReturnsFact, returnsUntrusted } from "../../domain/facts.ts";
import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type TextReader, type ReadFor } from "../text/reader.ts";
import { repeatsOf, type Repeats } from "./repeats.ts";

/** Marks of what was found in a result. */
export const found = {
  /** In a field that the service sets. */
  field: 1,
  /** Under a name of an id. */
  id: 2,
  /** In a long text of a result that is not marked untrusted. */
  freeText: 4,
} as const;

/** What is known of a result before it is read. */
export interface ResultAbout {
  /** Null counts as untrusted text. */
  readonly returns: ReturnsFact | null;
  /** Of the call that it answers. */
  readonly arguments: JsonObject;
}

export interface ResultRead {
  /** A third party may have written it: it is marked so, or has free text. */
  readonly isUntrusted: boolean;
  /** It has something that a third party may have written. */
  readonly hasUntrusted: boolean;
  /** Not all of it was looked at. */
  readonly isCut: boolean;
}

const deepest = 64;

/** At most four words, by which a service names what it tells. */
const ownName = /^[A-Za-z0-9]{0,24}(?:[_-][A-Za-z0-9]{1,16}){0,3}$/;

const idName =
  /^(?:id|ids|uid|uuid|guid|key|ref|reference|number|slug|handle|sha|url|link|href|path)$|(?:_|-)(?:id|ids|uid|key|ref|number|url|path)$|(?:Id|Ids|Key|Ref|Number|Url)$/;

/** Texts of one result of which is known that they were read, and the longest of them in UTF-16 units. */
const mostRepeated = 4_096;
const longestRepeated = 64;

/** Members of an array that may each be something that the call created. */
const mostCreated = 8;

/** Reads what came back, member by member; what was found is in the reader's `found`. */
export class ResultReader {
  readonly #reader: TextReader;
  /** Names of members that were met, with their marks. */
  readonly #names = new Map<string, number>();
  /** Short texts that were read, by the mark that they were read with: lists repeat them, and once is enough. */
  readonly #texts: readonly Set<string>[] = Array.from({ length: 8 }, () => new Set());
  #about: ResultAbout = { returns: null, arguments: {} };
  #readFor: ReadFor = { codes: false, shingles: true, tokens: true };
  #repeats: Repeats = repeatsOf({});
  #isMarked = false;
  #hasFreeText = false;
  #hasOther = false;
  #isCut = false;

  constructor(reader: TextReader) {
    this.#reader = reader;
  }

  read(content: JsonValue, about: ResultAbout): ResultRead {
    this.#about = about;
    this.#repeats = repeatsOf(about.arguments);
    this.#names.clear();
    for (const texts of this.#texts) texts.clear();
    this.#reader.clear();
    this.#isMarked = returnsUntrusted(about.returns);
    this.#readFor = { codes: about.returns?.labels.includes("private") ?? false, shingles: true, tokens: true };
    [this.#hasFreeText, this.#hasOther, this.#isCut] = [false, false, false];
    this.#content(content);
    const isUntrusted = this.#isMarked || (this.#hasFreeText && about.returns?.own_text !== true);
    const isCut = this.#isCut || this.#reader.found.isCut;
    return { isUntrusted, hasUntrusted: isUntrusted && (this.#hasOther || isCut), isCut };
  }

  /** A text that is JSON is read as that; the blocks of an MCP result too. */
  #content(content: JsonValue): void {
    const blocks = isJsonObject(content) ? content["content"] : undefined;
    if (!Array.isArray(blocks) || !blocks.every(isBlock)) return this.#whole(content);
    const { content: _blocks, structuredContent = null, _meta = null, ...rest } = content as JsonObject;
    for (const block of blocks as readonly JsonObject[]) this.#block(block);
    this.#walk(structuredContent, 0, 0);
    this.#walk(_meta, 0, 0);
    this.#walk(rest, 0, 0);
  }

  #block({ type: _type, text, ...rest }: JsonObject): void {
    if (typeof text === "string") this.#whole(text);
    this.#walk(rest, 0, 0);
  }

  #whole(content: JsonValue): void {
    if (typeof content !== "string" || !/^\s*[[{]/.test(content)) return this.#walk(content, 0, 0);
    try {
      this.#walk(JSON.parse(content) as JsonValue, 0, 0);
    } catch {
      this.#walk(content, 0, 0);
    }
  }

  #walk(value: JsonValue, mark: number, depth: number): void {
    if (value === null || typeof value === "boolean") return;
    if (depth > deepest) {
      this.#isCut = true;
      return;
    }
    if (typeof value === "string") return this.#string(value, mark);
    if (typeof value === "number") return this.#number(String(value), mark);
    if (isExactNumber(value)) return this.#number(JSON.stringify(value), mark);
    if (Array.isArray(value)) {
      const items = value as readonly JsonValue[];
      const ofItems = items.length > mostCreated ? mark & ~found.id : mark;
      for (const item of items) this.#walk(item, ofItems, depth + 1);
      return;
    }
    // Without a list of the names, which is made anew for each of many objects of one shape.
    const members = value as JsonObject;
    for (const key in members)
      this.#walk(members[key] as JsonValue, this.#markOf(key) | (mark & found.field), depth + 1);
  }

  #markOf(key: string): number {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const isField = this.#about.returns?.trusted_fields.includes(key) === true;
    const mark = (isField ? found.field : 0) | (idName.test(key) ? found.id : 0);
    this.#names.set(key, mark);
    this.#readName(key);
    return mark;
  }

  /** Names of members of an untrusted result are the service's own, unless they look like data: a sentence, an address, a tag. */
  #readName(key: string): void {
    if (this.#isMarked && ownName.test(key)) return;
    this.#reader.read(key, this.#readFor);
    if (this.#isMarked) this.#hasOther = true;
  }

  #number(text: string, mark: number): void {
    const from = this.#reader.found.count;
    this.#reader.number(text);
    this.#reader.found.mark(from, mark);
    // Of a result that is not marked only free text says anything.
    if (!this.#isMarked || this.#hasOther || (mark & found.field) !== 0) return;
    if (!this.#repeats.isWhole(text)) this.#hasOther = true;
  }

  /** Whether this text was read before with this mark; notes that it was. */
  #isRepeated(text: string, mark: number): boolean {
    if (text.length > longestRepeated) return false;
    const texts = this.#texts[mark] as Set<string>;
    const before = texts.size;
    if (before === mostRepeated) return texts.has(text);
    return texts.add(text).size === before;
  }

  #string(text: string, mark: number): void {
    if (this.#isRepeated(text, mark)) return;
    const { found: digests } = this.#reader;
    const [from, shingles] = [digests.count, digests.shingleCount];
    this.#reader.isFreeText = false;
    this.#reader.read(text, this.#readFor);
    digests.mark(from, mark);
    if ((mark & found.field) !== 0) {
      digests.shingleCount = shingles;
      return;
    }
    // It could only say what is known already, or nothing.
    if (this.#isMarked ? this.#hasOther : !this.#reader.isFreeText) return;
    if ((text.length < 4 && text.trim() === "") || this.#repeats.isWhole(text)) return;
    this.#hasOther = true;
    if (this.#isMarked || !this.#reader.isFreeText || this.#repeats.isAllOfFreeText(text)) return;
    this.#hasFreeText = true;
    // Whoever wrote a help text: what it names is no evidence for a destination.
    digests.mark(from, found.freeText);
  }
}

function isBlock(value: unknown): boolean {
  return isJsonObject(value) && typeof value["type"] === "string";
}
