import type { JsonLimits } from "../../domain/route.ts";
import { foldKey } from "../../lib/look-alike.ts";
import { foldedByte, type Found, hashOf, hashSeed, hashStep, KeyTable } from "./key-table.ts";
import { type KeyShape, KeyShapes } from "./key-shape.ts";
import { refuseJson } from "./refuse-json.ts";
import { anyNumber, printsAsWritten, shortInteger } from "./numbers.ts";
import { byteKinds, kindOfByte, StringScan } from "./string-scan.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** One table for all documents: scanning is synchronous, so no two documents ever share it. */
const table = new KeyTable();
const shapes = new KeyShapes();

/** Keys that reach an object's prototype in careless JavaScript upstreams. */
const refusedKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export interface Scanned {
  /** JSON.stringify of the parsed value is known to give these same bytes. */
  readonly plain: boolean;
  /** See `WithBytes`. */
  readonly noUrl: boolean;
  readonly isObject: boolean;
  /** A name may have an escape. */
  readonly mayEscapeNames: boolean;
  /** JavaScript is known to write each number as it stands there. */
  readonly numbersAsWritten: boolean;
}

/** A member's value that was looked for, and where it stands. */
export interface ScannedMember extends Scanned {
  readonly start: number;
  readonly end: number;
}

/** The keys that lead to a member, from the outermost object on: plain ones. */
export type MemberPath = readonly Buffer[];

const nowhere: MemberPath = [];

/**
 * Checks that bytes are one JSON text that all parsers read alike. Builds no values: JSON.parse does that, of whatever passes here.
 * The bytes must be valid UTF-8.
 * @throws Refusal json_* or body_too_large
 */
export function scanJson(bytes: Buffer, limits: JsonLimits): Scanned {
  return new Scan(bytes, limits).document();
}

/** The same; numbers may be of any size. @throws Refusal json_* or body_too_large */
export function scanExactJson(bytes: Buffer, limits: JsonLimits): Scanned {
  return new Scan(bytes, limits, nowhere, true).document();
}

/** The same, and the member with these keys; null where there is none, or one of the keys is written with escapes. */
export function scanJsonFor(
  bytes: Buffer,
  limits: JsonLimits,
  path: MemberPath,
): { readonly whole: Scanned; readonly member: ScannedMember | null } {
  const scan = new Scan(bytes, limits, path);
  return { whole: scan.document(), member: scan.member };
}

class Scan {
  private readonly bytes: Buffer;
  private readonly limits: JsonLimits;
  private readonly strings: StringScan;
  private readonly numbersOfAnySize: boolean;
  private keys = 0;
  private objects = 0;
  /** No space, no escape, no number that is printed in another way, no key that begins with a digit: JavaScript would put it first. */
  private plain = true;
  private mayEscapeNames = false;
  private numbersAsWritten = true;
  private readonly path: MemberPath;
  /** How many of its keys lead to the object that is being read. */
  private onPath = 0;
  member: ScannedMember | null = null;

  constructor(bytes: Buffer, limits: JsonLimits, path = nowhere, numbersOfAnySize = false) {
    table.reset(bytes, limits.maxKeys);
    shapes.reset();
    this.bytes = bytes;
    this.limits = limits;
    this.path = path;
    this.numbersOfAnySize = numbersOfAnySize;
    this.strings = new StringScan(bytes, limits.maxStringBytes);
  }

  document(): Scanned {
    const start = this.space(0);
    const end = this.space(this.value(start, 0));
    if (end < this.bytes.length) refuseJson("json_invalid", this.bytes, end, "something after the end");
    return this.scanned(start);
  }

  private scanned(start: number): Scanned {
    const { escaped, mayHoldUrl } = this.strings;
    // What is escaped may be anything.
    const { mayEscapeNames, numbersAsWritten } = this;
    const known = { plain: this.plain && !escaped, noUrl: !escaped && !mayHoldUrl, mayEscapeNames, numbersAsWritten };
    return { ...known, isObject: this.bytes[start] === 0x7b };
  }

