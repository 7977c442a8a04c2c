/** Go's strconv.Quote family. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const NAMED: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

export function isPrintable(character: string): boolean {
  return PRINTABLE.test(character);
}

/** @param mark the quotation mark around the text, `"` for strings and `'` for characters. */
export function quote(text: string, asciiOnly = false, mark = '"'): string {
  let quoted = mark;
  for (const character of text) quoted += escapeCharacter(character, asciiOnly, mark);
  return quoted + mark;
}

function escapeCharacter(character: string, asciiOnly: boolean, mark: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  if (character === mark) return `\\${mark}`;
  const code = character.codePointAt(0) as number;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x80 ? code >= 0x20 && code < 0x7f : !asciiOnly && isPrintable(character)) return character;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Whether a raw string literal can hold the text. */
export function canBackquote(text: string): boolean {
  return !/[\x00-\x08\x0a-\x1f`\x7f\ufeff\ud800-\udfff]/.test(text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ""));
}
