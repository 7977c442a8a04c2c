// Some clients end lines where Python's splitlines() does: at these as well as at CR and LF.
const separators = /[\u0085\u2028\u2029]/g;
const lineEnds = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

/**
 * A JSON text that every client splits into the same lines. The characters that some clients take for line ends occur
 * in strings only, and are escaped there.
 */
export function withoutSeparators(json: string): string {
  return json.replace(separators, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The value of another field of an event, as one line for every client. */
export function oneLine(text: string): string {
  return text.replace(lineEnds, " ");
}

/** One JSON-RPC message as an event; CR and LF are white space in JSON. */
export function messageEvent(json: string): string {
  return `event: message\ndata: ${withoutSeparators(json).replace(/[\r\n]+/g, " ")}\n\n`;
}