  /** @returns the offset after the value that begins at `at`; `depth` counts the containers around it */
  private value(at: number, depth: number): number {
    switch (this.bytes[at]) {
      case 0x22:
        return this.strings.end(at);
      case 0x7b:
        return this.object(at, this.deeper(at, depth), null);
      case 0x5b:
        return this.array(at, this.deeper(at, depth));
      case 0x74:
        return wordEnd(this.bytes, at, 0x72, 0x75, 0x65);
      case 0x66:
        return wordEnd(this.bytes, at + 1, 0x6c, 0x73, 0x65, 0x61);
      case 0x6e:
        return wordEnd(this.bytes, at, 0x75, 0x6c, 0x6c);
      default:
        return this.number(at);
    }
  }

  private number(at: number): number {
    const next = shortInteger(this.bytes, at);
    if (next !== at) return next;
    const end = anyNumber(this.bytes, at, this.numbersOfAnySize);
    if ((this.plain || this.numbersAsWritten) && !printsAsWritten(this.bytes, at, end))
      this.plain = this.numbersAsWritten = false;
    return end;
  }

  /** `shape`: what the object before it in its list begins with; null for one that is in no list. */
  private object(at: number, depth: number, shape: KeyShape | null): number {
    const { bytes } = this;
    const owner = ++this.objects;
    let next = this.space(at + 1);
    if (bytes[next] === 0x7d) return next + 1;
    let isLike = shape !== null;
    for (let own = 1; ; own++) {
      if (own > this.limits.maxKeysPerObject || ++this.keys > this.limits.maxKeys) {
        refuseJson("json_too_many_keys", bytes, next, "one key too many");
      }
      const key = next;
      const like: number = isLike && shape !== null ? shape.follow(bytes, own - 1, next) : -1;
      if (isLike && like === -1) shape?.leave(own - 1, owner, table);
      isLike = like !== -1;
      next = this.space(isLike ? like : this.key(next, owner, shape));
      if (bytes[next] !== 0x3a) refuseJson("json_invalid", bytes, next, "a colon is missing");
      next = this.space(next + 1);
      next = this.space(depth > this.path.length ? this.value(next, depth) : this.upper(key, next, depth));
      if (bytes[next] === 0x7d) return next + 1;
      if (bytes[next] !== 0x2c) refuseJson("json_invalid", bytes, next, "a comma or } is missing");
      next = this.space(next + 1);
    }
  }

  /** The value at `at` of a member that may lead to the one that is looked for; its key stands at `key`. */
  private upper(key: number, at: number, depth: number): number {
    const name = this.path[depth - 1];
    if (name === undefined || this.onPath !== depth - 1 || !isKey(this.bytes, key, name)) return this.value(at, depth);
    if (depth === this.path.length) return this.found(at, depth);
    this.onPath = depth;
    const end = this.value(at, depth);
    this.onPath = depth - 1;
    return end;
  }

  /** What is known of its value is known apart from what is around it. */
  private found(at: number, depth: number): number {
    const { strings, plain } = this;
    const { escaped, mayHoldUrl } = strings;
    [this.plain, strings.escaped, strings.mayHoldUrl] = [true, false, false];
    // A key that an object before it has is not looked at again. No object around it stands in a list, and none follows any.
    shapes.reset();
    const end = this.value(at, depth);
    this.member = { ...this.scanned(at), start: at, end };
    this.plain = this.plain && plain;
    strings.escaped = strings.escaped || escaped;
    strings.mayHoldUrl = strings.mayHoldUrl || mayHoldUrl;
    return end;
  }

  private array(at: number, depth: number): number {
    const { bytes } = this;
    let next = this.space(at + 1);
    if (bytes[next] === 0x5d) return next + 1;
    for (;;) {
      const isObject = bytes[next] === 0x7b;
      next = this.space(
        isObject ? this.object(next, this.deeper(next, depth), shapes.at(depth)) : this.value(next, depth),
      );
      if (bytes[next] === 0x5d) return next + 1;
      if (bytes[next] !== 0x2c) refuseJson("json_invalid", bytes, next, "a comma or ] is missing");
      next = this.space(next + 1);
    }
  }

