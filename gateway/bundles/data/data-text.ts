import { isMapping } from "./fragments.ts";

/** What Go's encoder of JSON escapes beyond JSON.stringify: these characters are in texts alone. */
const escapedByGo = /[<>&\u2028\u2029]/g;
/** Half a pair, for which OPA reads another character. */
const halfPair = /\\ud[89a-f]/;

/**
 * Merged data byte by byte as `opa build` writes them to data.json, so that an edit of data runs no OPA and makes the same archive. Null
 * for what OPA reads in another way.
 */
export function dataText(data: unknown): string | null {
  if (!isMapping(data)) return null;
  const { sallyport } = data;
  // Such a one is in no file that OPA gets.
  if (sallyport !== undefined && (!isMapping(sallyport) || Object.keys(sallyport).length === 0)) return null;
  const text = textOf(data);
  if (halfPair.test(text)) return null;
  return `${text.replace(escapedByGo, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .toSorted(byBytes)
    .map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`);
  return `{${members.join(",")}}`;
}

/** As Go compares texts. */
function byBytes(one: string, other: string): number {
  return isAscii.test(one) && isAscii.test(other)
    ? one < other
      ? -1
      : Number(one > other)
    : Buffer.compare(Buffer.from(one), Buffer.from(other));
}

const isAscii = /^[\0-\x7f]*$/;
