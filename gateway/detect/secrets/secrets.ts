import { beginsToken } from "../characters.ts";
import type { Span } from "../kinds.ts";
import { literals } from "../literals.ts";
import { assignedSecret, secretNames } from "./assigned.ts";
import { secretFormats, secretUrls, type SecretFormat } from "./formats.ts";
import { findUrlPasswords } from "./urls.ts";

/** The bot's number and a token whose first letters are always the same: https://core.telegram.org/bots/api#authorizing-your-bot. */
const telegram = ":aa";

/** Credentials of HTTP, RFC 7617: the base64 of user and password. */
const basic = "basic ";

const urlsFrom = secretFormats.length;
const namesFrom = urlsFrom + secretUrls.length;
const othersFrom = namesFrom + secretNames.length;

const words = literals([
  ...secretFormats.map(({ prefix }) => prefix.toLowerCase()),
  ...secretUrls.map(({ host }) => host),
  ...secretNames.map(({ name }) => name),
  telegram,
  basic,
]);

/** Secrets that have a form of their own, that a name or URL says to be one, or that are a password in a URL. */
export function findSecrets(text: string): Span[] {
  const found: Span[] = findUrlPasswords(text);
  words.find(text, (word, start) => {
    const span = secretAt(text, word, start);
    if (span !== null) found.push(span);
  });
  return found;
}

function secretAt(text: string, word: number, start: number): Span | null {
  const format = secretFormats[word];
  if (format !== undefined) return formed(text, start, format);
  const url = secretUrls[word - urlsFrom];
  if (url !== undefined) return inUrl(text, start, url);
  const named = secretNames[word - namesFrom];
  if (named !== undefined) return assignedSecret(text, start, start + named.name.length, named);
  return word === othersFrom ? telegramToken(text, start) : basicCredentials(text, start + basic.length);
}

function formed(text: string, start: number, { prefix, rest }: SecretFormat): Span | null {
  if (!text.startsWith(prefix, start) || !beginsToken(text, start)) return null;
  const from = start + prefix.length;
  const match = rest.exec(text.slice(from, from + 520))?.[0];
  if (match === undefined || new Set(match).size < 7) return null;
  return { start: prefix.endsWith("=") ? from : start, end: from + match.length };
}

function inUrl(text: string, start: number, { host, path }: { host: string; path: RegExp }): Span | null {
  const from = start + host.length;
  const match = path.exec(text.slice(from, from + 200));
  if (match === null) return null;
  const secret = match[1];
  const end = from + match[0].length;
  return secret === undefined ? { start, end } : { start: end - secret.length, end };
}

function telegramToken(text: string, colon: number): Span | null {
  const number = /(?<![A-Za-z0-9])\d{8,10}$/.exec(text.slice(Math.max(0, colon - 11), colon))?.[0];
  if (number === undefined || !/^:AA[\w-]{33}(?![\w-])/.test(text.slice(colon, colon + 40))) return null;
  return { start: colon - number.length, end: colon + 36 };
}

function basicCredentials(text: string, start: number): Span | null {
  const value = /^[A-Za-z0-9+/]{8,512}={0,2}/.exec(text.slice(start, start + 520))?.[0];
  if (value === undefined) return null;
  const login = Buffer.from(value, "base64").toString("utf8");
  return /^[\x20-\x7e]{1,128}:[\x20-\x7e]{1,256}$/.test(login) ? { start, end: start + value.length } : null;
}
