/** Above what is forwarded, or answered, as mail programs write it. */
const above = [
  /^\s*[-_*=]{2,}\s*(?:original(?:e)? |forwarded |ursprüngliche |weitergeleitete |messaggio |doorgestuurd |oorspronkelijk )?(?:message|nachricht|mensaje|messaggio|bericht|inoltrato|transféré|reenviado|original)\b/i,
  /^\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message)\b/i,
  /^\s*(?:on|am|le|el|il|op)\b.{0,200}\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\b.{0,80}:\s*$/i,
  /^\s*(?:from|von|de|da|van)\s*:.*@/i,
];

const quoted = /^\s*[>|]/;

/** Each of these forms has one of these signs: most texts have none. */
const mayQuote = /[>|:]|[-_*=]{2}|begin forwarded message|anfang der weitergeleiteten nachricht|début du message/i;

export interface Parts {
  readonly own: string;
  readonly quoted: string;
}

/** What an author has written, and what of somebody else it repeats: lines with a mark of quotation, and all that stands below. */
export function partsOf(text: string): Parts {
  if (!mayQuote.test(text)) return { own: text, quoted: "" };
  const lines = text.split(/\r\n|[\n\r]/);
  const end = lines.findIndex((line) => above.some((form) => form.test(line)));
  const first = end < 0 ? lines : lines.slice(0, end);
  const below = end < 0 ? [] : lines.slice(end);
  const own = first.filter((line) => !quoted.test(line));
  return { own: own.join("\n"), quoted: [...first.filter((line) => quoted.test(line)), ...below].join("\n") };
}

/** Ends of lines, as a class of characters. */
const ends = "\\n\\v\\f\\r\\u0085\\u2028\\u2029";
const lineStart = `(?:^|[${ends}])[^\\p{L}\\p{N}${ends}]{0,16}`;

/** An apostrophe counts by itself only outside a word: `don't` has none. The last three are letters to Unicode. */
const apostrophes = "['\u2019\u02bb\u02bc\u02bd]";

/** Signs that a text may repeat what another has written, however much that is and whether or not a quotation ends. */
const repeating = [
  // Quotation marks, also as programmers and typists write them.
  /(?!['\u2019])[\p{Quotation_Mark}`\u00b4\u02ba\u02ee\u2032-\u2037\u275b-\u275e\u276e\u276f\u3008-\u300b\uff40]|<<|>>|,,/u,
  new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])${apostrophes}|${apostrophes}(?![\\p{L}\\p{N}])`, "u"),
  // Lines with a mark or a bar of quotation, also in a list or with the initials of whoever is quoted (`JD> `).
  new RegExp(`${lineStart}\\p{L}{0,3}[>\\ufe65\\uff1e]|(?:^|[${ends}])[ \\t]{0,8}[\\u2502-\\u259f\\uff5c]`, "u"),
  // Escapes of HTML, URLs and JSON, which may stand for any of these.
  /&(?:#|[a-z]{2,8};|quot|gt|[lr][ads]quo)|%[0-9a-f]{2}|\\[nrux"]/iu,
  // Markup, in which any element may be a quotation.
  /<\/?[a-z][a-z0-9]{0,15}[\s/>]|[[{]\/?(?:q|quote|cite|code|noformat)\b|~~~/iu,
  // Heads of messages, subjects of answers, and lines that part one text from another.
  new RegExp(
    `${lineStart}(?:from|von|de|da|van|subject|betreff|objet|asunto|oggetto|onderwerp|re|aw|antw|sv|vs|odp|fwd?|wg|tr|rv)[\\s*]{0,4}[:\uff1a]`,
    "iu",
  ),
  new RegExp(`(?:^|[${ends}])[ \\t]{0,8}[-_*=\\u2013-\\u2015\\u2500]{2,}[ \\t]{0,8}(?:$|[${ends}])`, "u"),
  // Lines of a conversation: a time, and who spoke.
  new RegExp(`${lineStart}\\d{1,2}[:.]\\d\\d[^:>${ends}]{1,60}[:>]`, "u"),
  // What announces a quotation: a colon before a paragraph that is no list, or a word of saying.
  /[:\uff1a][ \t]{0,8}\r?\n[ \t]{0,8}\r?\n[ \t]{0,8}\p{L}/u,
  /(?<![\p{L}\p{N}])(?:wrote|writes|said|says|asked|asks|reads|schrieb|schreibt|sagte?|écrit|dit|escribió|escribe|dijo|dice|scritto|scrive|schreef|schrijft|zegt)(?![\p{L}\p{N}]).{0,60}[:\uff1a]/iu,
];

/** Whether a text may repeat what somebody else has written, also where `partsOf` cannot say which of its words. */
export function mayRepeatOthers(text: string): boolean {
  return repeating.some((form) => form.test(text)) || partsOf(text).quoted !== "";
}
