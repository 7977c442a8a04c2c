import { hash } from "node:crypto";

/**
 * Members that many records have alike, as a line of their own: `{"seq":1,"kind":"shared","digest":"…","members":{…}}`. A record whose
 * `like` names the digest has these members too. The line stands before that record in the same segment.
 */
export class SharedRecord {
  /** SHA-256 of the text of the members, base64url. */
  readonly digest: string;
  /** JSON text of an object. */
  readonly members: string;
  /** The part of the log that has it, see `LogFile`; null: none. */
  writtenIn: object | null = null;

  constructor(members: string) {
    this.members = members;
    this.digest = digestOfMembers(members);
  }

  /** The members of its line, each with a comma in front. */
  get line(): string {
    return `,"kind":"shared","digest":"${this.digest}","members":${this.members}`;
  }
}

/** A record to be written: the text of its own members, each with a comma in front, and what it refers to. */
export interface RecordText {
  readonly members: string;
  readonly shared: readonly SharedRecord[];
}

export function digestOfMembers(members: string): string {
  return hash("sha256", members, "base64url");
}

/** The member of a record that names what it refers to, with a comma in front. */
export function likeText(shared: readonly SharedRecord[]): string {
  return `,"like":[${shared.map(({ digest }) => `"${digest}"`).join(",")}]`;
}

const sharedLine = /^\{"seq":\d+,"kind":"shared","digest":"([\w-]{43})","members":/;

/** The digest that a line of shared members says of itself, and their text; null for another line. */
export function sharedIn(line: string): { readonly digest: string; readonly members: string } | null {
  const [begin = "", digest = ""] = sharedLine.exec(line) ?? [];
  return digest === "" ? null : { digest, members: line.slice(begin.length, -1) };
}

/** Whether a whole line is one of shared members. */
export function isShared(line: string): boolean {
  return sharedLine.test(line);
}

const sharedBegin = /^\{"seq":\d+,"kind":"shared",/;

/** Whether the text is the begin of a line of shared members. */
export function beginsShared(text: string): boolean {
  return sharedBegin.test(text);
}

const like = /^\{"seq":\d+,"kind":"[a-z]+","decision_id":"[\w-]+","like":\[("[\w-]{43}"(?:,"[\w-]{43}")*)\]/;
const digests = /[\w-]{43}/g;

/** What a record refers to, in its order; none for a record that has all of its members itself. */
export function likeIn(line: string): readonly string[] {
  return like.exec(line)?.[1]?.match(digests) ?? [];
}

const own = /^\{"seq":\d+,"kind":"[a-z]+","decision_id":"[\w-]+","like":\[[\w",-]+\],"own":(?=\[)/;
const ownMember = ',"own":';

/** Where the values of a record stand that have no names, see `OwnForm`: from the comma in front, and the list itself. Null: it has none. */
export function ownIn(line: string): { readonly from: number; readonly list: number } | null {
  const [begin] = own.exec(line) ?? [];
  return begin === undefined ? null : { from: begin.length - ownMember.length, list: begin.length };
}

const ownTime = /^(-?\d{1,15})[,\]]/;

/** The first of those values, which is the time of the record in milliseconds since the epoch; null for a record that has none. */
export function ownTimeIn(line: string): number | null {
  const place = ownIn(line);
  const digits = place === null ? null : ownTime.exec(line.slice(place.list + 1, place.list + 18))?.[1];
  return digits === undefined || digits === null ? null : Number(digits);
}

const likeOfMembers = /^\{"like":\[("[\w-]{43}"(?:,"[\w-]{43}")*)\]\}$/;

/** What shared members refer to that are nothing but references. */
export function likeOfShared(members: string): readonly string[] {
  return likeOfMembers.exec(members)?.[1]?.match(digests) ?? [];
}
