import { isAscii } from "node:buffer";
import { refuse, refuseCollisions, refuseName } from "./names.ts";
import { controlCharacter, percentDecode } from "./path.ts";

export type QueryPairs = readonly (readonly [string, string])[];

interface Query {
  readonly pairs: QueryPairs;
  /**
   * Names that are given more than once in the same spelling. The reader of the pairs must refuse them unless they are
   * declared as lists.
   */
  readonly repeated: readonly string[];
}

// RFC 3986 §3.4, and the square brackets that browsers leave raw.
const queryCharacters = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]%]*$/;
const tooManyPairs = 1_000;

const empty: Query = { pairs: [], repeated: [] };
const none: readonly string[] = [];

/** @throws Refusal query_ambiguous when a name is repeated that is not among `lists` */
export function refuseRepeated(repeated: readonly string[], lists: ReadonlySet<string>): void {
  const name = repeated.find((one) => !lists.has(one));
  if (name !== undefined) refuse(`${name.slice(0, 80)} is given twice`);
}

/**
 * The ordered, once-decoded pairs of a query. `+` is a space, as form encoding has it, and is sent as %20; `;` is data
 * and is sent as %3B, so no reader can split there.
 * @throws Refusal query_ambiguous
 */
export function readPairs(raw: string): Query {
  if (raw === "") return empty;
  if (!queryCharacters.test(raw)) refuse("a character that must be escaped");
  const parts = raw.split("&");
  if (parts.length > tooManyPairs) refuse(`more than ${tooManyPairs} parameters`);
  const pairs = parts.map(readPair);
  return { pairs, repeated: pairs.length < 2 ? none : refuseCollisions(pairs) };
}

/** The canonical spelling: every reader that decodes once gets exactly these pairs. */
export function queryText(pairs: QueryPairs): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

function readPair(part: string): [string, string] {
  const equals = part.indexOf("=");
  const name = decode(equals === -1 ? part : part.slice(0, equals));
  const value = equals === -1 ? "" : decode(part.slice(equals + 1));
  refuseName(name);
  if (controlCharacter.test(value.replace(/[\t\n\r]/g, ""))) refuse(`a control character in ${name.slice(0, 80)}`);
  return [name, value];
}

function decode(text: string): string {
  const decoded = percentDecode(text.replaceAll("+", "%20"));
  if (decoded === null) refuse("an invalid escape");
  return decoded;
}

/** `qs` takes a `]=` for the end of the name, also behind the first `=`. */
const lateEnd = /(?:\]|%5d)=/i;

/**
 * Reads a form body as strictly as a query. Its bytes are forwarded unchanged, so a raw `;`, and a raw `]=` within a value,
 * which readers treat differently, are refused as well. Fields named in `lists` may be repeated.
 * @throws Refusal query_ambiguous
 */
export function readForm(body: Buffer, lists: ReadonlySet<string>): QueryPairs {
  const text = isAscii(body) ? body.toString("latin1") : ";";
  if (text.includes(";")) refuse("a raw ; or a byte beyond ASCII in the form body");
  if (lateEnd.test(text) && text.split("&").some((part) => lateEnd.test(part.slice(part.indexOf("=") + 1))))
    refuse("a raw ]= in a value of the form body");
  const { pairs, repeated } = readPairs(text);
  refuseRepeated(repeated, lists);
  return pairs;
}
