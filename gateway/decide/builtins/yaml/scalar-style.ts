import { isPlainText } from "./scalar.ts";

/**
 * The style of a text in YAML, chosen as go.yaml.in/yaml chooses it (encode.go, emitterc.go): a block where it has line feeds,
 * plain where no reader takes it for more than a text, otherwise quotes. Lines are never folded.
 */
const BREAK = "\\n\\r\\x85\\u2028\\u2029";

const LINE_BREAK = new RegExp(`[${BREAK}]`);
const LINE_START = new RegExp(`([${BREAK}])(?=[^${BREAK}])`, "g");
const SPACE_BEFORE_BREAK = new RegExp(` [${BREAK}]`);
const SPACE_AFTER_BREAK = new RegExp(`[${BREAK}] `);
const INDICATOR = new RegExp(
  "^(?:---|\\.\\.\\.|[#,[\\]{}&*!|>'\"%@`]|[?-](?:[ \\t]|$))" + `|:(?:[ \\t]|$)|[ \\t\\0${BREAK}]#`,
);

/** Beyond the first plane nothing counts as printable, nor does the byte order mark. */
const ESCAPED = /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const ESCAPED_BUT_TAB = /[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;

/** What readers that keep to YAML 1.1 take for booleans and for numbers of base 60. */
const OLD_BOOLEAN = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** The text as a scalar; `indent` is the column at which its later lines begin. */
export function scalarText(text: string, indent: number): string {
  if (text.includes("\n")) return isBlockAllowed(text) ? literal(text, indent) : doubleQuoted(text);
  if (!isPlainText(text) || OLD_BOOLEAN.test(text) || SEXAGESIMAL.test(text)) return doubleQuoted(text);
  if (ESCAPED.test(text) || SPACE_BEFORE_BREAK.test(text) || SPACE_AFTER_BREAK.test(text)) return doubleQuoted(text);
  const isPlain = !/^ | $/.test(text) && !LINE_BREAK.test(text) && !INDICATOR.test(text);
  return isPlain ? text : `'${indented(text.replaceAll("'", "''"), indent)}'`;
}

/** Whether the text has a line break of any kind. */
export function hasLineBreak(text: string): boolean {
  return LINE_BREAK.test(text);
}

/** Whether the text ends with a line break of any kind. */
export function endsLine(text: string): boolean {
  return LINE_BREAK.test(text.slice(-1));
}

function isBlockAllowed(text: string): boolean {
  return !text.endsWith(" ") && !ESCAPED_BUT_TAB.test(text) && !SPACE_BEFORE_BREAK.test(text);
}

/** A block that begins with a blank has an indentation indicator; its last sign says which line breaks at its end are kept. */
function literal(text: string, indent: number): string {
  const first = text.charAt(0);
  const indicator = first === " " || hasLineBreak(first) ? "2" : "";
  const kept = text.length === 1 || endsLine(text.slice(0, -1)) ? "+" : "";
  return `|${indicator}${endsLine(text) ? kept : "-"}${indented(`\n${text}`, indent)}`;
}

/** Lines that are not empty begin at the column. */
function indented(text: string, indent: number): string {
  return text.replace(LINE_START, `$1${" ".repeat(indent)}`);
}

const LETTERS = new Map(
  Object.entries({ 0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", 34: '"', 92: "\\" })
    .concat(Object.entries({ 133: "N", 160: "_", 8232: "L", 8233: "P" }))
    .map(([code, letter]) => [String.fromCharCode(Number(code)), letter]),
);

/** In a text that begins with a byte order mark Go's writer escapes every character. */
function doubleQuoted(text: string): string {
  const escapes = (character: string): boolean =>
    text.startsWith("\ufeff") || ESCAPED.test(character) || /["\\\n\u2028\u2029]/.test(character);
  return `"${Array.from(text, (character) => (escapes(character) ? escaped(character) : character)).join("")}"`;
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16).toUpperCase();
  const letter = LETTERS.get(character);
  if (letter !== undefined) return `\\${letter}`;
  if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}