  /** Reads a key, hashing on the way. @returns the offset after its closing quote */
  private key(at: number, owner: number, shape: KeyShape | null): number {
    const { bytes } = this;
    const length = bytes.length;
    if (bytes[at] !== 0x22) refuseJson("json_invalid", bytes, at, "a key is missing");
    let next = at + 1;
    let hash = hashSeed;
    let seen = 0;
    let kinds = 0;
    for (; next < length; next++) {
      const byte = bytes[next] as number;
      const kind = kindOfByte[byte] as number;
      if (kind === byteKinds.endsRun) break;
      kinds |= kind;
      seen |= byte;
      hash = Math.imul(hash ^ (foldedByte[byte] as number), hashStep);
    }
    if (kinds !== 0) this.strings.noteUrl(at + 1, next);
    if (bytes[next] !== 0x22 || seen > 0x7f) return this.unusualKey(at, owner);
    const size = next - at - 1;
    if (size > this.limits.maxStringBytes) refuseJson("body_too_large", bytes, at, "a key too long");
    // Only these lengths can be a refused key, so the other keys are never copied out of the body.
    if ((size === 9 || size === 11) && refusedKeys.has(bytes.toString("latin1", at + 1, next))) this.refuseKey(at);
    const first = bytes[at + 1] as number;
    if (first >= 0x30 && first <= 0x39) this.plain = false;
    const found = table.add(owner, hash, at + 1, next, null);
    if (found !== "new") this.refuseSecond(at, found);
    shape?.add(hash, at + 1, next);
    return next + 1;
  }

  /** A key with escapes or beyond ASCII is compared by what it means: `"\u0061"` is `"a"`, and `"K"` (Kelvin) reads as `"k"` to some. */
  private unusualKey(at: number, owner: number): number {
    const next = this.strings.end(at);
    this.mayEscapeNames = true;
    const text = parseJson(this.bytes.toString("utf8", at, next)) as string;
    if (refusedKeys.has(text)) this.refuseKey(at);
    const found = table.add(owner, hashOf(foldKey(text)), at + 1, next - 1, text);
    if (found !== "new") this.refuseSecond(at, found);
    return next;
  }

  private refuseSecond(at: number, found: Found): never {
    if (found === "same") return refuseJson("json_duplicate_key", this.bytes, at, "a second key of this name");
    const what = "a key that some parsers take for an earlier one, which differs in case or Unicode form alone";
    return refuseJson("json_key_refused", this.bytes, at, what);
  }

  private refuseKey(at: number): never {
    return refuseJson("json_key_refused", this.bytes, at, "a key that touches prototypes");
  }

  private space(at: number): number {
    const { bytes } = this;
    let next = at;
    for (;;) {
      const byte = bytes[next] as number;
      if (byte > 0x20) return next;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next;
      this.plain = false;
      next++;
      // Indented bodies are mostly runs of spaces.
      while (bytes[next] === 0x20) next++;
    }
  }

  private deeper(at: number, depth: number): number {
    if (depth >= this.limits.maxDepth)
      refuseJson("json_too_deep", this.bytes, at, `more than ${this.limits.maxDepth} levels`);
    return depth + 1;
  }
}

/** `at` is its opening quote. */
function isKey(bytes: Buffer, at: number, name: Buffer): boolean {
  const { length } = name;
  if (bytes[at + 1 + length] !== 0x22) return false;
  // Names are short: to call a native function takes longer.
  for (let index = 0; index < length; index++) if (bytes[at + 1 + index] !== name[index]) return false;
  return true;
}

/**
 * The end of true, false (from its `a` on: `before` is that letter) or null, compared byte by byte: copying the word
 * would cost ten times more.
 */
function wordEnd(bytes: Buffer, at: number, second: number, third: number, fourth: number, before = -1): number {
  const known = bytes[at + 1] === second && bytes[at + 2] === third && bytes[at + 3] === fourth;
  if (!known || (before !== -1 && bytes[at] !== before)) refuseJson("json_invalid", bytes, at, "an unknown word");
  return at + 4;
}
