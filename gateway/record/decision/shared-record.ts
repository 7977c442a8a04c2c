import { hash } from "node:crypto";
import { parseJson } from "../../lib/parse-json.ts";

/**
 * shared: members alone. names: their member `own` says where the values of a record belong that have no names, see `OwnForm`. A kind of its
 * own, so that a gateway of before there were such values finds a broken reference, and no record that lacks them.
 */
type SharedKind = "shared" | "names";

/**
 * Members that many records have alike, as a line of their own: `{"seq":1,"kind":"shared","digest":"…","members":{…}}`. A record whose
 * `like` names the digest has these members too. The line stands before that record in the same segment.
 */
export class SharedRecord {
  readonly kind: SharedKind;
  /** SHA-256 of the text of the members, base64url. */
  readonly digest: string;
  /** JSON text of an object. */
  readonly members: string;
  /** The part of the log that has it, see `LogFile`; null: none. */
  writtenIn: object | null = null;

  constructor(members: string, kind: SharedKind = "shared") {
    this.kind = kind;
    this.members = members;
    this.digest = digestOfMembers(members);
  }

  /** The members of its line, each with a comma in front. */
  get line(): string {
    return `,"kind":"${this.kind}","digest":"${this.digest}","members":${this.members}`;
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

const sharedLine = /^\{"seq":\d+,"kind":"(shared|names)","digest":"([\w-]{43})","members":/;

/** What a line of shared members has. */
export interface SharedLine {
  readonly kind: SharedKind;
  /** What it says of itself. */
  readonly digest: string;
  /** Their text. */
  readonly members: string;
}

/** Null for another line. */
export function sharedIn(line: string): SharedLine | null {
  const [begin = "", kind, digest = ""] = sharedLine.exec(line) ?? [];
  return kind === undefined ? null : { kind: kind as SharedKind, digest, members: line.slice(begin.length, -1) };
}

/** Whether a whole line is one of shared members. */
export function isShared(line: string): boolean {
  return sharedLine.test(line);
}

const sharedBegin = /^\{"seq":\d+,"kind":"(?:shared|names)",/;

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

/** The begin of a line up to its time: its frame, the id of what it is of, what it is like, and the first value without a name. */
const untilTime =
  /^\{"seq":\d+,"kind":"[a-z]+"(?:,"[a-z]+_id":"[^"\\]*")?(?:,"like":\[[\w",-]*\])?,(?:"timestamp":"([^"\\]{1,40})"|"own":\[[ \t\r]*(-?\d{1,15})[ \t\r]*[,\]])/;

/**
 * When the record was written, in milliseconds since the epoch; null for a line that does not say. The line is as it stands in the log or
 * whole: nothing that a caller has chosen stands before its time.
 */
export function timeIn(line: string): number | null {
  const [begin, text, digits] = untilTime.exec(line) ?? [];
  if (digits !== undefined) return Number(digits);
  const time = Date.parse(begin === undefined ? timestampOf(line) : (text ?? ""));
  return Number.isNaN(time) ? null : time;
}

/** Of a line that does not begin as those of the gateway do. */
function timestampOf(line: string): string {
  try {
    const { timestamp } = Object(parseJson(line)) as { readonly timestamp?: unknown };
    return typeof timestamp === "string" ? timestamp : "";
  } catch {
    return "";
  }
}

const likeOfMembers = /^\{"like":\[("[\w-]{43}"(?:,"[\w-]{43}")*)\]\}$/;

/** What shared members refer to that are nothing but references. */
export function likeOfShared(members: string): readonly string[] {
  return likeOfMembers.exec(members)?.[1]?.match(digests) ?? [];
}
