import { type ReturnsFact, returnsUntrusted } from "../../domain/facts.ts";
import { isExactNumber, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { type TextReader, type ReadFor } from "../text/reader.ts";
import { foundAs } from "../text/found.ts";
import { setKey } from "../text/digest.ts";
import { standsInTask } from "../text/task-text.ts";
import type { CallerFacts } from "../trace/caller.ts";
import { isByOwnPeople, nobody, type OwnPeople } from "./authors.ts";
import { found } from "./marks.ts";
import { markAt, type Place, placesBelow, placesOf, type Places } from "./places.ts";
import { partsOf } from "./quoted.ts";
import { repeatsOf, type Repeats } from "./repeats.ts";

/** What is known of a result before it is read. */
export interface ResultAbout {
  /** Null counts as untrusted text. */
  readonly returns: ReturnsFact | null;
  /** Of the call that it answers. */
  readonly arguments: JsonObject;
  /** Null when nothing is known of the call's task. */
  readonly caller: Pick<CallerFacts, "tasks"> | null;
  readonly people: OwnPeople;
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

const noPlaces: Places = { names: new Map(), root: null };
const nothing: ResultAbout = { returns: null, arguments: {}, caller: null, people: nobody };

/** Marks that members have of what they stand in. */
const inherited = found.field | found.people | found.own;

/** At most four words, by which a service names what it tells. */
const ownName = /^[A-Za-z0-9]{0,24}(?:[_-][A-Za-z0-9]{1,16}){0,3}$/;

const idName =
  /^(?:id|ids|uid|uuid|guid|key|ref|reference|number|slug|handle|sha|url|link|href|path)$|(?:_|-)(?:id|ids|uid|key|ref|number|url|path)$|(?:Id|Ids|Key|Ref|Number|Url)$/;

/** Under which a record says how people call it. */
const nameOfRecord = /^(?:title|name|subject|label)$|(?:_|^to_)name$|Name$/;
const mostNameWords = 8;

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
  /** Short texts that were read, by the marks that they were read with: lists repeat them, and once is enough. */
  readonly #texts: readonly Set<string>[] = Array.from({ length: 16 }, () => new Set());
  #about: ResultAbout = nothing;
  #places: Places = noPlaces;
  /** Ids of records that may have an address or a name of the task matter. */
  #selects = false;
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
    this.#places = about.returns === null ? noPlaces : placesOf(about.returns);
    this.#selects = about.caller !== null && about.caller.tasks.length > 0;
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
    this.#root(structuredContent);
    this.#walk(_meta, 0, 0, noneAt);
    this.#walk(rest, 0, 0, noneAt);
  }

  #block({ type: _type, text, ...rest }: JsonObject): void {
    if (typeof text === "string") this.#whole(text);
    this.#walk(rest, 0, 0, noneAt);
  }

  #whole(content: JsonValue): void {
    if (typeof content !== "string" || !/^\s*[[{]/.test(content)) return this.#root(content);
    try {
      this.#root(JSON.parse(content) as JsonValue);
    } catch {
      this.#root(content);
    }
  }

  /** What places in the catalog count from. */
  #root(content: JsonValue): void {
    this.#walk(content, 0, 0, this.#places.root ?? noneAt);
  }

  /** @param at what the catalog says of the places below */
  #walk(value: JsonValue, mark: number, depth: number, at: readonly Place[]): void {
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
      for (let index = 0; index < items.length; index += 1) {
        const below = at.length === 0 ? at : placesBelow(at, String(index));
        this.#walk(items[index] as JsonValue, ofItems | markAt(below), depth + 1, below);
      }
      return;
    }
    const members = value as JsonObject;
    const ofMembers = this.#authored(members, mark & inherited);
    if (this.#selects) return this.#record(members, ofMembers, depth, at);
    // Without a list of the names, which is made anew for each of many objects of one shape.
    for (const key in members) this.#member(key, members[key] as JsonValue, ofMembers, depth, at);
  }

  /** Whoever wrote a record wrote what stands in it, but for records in it that state another author. */
  #authored(members: JsonObject, mark: number): number {
    const names = this.#about.returns?.author ?? [];
    if (names.length === 0) return mark;
    const isOwn = isByOwnPeople(members, names, this.#about.people, this.#reader.words);
    if (isOwn === null) return mark;
    return isOwn ? mark | found.people : mark & ~found.people;
  }

  #member(key: string, value: JsonValue, mark: number, depth: number, at: readonly Place[]): void {
    const below = at.length === 0 ? at : placesBelow(at, key);
    this.#walk(value, this.#markOf(key) | mark | markAt(below), depth + 1, below);
  }

  /** Its own ids are marked when the task has its name, or an address that stands in it at whatever depth. */
  #record(members: JsonObject, mark: number, depth: number, place: readonly Place[]): void {
    const { found: digests } = this.#reader;
    const from = digests.count;
    const ids: number[] = [];
    let isNamed = false;
    for (const key in members) {
      const value = members[key] as JsonValue;
      const first = digests.count;
      this.#member(key, value, mark, depth, place);
      isNamed ||= typeof value === "string" && nameOfRecord.test(key) && this.#isNameOfTask(value);
      if (typeof value === "object" || (this.#markOf(key) & found.id) === 0) continue;
      for (let at = first; at < digests.count; at += 1) ids.push(at);
    }
    if (ids.length === 0 || !(isNamed || this.#hasAddressOfTask(from))) return;
    for (const at of ids) digests.marks[at] = (digests.marks[at] as number) | found.identified;
  }

  /** A whole name, as `Dentist` or `Hotell Sagene`. */
  #isNameOfTask(name: string): boolean {
    if (name.length > longestRepeated) return false;
    const { words } = this.#reader;
    words.read(name);
    const { count, lo } = words;
    if (count === 0 || count > mostNameWords || !/\p{L}{4}/u.test(name)) return false;
    return (this.#about.caller?.tasks ?? []).some((task) => standsInTask(task, lo, 0, count, false));
  }

  #hasAddressOfTask(from: number): boolean {
    const { found: digests } = this.#reader;
    const tasks = this.#about.caller?.tasks ?? [];
    for (let at = from; at < digests.count; at += 1) {
      if (digests.as[at] !== foundAs.address) continue;
      const key = setKey(digests.hi[at] as number, digests.lo[at] as number);
      if (tasks.some(({ addresses }) => addresses.has(key))) return true;
    }
    return false;
  }

  #markOf(key: string): number {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const mark = (this.#places.names.get(key) ?? 0) | (idName.test(key) ? found.id : 0);
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

  /** Those that were read with this mark; null for a text that is read each time. */
  #readWith(text: string, mark: number): Set<string> | null {
    // Each record has its own ids.
    if (text.length > longestRepeated || (this.#selects && (mark & found.id) !== 0)) return null;
    const marks = (mark & (found.field | found.id)) | ((mark & (found.people | found.own)) >> 2);
    return this.#texts[marks] as Set<string>;
  }

  #string(text: string, mark: number): void {
    const before = this.#readWith(text, mark);
    if (before?.has(text) === true) return;
    const { found: digests } = this.#reader;
    const from = digests.count;
    this.#parts(text, mark);
    // Each record has its own addresses, too.
    if (before !== null && before.size < mostRepeated && !(this.#selects && digests.hasAddress(from))) before.add(text);
  }

  #parts(text: string, mark: number): void {
    if ((mark & found.people) === 0 || (mark & found.field) !== 0) return this.#text(text, mark);
    const { own, quoted } = partsOf(text);
    this.#text(own, mark);
    if (quoted !== "") this.#text(quoted, mark & ~found.people);
  }

  #text(text: string, mark: number): void {
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

const noneAt: readonly Place[] = [];

function isBlock(value: unknown): boolean {
  return isJsonObject(value) && typeof value["type"] === "string";
}
