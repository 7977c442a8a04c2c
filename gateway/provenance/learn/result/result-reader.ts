import { returnsUntrusted } from "../../../domain/facts.ts";
import { isExactNumber, type JsonObject, type JsonValue } from "../../../lib/json.ts";
import { type TextReader, type ReadFor } from "../../text/reader.ts";
import type { TaskText } from "../../text/task-text.ts";
import { isByOwnPeople, nobody } from "../authors.ts";
import { found, marksOfItems } from "../marks.ts";
import { nameSays, readName } from "../../text/member-names.ts";
import { isOnePiece } from "../pieces.ts";
import { hasAddressOfTask, isNameOfTask } from "../of-task.ts";
import { markAt, type Place, placesBelow, placesOf, type Places } from "../places.ts";
import { mayRepeatOthers, type Parts, partsOf } from "../quoted.ts";
import { longestKnownText, ReadTexts } from "./read-texts.ts";
import { RecordTexts, saysNoMore } from "./record-texts.ts";
import { repeatsOf, type Repeats } from "./repeats.ts";
import type { ResultAbout, ResultRead } from "./result-about.ts";
import { rootsOf } from "./result-roots.ts";

const deepest = 64;
const noPlaces: Places = { names: new Map(), root: null };
const nothing: ResultAbout = { returns: null, arguments: {}, caller: null, people: () => nobody };

/** Marks that members have of what they stand in. */
const inherited = found.field | found.people | found.own;

/** Of a name under which a record says how people call it; no mark of what stands there. */
const namesRecord = 0x100;

/** A record that is being read. */
interface OpenRecord {
  /** Number of its first digest. */
  readonly from: number;
  /** Numbers of the digests of its own ids. */
  readonly ids: number[];
  /** The task has its name. */
  isNamed: boolean;
}

/** Reads what came back, member by member; what was found is in the reader's `found`. */
export class ResultReader {
  readonly #reader: TextReader;
  /** Names of members that were met, with their marks and `namesRecord`. */
  readonly #names = new Map<string, number>();
  readonly #texts = new ReadTexts();
  readonly #ofRecords: RecordTexts;
  #about: ResultAbout = nothing;
  #places: Places = noPlaces;
  /** Ids of records that have an address or a name of these matter. */
  #tasks: readonly TaskText[] = [];
  #readFor: ReadFor = { codes: false, shingles: true, tokens: true };
  #ofPeople: ReadFor = this.#readFor;
  #ofQuoting: ReadFor = this.#readFor;
  #repeats: Repeats = repeatsOf({});
  #isMarked = false;
  #hasFreeText = false;
  #hasOther = false;
  #isCut = false;

  constructor(reader: TextReader) {
    this.#reader = reader;
    this.#ofRecords = new RecordTexts(reader.found);
  }

