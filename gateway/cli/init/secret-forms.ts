import { layersOf } from "./decoded-layers.ts";

/** Shorter ones stand in words that have nothing to do with them. */
export const shortestInNames = 8;
/** A part of a secret, or its hex, that is shorter is not looked for. */
const shortestPart = 4;

/** Base64 says the same bytes in three ways, by what stands before them. */
export interface Digits {
  /** Those that say nothing of what is beside the secret, in the alphabet with `+` and `/`. */
  readonly text: string;
  /** Whether the digit beside them says bits of the secret too. */
  readonly shares: { readonly before: boolean; readonly after: boolean };
}

/** What is looked for in a text whose escapes are written out. */
export interface SecretForms {
  /** In small letters, for texts with their blanks. */
  readonly short: readonly string[];
  /** In small letters and without blanks, for texts without. */
  readonly plain: readonly string[];
  readonly base64: readonly Digits[];
  /** Letters and digits alone, in small letters: what a name of a file or a route leaves of a text. */
  readonly slugs: readonly string[];
}

export function formsOf(secret: string): SecretForms {
  const texts = [secret, ...saidInBase64(secret)];
  const spelt = [...new Set(texts.flatMap(spellingsOf))].map(smallLetters);
  const isLong = (text: string): boolean => withoutBlanks(text).length >= shortestInNames;
  const plain = spelt.filter(isLong).map(withoutBlanks);
  const base64 = texts.filter(isLong).flatMap(inBase64);
  const slugs = [...plain, ...base64.map(({ text }) => text)].map(slug);
  return {
    short: spelt.filter((text) => !isLong(text) && text !== ""),
    plain: [...new Set(plain)],
    base64,
    slugs: [...new Set(slugs)].filter(({ length }) => length >= shortestInNames),
  };
}

/** Of the same length: places in it are those of the text. */
export function smallLetters(text: string): string {
  return text.replace(/\p{Lu}+/gu, (found) => {
    const small = found.toLowerCase();
    return small.length === found.length ? small : found;
  });
}

export const blanks = /\s+/g;
export const noSlug = /[^\p{L}\p{N}]+/gu;

function withoutBlanks(text: string): string {
  return text.replace(blanks, "");
}

function slug(text: string): string {
  return smallLetters(text).replace(noSlug, "");
}

/** Of `name:password` in base64 the whole and both parts. */
function saidInBase64(secret: string): string[] {
  if (!/^[\w+/-]{8,}={0,2}$/.test(secret)) return [];
  const said = Buffer.from(secret, "base64").toString("latin1");
  const colon = said.indexOf(":");
  if (!/^[\x20-\x7e]+$/.test(said)) return [];
  return [said, ...(colon === -1 ? [] : [said.slice(colon + 1)])].filter(({ length }) => length >= shortestPart);
}

/** As escapes of characters and of bytes leave it, as forms write it, and in hex. */
function spellingsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  // What looks like an escape in the secret is written out where a text of it is.
  const decoded = [...layersOf(text)].map((layer) => layer.text);
  return [
    text,
    bytes.toString("latin1"),
    text.replaceAll(" ", "+"),
    ...decoded.filter(({ length }) => length >= shortestInNames),
    ...(text.length < shortestPart ? [] : [bytes.toString("hex")]),
  ];
}

function inBase64(secret: string): Digits[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].map((before) => {
    const bits = (before + bytes.length) * 8;
    const all = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return {
      text: all.slice(before === 0 ? 0 : before + 1, Math.floor(bits / 6)),
      shares: { before: before > 0, after: bits % 6 > 0 },
    };
  });
}
