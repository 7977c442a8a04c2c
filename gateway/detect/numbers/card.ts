import type { Span } from "../kinds.ts";
import { isNamed, isWhole, type ScannedText } from "../scanned-text.ts";
import { luhn } from "./check-digits.ts";
import { GroupRows } from "./group-rows.ts";

/**
 * Prefixes and lengths of card numbers by network, as the networks publish them
 * (https://en.wikipedia.org/wiki/Payment_card_number lists their sources).
 */
const networks: readonly { readonly prefix: RegExp; readonly lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [16, 13, 19] }, // Visa
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] }, // Mastercard
  { prefix: /^3[47]/, lengths: [15] }, // American Express
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] }, // Discover
  { prefix: /^(?:30[0-5]|3095|36|3[89])/, lengths: [14, 16] }, // Diners Club
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16] }, // JCB
  { prefix: /^(?:62|81)/, lengths: [16, 19] }, // UnionPay
  { prefix: /^220[0-4]/, lengths: [16] }, // Mir
  { prefix: /^(?:50(?:18|20|38)|5893|6304|6759|676[1-3])/, lengths: [16, 13, 18, 19] }, // Maestro
  { prefix: /^(?:508|60[6-8]|353|356)/, lengths: [16] }, // RuPay
];

const anyPrefix = new RegExp(networks.map(({ prefix }) => prefix.source).join("|"));

/** As printed on cards: 4-4-4-4, with up to 3 more; 4-6-5; 4-6-4; or without separators. */
const written = [
  /^\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{3}/,
  /^\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{4,5})/,
  /^\d{13,19}/,
];

/** Numbers of these lengths are rarely anything else; others need a word that says what they are. */
const usual: ReadonlySet<number> = new Set([15, 16]);

const cardWords =
  /card|visa|master|amex|maestro|diners|discover|union ?pay|\bmir\b|\bpan\b|kredit|karte|cart[ea]|tarjeta|cart[aã]o|kaart/i;
const otherWords =
  /(?:order|invoice|tracking|track|reference|ref|ticket|case|serial|shipment|parcel|imei|gtin|ean|isbn|sscc|bestell\w*|auftrag\w*|rechnung\w*|kunden\w*|commande|facture|pedido|factura|ordine|fattura|bestelling|factuur)[ .:#_-]{0,3}(?:number|no|nr|num|id|code|nummer)?[ .:#"'=_-]{0,5}$/i;

/** Characters before a number in which a word may say what it is. */
const reach = 40;

/** Numbers of payment cards with a valid check digit (ISO/IEC 7812-1). */
export function findCards(scanned: ScannedText): Span[] {
  const found: Span[] = [];
  const rows = new GroupRows(scanned.text);
  let last = 0;
  for (let at = 0; at < scanned.runs.length; at += 2) {
    const start = scanned.runs[at] as number;
    if (start < last || (scanned.runs[at + 1] as number) - start < 4) continue;
    const span = cardAt(scanned, start, rows);
    if (span === null) continue;
    found.push(span);
    last = span.end;
  }
  return found;
}

function cardAt(scanned: ScannedText, start: number, rows: GroupRows): Span | null {
  const window = scanned.text.slice(start, start + 24);
  // The first group of each way to write one is as long as any prefix.
  if (!anyPrefix.test(window)) return null;
  for (const form of written) {
    const match = form.exec(window)?.[0];
    if (match === undefined) continue;
    const span = { start, end: start + match.length };
    if (!isCard(match.replace(/[ -]/g, "")) || !isWhole(scanned.text, span) || !fits(scanned, span, match)) continue;
    if (!/^\d{4} \d{4} /.test(match) || standsApart(scanned, span, rows)) return span;
  }
  return null;
}

function isCard(digits: string): boolean {
  return luhn(digits) && networks.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits));
}

/** Whether what stands before agrees: a tenth of all numbers have a valid check digit. */
function fits(scanned: ScannedText, span: Span, match: string): boolean {
  if (isNamed(scanned, span.start, cardWords, reach)) return true;
  const before = scanned.text.slice(Math.max(0, span.start - reach), span.start);
  return !otherWords.test(before) && (usual.has(match.length) || /[ -]/.test(match));
}

/** What a card is written beside in one row: when it expires (MMYY), or a year. */
const beside = /^(?:(?:0[1-9]|1[0-2])[23]\d|(?:19|20)\d\d)$/;

/**
 * Whether four groups of four digits are no part of a longer row of such groups. Of a table of numbers that begin with 4 or 5 every
 * tenth place has a valid check digit. A row that is cards alone, one behind the other, is a row of cards.
 */
function standsApart(scanned: ScannedText, { start }: Span, rows: GroupRows): boolean {
  const row = rows.at(start);
  if (row.groups.length === 4) return true;
  if (row.groups.length === 5 && beside.test(row.groups[start === row.start ? 4 : 0] as string)) return true;
  if (start === row.start && isNamed(scanned, start, cardWords, reach)) return true;
  return (row.isCards ??= fours(row.groups).every(isCard)) && (start - row.start) % 20 === 0;
}

function fours(groups: readonly string[]): string[] {
  return Array.from({ length: Math.ceil(groups.length / 4) }, (_, at) => groups.slice(at * 4, at * 4 + 4).join(""));
}
