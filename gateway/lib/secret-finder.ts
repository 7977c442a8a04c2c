import { oncePer } from "./caches.ts";

/** A text shorter than this is not looked for: ordinary words would be found. */
export const shortestSecret = 4;
/** An encoding of a part shorter than this is not looked for. */
const shortestPiece = 8;

/** The forms in which a text is looked for. */
interface Forms {
  /** Byte sequences that are found by a native search. */
  readonly literals: readonly Buffer[];
  /** The text itself, and what base64 makes of it that an address or JSON may escape: each character may be escaped in some way. */
  readonly escapable: readonly Buffer[];
}

export interface Cleaned {
  readonly bytes: Buffer;
  /** Places that were replaced. */
  readonly removed: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

const percent = 0x25;
const backslash = 0x5c;
const ampersand = 0x26;
const quote = 0x22;

/**
 * Finds secret texts in bytes and replaces them: as they are, in base64 at any alignment, hex, UTF-16, form encoding, and with
 * any of their characters, or those of the base64, escaped for a URL, JSON, JavaScript or HTML, for the first two also within one
 * another (an address in a parameter, JSON in a text of JSON). Whoever encodes them in another way is not noticed.
 */
export class SecretFinder {
  readonly #forms: readonly Forms[];
  readonly #escapable: readonly Buffer[];
  readonly #replacement: Buffer;
  /** By byte: whether an escaped form may begin with it. */
  readonly #starts = new Uint8Array(256);
  /** By byte: the literals that begin with it. */
  readonly #literalsFrom: (readonly Buffer[] | undefined)[] = [];
  readonly #longest: number;

  constructor(groups: readonly (readonly string[])[], replacement: string) {
    this.#forms = groups.flatMap((secrets) => formsOf(secrets));
    this.#replacement = Buffer.from(replacement);
    this.#escapable = this.#forms.flatMap(({ escapable }) => escapable);
    for (const text of this.#escapable) this.#starts[text[0] as number] = 1;
    for (const escape of [percent, backslash, ampersand]) this.#starts[escape] = 1;
    for (const literal of this.#forms.flatMap(({ literals }) => literals)) {
      const first = literal[0] as number;
      this.#literalsFrom[first] = [...(this.#literalsFrom[first] ?? []), literal];
    }
    this.#longest = Math.max(
      0,
      ...this.#escapable.map(({ length }) => length * longestEscape),
      ...this.#forms.flatMap(({ literals }) => literals.map(({ length }) => length)),
    );
  }

  get isEmpty(): boolean {
    return this.#forms.length === 0;
  }

  /** A whole text. */
  clean(bytes: Buffer): Cleaned {
    return this.#replaced(bytes, this.#spans(bytes));
  }

  /** The part of a stream that can be passed on, and what has to wait, since a secret may begin there and end in what follows. */
  cleanStart(bytes: Buffer): Cleaned & { readonly rest: Buffer } {
    const spans = this.#spans(bytes);
    const hold = this.#heldFrom(bytes, spans.at(-1)?.to ?? 0);
    return { ...this.#replaced(bytes.subarray(0, hold), spans), rest: bytes.subarray(hold) };
  }

  /** Ascending, none touching another. */
  #spans(bytes: Buffer): Span[] {
    const found: Span[] = [];
    for (const { literals } of this.#forms)
      for (const literal of literals)
        for (let at = bytes.indexOf(literal); at !== -1; at = bytes.indexOf(literal, at + literal.length))
          found.push({ from: at, to: at + literal.length });
    if (bytes.includes(percent) || bytes.includes(backslash) || bytes.includes(ampersand)) this.#escaped(bytes, found);
    return found.length < 2 ? found : merged(found);
  }

  #escaped(bytes: Buffer, found: Span[]): void {
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.#starts[bytes[at] as number] === 0) continue;
      for (const text of this.#escapable) {
        const to = escapedMatch(bytes, at, text);
        if (to >= 0) found.push({ from: at, to });
      }
    }
  }

  /** The first place behind `from` at which a form begins and the bytes end before it does. */
  #heldFrom(bytes: Buffer, from: number): number {
    for (let at = Math.max(from, bytes.length - this.#longest + 1); at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      const literals = this.#literalsFrom[byte];
      if (literals !== undefined && literals.some((literal) => beginsAt(bytes, at, literal))) return at;
      if (this.#starts[byte] === 1 && this.#escapable.some((one) => escapedMatch(bytes, at, one) === unfinished))
        return at;
    }
    return bytes.length;
  }

  #replaced(bytes: Buffer, spans: readonly Span[]): Cleaned {
    if (spans.length === 0) return { bytes, removed: 0 };
    const parts: Buffer[] = [];
    let from = 0;
    for (const span of spans) {
      parts.push(bytes.subarray(from, span.from), this.#replacement);
      from = span.to;
    }
    return { bytes: Buffer.concat([...parts, bytes.subarray(from)]), removed: spans.length };
  }
}

function merged(spans: Span[]): Span[] {
  spans.sort((one, other) => one.from - other.from || other.to - one.to);
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last === undefined || span.from >= last.to) joined.push(span);
    else if (span.to > last.to) joined[joined.length - 1] = { from: last.from, to: span.to };
  }
  return joined;
}

function beginsAt(bytes: Buffer, at: number, literal: Buffer): boolean {
  const left = bytes.length - at;
  if (left >= literal.length) return false;
  // Cheaper than comparing slices: nearly always the first or second byte tells.
  for (let index = 0; index < left; index += 1) if (bytes[at + index] !== literal[index]) return false;
  return true;
}