  read(content: JsonValue, about: ResultAbout): ResultRead {
    this.#begin(about);
    for (const { value, at } of rootsOf(content, this.#places)) this.#walk(value, 0, 0, at);
    return this.#end();
  }

  /** The same in pieces, for answers that take long; each ends with a `yield`. Nothing else may be read before the last one. */
  *readInPieces(content: JsonValue, about: ResultAbout): Generator<void, ResultRead> {
    this.#begin(about);
    for (const { value, at } of rootsOf(content, this.#places)) {
      yield;
      yield* this.#pieces(value, 0, 0, at);
    }
    return this.#end();
  }

  #begin(about: ResultAbout): void {
    this.#about = about;
    this.#places = about.returns === null ? noPlaces : placesOf(about.returns);
    this.#tasks = about.caller?.tasks ?? [];
    this.#repeats = repeatsOf(about.arguments);
    this.#names.clear();
    this.#texts.clear();
    this.#ofRecords.clear();
    this.#reader.clear();
    this.#isMarked = returnsUntrusted(about.returns);
    this.#readFor = { codes: about.returns?.labels.includes("private") ?? false, shingles: true, tokens: true };
    this.#ofQuoting = { ...this.#readFor, ownWords: true };
    this.#ofPeople = { ...this.#ofQuoting, handles: true };
    [this.#hasFreeText, this.#hasOther, this.#isCut] = [false, false, false];
  }

  #end(): ResultRead {
    const isUntrusted = this.#isMarked || (this.#hasFreeText && this.#about.returns?.own_text !== true);
    const isCut = this.#isCut || this.#reader.found.isCut;
    return { isUntrusted, hasUntrusted: isUntrusted && (this.#hasOther || isCut), isCut };
  }

  *#pieces(value: JsonValue, mark: number, depth: number, at: readonly Place[]): Generator<void> {
    if (depth > deepest || isOnePiece(value)) yield this.#walk(value, mark, depth, at);
    else if (typeof value === "string") yield* this.#longString(value, mark);
    else if (Array.isArray(value)) {
      const items = value as readonly JsonValue[];
      const ofItems = marksOfItems(items, mark);
      for (let index = 0; index < items.length; index += 1) {
        const below = at.length === 0 ? at : placesBelow(at, String(index));
        yield* this.#pieces(items[index] as JsonValue, ofItems | markAt(below), depth + 1, below);
      }
    } else
      yield* this.#longRecord(value as JsonObject, this.#authored(value as JsonObject, mark & inherited), depth, at);
  }

  *#longRecord(members: JsonObject, mark: number, depth: number, at: readonly Place[]): Generator<void> {
    const { found: digests } = this.#reader;
    const record: OpenRecord = { from: digests.count, ids: [], isNamed: false };
    for (const key in members) {
      const value = members[key] as JsonValue;
      const first = digests.count;
      const below = at.length === 0 ? at : placesBelow(at, key);
      yield* this.#pieces(value, this.#markOf(key) | mark | markAt(below), depth + 1, below);
      if (this.#tasks.length > 0) this.#noteMember(record, key, value, first);
    }
    if (this.#tasks.length > 0) this.#endRecord(record);
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
      const ofItems = marksOfItems(items, mark);
      for (let index = 0; index < items.length; index += 1) {
        const below = at.length === 0 ? at : placesBelow(at, String(index));
        this.#walk(items[index] as JsonValue, ofItems | markAt(below), depth + 1, below);
      }
      return;
    }
    const members = value as JsonObject;
    const ofMembers = this.#authored(members, mark & inherited);
    if (this.#tasks.length > 0) return this.#record(members, ofMembers, depth, at);
    // Without a list of the names, which is made anew for each of many objects of one shape.
    for (const key in members) this.#member(key, members[key] as JsonValue, ofMembers, depth, at);
  }

  /** Whoever wrote a record wrote what stands in it, but for records in it that state another author. */
  #authored(members: JsonObject, mark: number): number {
    const names = this.#about.returns?.author ?? [];
    if (names.length === 0) return mark;
    const isOwn = isByOwnPeople(members, names, this.#about.people(), this.#reader.words);
    return isOwn === null ? mark : isOwn ? mark | found.people : mark & ~found.people;
  }

  #member(key: string, value: JsonValue, mark: number, depth: number, at: readonly Place[]): void {
    const below = at.length === 0 ? at : placesBelow(at, key);
    this.#walk(value, this.#markOf(key) | mark | markAt(below), depth + 1, below);
  }

  #record(members: JsonObject, mark: number, depth: number, place: readonly Place[]): void {
    const record: OpenRecord = { from: this.#reader.found.count, ids: [], isNamed: false };
    for (const key in members) {
      const value = members[key] as JsonValue;
      const first = this.#reader.found.count;
      this.#member(key, value, mark, depth, place);
      this.#noteMember(record, key, value, first);
    }
    this.#endRecord(record);
  }

  /** A member was read, from the digest with the number `first` on. */
  #noteMember(record: OpenRecord, key: string, value: JsonValue, first: number): void {
    const ofKey = this.#names.get(key) as number;
    if ((ofKey & namesRecord) !== 0 && typeof value === "string" && !record.isNamed)
      record.isNamed = isNameOfTask(this.#reader.words, this.#tasks, value);
    if ((ofKey & found.id) === 0 || typeof value === "object") return;
    for (let at = first; at < this.#reader.found.count; at += 1) record.ids.push(at);
  }

  /** Its own ids are marked when the task has its name, or an address that stands in it at whatever depth. */
  #endRecord({ from, ids, isNamed }: OpenRecord): void {
    const { marks } = this.#reader.found;
    if (ids.length === 0 || !(isNamed || hasAddressOfTask(this.#reader.found, from, this.#tasks))) return;
    for (const at of ids) marks[at] = (marks[at] as number) | found.identified;
  }

  #markOf(key: string): number {
    const known = this.#names.get(key);
    if (known !== undefined) return known & ~namesRecord;
    const says = readName(key);
    const mark = (this.#places.names.get(key) ?? 0) | ((says & nameSays.id) === 0 ? 0 : found.id);
    this.#names.set(key, (says & nameSays.record) === 0 ? mark : mark | namesRecord);
    this.#readName(key, says);
    return mark;
  }

  /** Names of members of an untrusted result are the service's own, unless they look like data: a sentence, an address, a tag. */
  #readName(key: string, says: number): void {
    if (this.#isMarked && (says & nameSays.own) !== 0) return;
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

  #string(text: string, mark: number): void {
    const isOfRecords = this.#tasks.length > 0;
    const isShort = text.length <= longestKnownText;
    if (isOfRecords && isShort && (mark & found.people) === 0) return this.#textOfRecord(text, mark);
    // Each record has its own ids, and its own addresses.
    const before = isOfRecords && (mark & found.id) !== 0 ? null : this.#texts.of(text, mark);
    if (before?.has(text) === true) return;
    const from = this.#reader.found.count;
    this.#parts(text, mark);
    if (before !== null && !(isOfRecords && this.#reader.found.hasAddress(from))) this.#texts.add(text, before);
  }

  #textOfRecord(text: string, mark: number): void {
    const known = this.#ofRecords.of(text);
    if (saysNoMore(known, mark)) return;
    const { found: digests } = this.#reader;
    const { count, shingleCount } = digests;
    const isCopied = this.#ofRecords.repeat(known);
    this.#reader.isFreeText = false;
    if (!isCopied) this.#reader.read(text, this.#readFor);
    const isWhole = digests.hasRoomForShingles && digests.shingleCount === shingleCount && !digests.isCut;
    const isToCopy = !isCopied && isWhole && !this.#reader.isFreeText;
    this.#noteText(text, mark, count, shingleCount);
    this.#ofRecords.note(text, known, mark, count, isToCopy);
  }

  #parts(text: string, mark: number): void {
    if ((mark & found.people) === 0) return this.#text(text, mark, this.#readFor);
    const { own, quoted } = this.#partsOf(text, mark);
    this.#text(own, mark, this.#readForOf(own, quoted, mark));
    if (quoted !== "") this.#text(quoted, mark & ~found.people, this.#readFor);
  }

  *#longString(text: string, mark: number): Generator<void> {
    const { own, quoted } = this.#partsOf(text, mark);
    yield* this.#longText(own, mark, this.#readForOf(own, quoted, mark));
    if (quoted !== "") yield* this.#longText(quoted, mark & ~found.people, this.#readFor);
  }

  #partsOf(text: string, mark: number): Parts {
    return (mark & found.people) === 0 || (mark & found.field) !== 0 ? { own: text, quoted: "" } : partsOf(text);
  }

  #text(text: string, mark: number, readFor: ReadFor): void {
    const { count, shingleCount } = this.#reader.found;
    this.#reader.isFreeText = false;
    this.#reader.read(text, readFor);
    this.#noteText(text, mark, count, shingleCount);
  }

  *#longText(text: string, mark: number, readFor: ReadFor): Generator<void> {
    const { count, shingleCount } = this.#reader.found;
    this.#reader.isFreeText = false;
    yield* this.#reader.readInPieces(text, readFor);
    this.#noteText(text, mark, count, shingleCount);
  }

  /** Own people hand on codes and paths as they are, and handles (`add ann-b`) where they quote nobody. */
  #readForOf(own: string, quoted: string, mark: number): ReadFor {
    if ((mark & found.people) === 0 || mayRepeatOthers(own)) return this.#readFor;
    return quoted === "" ? this.#ofPeople : this.#ofQuoting;
  }

  /** A text was read; `from` and `shingles`: what had been found before. */
  #noteText(text: string, mark: number, from: number, shingles: number): void {
    const { found: digests } = this.#reader;
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
