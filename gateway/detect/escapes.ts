/** A text with its escapes written out. */
export interface DecodedText {
  readonly text: string;
  readonly changed: boolean;
  /** Where a part of it stands in the original. */
  readonly original: (start: number, end: number) => { readonly start: number; readonly end: number };
}

/** Signs of addresses, and what nobody sees in them, that HTML has a name for. */
const named: ReadonlyMap<string, string> = new Map(
  Object.entries({
    commat: "@",
    period: ".",
    colon: ":",
    sol: "/",
    bsol: "\\",
    lowbar: "_",
    num: "#",
    quest: "?",
    equals: "=",
    amp: "&",
    shy: "\u00ad",
    zwj: "\u200d",
    zwnj: "\u200c",
    NoBreak: "\u2060",
    ZeroWidthSpace: "\u200b",
  }),
);

/** One character as JSON in a text, HTML or XML, or a URL may write it. Escapes of JSON in JSON have more than one backslash. */
const escapes =
  /\\+u([\da-fA-F]{4})|&#(?:[xX]0*([\da-fA-F]{1,6})|0*(\d{1,7}));?|%([2-7][\da-fA-F])|&(commat|period|colon|b?sol|lowbar|num|quest|equals|amp|shy|zwn?j|NoBreak|ZeroWidthSpace);/g;

/** Most texts have none. */
const traces = /\\u|&#|%[2-7]|&[a-zA-Z]{3,14};/;

/**
 * A text as its readers get it after the layer that it is written in was taken off: `eve\u0040evil.example`, `eve&#64;evil.example` and
 * `eve%40evil.example` all name one mailbox. Line breaks written as `\n` stay: detectors know them.
 */
export function decodedText(text: string): DecodedText {
  if (!traces.test(text)) return { text, changed: false, original: (start, end) => ({ start, end }) };
  const parts: string[] = [];
  /** By character of the decoded text, and for its end: where it begins in the original. */
  const places = new Uint32Array(text.length + 1);
  let [length, from] = [0, 0];
  const keep = (part: string, at: number): void => {
    parts.push(part);
    for (let index = 0; index < part.length; index += 1) places[length + index] = at + index;
    length += part.length;
  };
  for (const found of text.matchAll(escapes)) {
    const character = characterOf(found);
    if (character === null) continue;
    keep(text.slice(from, found.index), from);
    parts.push(character);
    for (let index = 0; index < character.length; index += 1) places[length + index] = found.index;
    length += character.length;
    from = found.index + found[0].length;
  }
  keep(text.slice(from), from);
  places[length] = text.length;
  return {
    text: parts.join(""),
    changed: true,
    original: (start, end) => ({ start: places[start] ?? text.length, end: places[end] ?? text.length }),
  };
}

/** Null for a number that is no character. */
function characterOf([, json, hex, decimal, percent, name]: RegExpMatchArray): string | null {
  if (name !== undefined) return named.get(name) ?? null;
  const code = Number.parseInt(json ?? hex ?? decimal ?? percent ?? "", decimal === undefined ? 16 : 10);
  return code > 0x10ffff || code === 0 ? null : String.fromCodePoint(code);
}