/** Tokens are used for many calls, and their forms made once. */
const formsOf = oncePer((secrets: readonly string[]): readonly Forms[] =>
  [...new Set(secrets)].filter((secret) => secret.length >= shortestSecret).map((secret) => forms(Buffer.from(secret))),
);

function forms(plain: Buffer): Forms {
  const text = plain.toString();
  const wide = Buffer.from(text, "utf16le");
  const base64 = [0, 1, 2].flatMap((before) => base64Pieces(plain, before));
  const literals = [
    plain,
    wide,
    Buffer.from(wide).swap16(),
    Buffer.from(new URLSearchParams({ "": text }).toString().slice(1)),
    ...(plain.length * 2 >= shortestPiece ? [plain.toString("hex"), plain.toString("hex").toUpperCase()] : []).map(
      (hex) => Buffer.from(hex),
    ),
    ...base64,
  ];
  const distinct = new Map(literals.map((literal) => [literal.toString("latin1"), literal]));
  return {
    literals: [...distinct.values()],
    escapable: [plain, ...base64.filter((one) => /[+/]/.test(one.toString()))],
  };
}

/** The digits that say nothing of what stands before and after, where so many bytes stand before in the last group. */
function base64Pieces(plain: Buffer, before: number): Buffer[] {
  const digits = Buffer.concat([Buffer.alloc(before), plain]).toString("base64");
  const from = Math.ceil((before * 8) / 6);
  const to = Math.floor(((before + plain.length) * 8) / 6);
  const piece = digits.slice(from, to);
  if (piece.length < shortestPiece) return [];
  return [piece, piece.replaceAll("+", "-").replaceAll("/", "_")].map((one) => Buffer.from(one));
}

const none = -1;
const unfinished = -2;

/** Where the text ends that begins here, each of its characters escaped or not; `none`, or `unfinished` when the bytes end before. */
function escapedMatch(bytes: Buffer, from: number, text: Buffer): number {
  let at = from;
  for (let index = 0; index < text.length; index += 1) {
    if (at >= bytes.length) return unfinished;
    const wanted = text[index] as number;
    const byte = bytes[at];
    const end = byte === percent || byte === backslash || byte === ampersand ? escapeEnd(bytes, at, wanted) : none;
    if (end === unfinished) return unfinished;
    if (end !== none) at = end;
    else if (byte === wanted) at += 1;
    else return none;
  }
  return at;
}

const longestEscape = 10;
const named: Readonly<Record<string, number>> = { amp: 0x26, lt: 0x3c, gt: 0x3e, quot: 0x22, apos: 0x27 };
const escape =
  /^(?:%([0-9a-f]{2})|\\u([0-9a-f]{4})|\\u\{0*([0-9a-f]{1,4})\}|\\x([0-9a-f]{2})|\\(["'\\/])|&#x0*([0-9a-f]{1,4});|&#0*([0-9]{1,5});|&(amp|lt|gt|quot|apos);)/i;
/** The escape of an escape, and of that: an address within an address, JSON within a text of JSON. */
const nested = /^(?:%(?:25){1,3}([0-9a-f]{2})|\\{2,7}u([0-9a-f]{4})|\\{2,7}(["'/]))/i;
/** What an escape can be before it is whole. */
const begun = /^(?:%(?:25)*[0-9a-f]?|\\+(?:u[0-9a-f]{0,3}|u\{[0-9a-f]*|x[0-9a-f]?)?|&(?:#x?[0-9a-f]*|[a-z]{0,4}))$/i;
/** What follows a backslash or an ampersand that begins an escape; most of them begin none. */
const follows: Readonly<Record<number, ReadonlySet<number>>> = {
  [backslash]: new Set(Buffer.from("uUxX\"'\\/")),
  [ampersand]: new Set(Buffer.from("#aAlLgGqQ")),
  [percent]: new Set(Buffer.from("0123456789abcdefABCDEF")),
};

/** Behind the escape of this byte that begins here. */
function escapeEnd(bytes: Buffer, at: number, wanted: number): number {
  const next = bytes[at + 1];
  const after = follows[bytes[at] as number];
  if (next !== undefined && after?.has(next) === false) return none;
  // By far the most frequent one in JSON.
  if (next === quote && bytes[at] === backslash) return wanted === quote ? at + 2 : none;
  const text = bytes.toString("latin1", at, Math.min(bytes.length, at + longestEscape));
  const found = escape.exec(text);
  if (found !== null && codeOf(found) === wanted) return at + found[0].length;
  const inner = nested.exec(text);
  if (inner !== null && nestedCode(inner) === wanted) return at + inner[0].length;
  return at + text.length === bytes.length && begun.test(text) ? unfinished : none;
}

function nestedCode([, percented, unicode, character]: RegExpExecArray): number | undefined {
  const digits = percented ?? unicode;
  return digits === undefined ? character?.charCodeAt(0) : Number.parseInt(digits, 16);
}

function codeOf([, percented, unicode, braced, hex, character, entityHex, entity, name]: RegExpExecArray):
  number | undefined {
  const digits = percented ?? unicode ?? braced ?? hex ?? entityHex;
  if (digits !== undefined) return Number.parseInt(digits, 16);
  if (entity !== undefined) return Number(entity);
  return character?.charCodeAt(0) ?? named[(name ?? "").toLowerCase()];
}
