import { isAscii } from "node:buffer";
import { Refusal } from "../../domain/errors.ts";
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
const refusedNames = /(^|\[|\.)(__proto__|constructor|prototype)($|\]|\[|\.)/;
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
  return { pairs, repeated: refuseCollisions(pairs) };
}

/** The canonical spelling: every reader that decodes once gets exactly these pairs. */
export function queryText(pairs: QueryPairs): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

function readPair(part: string): [string, string] {
  const equals = part.indexOf("=");
  const name = decode(equals === -1 ? part : part.slice(0, equals));
  const value = equals === -1 ? "" : decode(part.slice(equals + 1));
  if (name === "") refuse("a parameter without a name");
  if (controlCharacter.test(name) || /[%&=+;#\\]/.test(name))
    refuse("a parameter name with a control or separator character");
  if (refusedNames.test(name)) refuse("a parameter name that touches prototypes");
  if (controlCharacter.test(value.replace(/[\t\n\r]/g, ""))) refuse(`a control character in ${name.slice(0, 80)}`);
  return [name, value];
}

function decode(text: string): string {
  const decoded = percentDecode(text.replaceAll("+", "%20"));
  if (decoded === null) refuse("an invalid escape");
  return decoded;
}

/**
 * Frameworks differ on which of two equal names wins, on case, and on whether `a[]` and `a[b]` extend `a`
 * (`qs`, PHP, Rails), so a name may be used once in all these readings.
 * @returns names that are given again letter by letter, which only a list may be
 */
function refuseCollisions(pairs: QueryPairs): readonly string[] {
  if (pairs.length < 2) return none;
  const repeated: string[] = [];
  const whole = new Map<string, string>();
  const roots = new Map<string, boolean>();
  for (const [name] of pairs) {
    const folded = name.normalize("NFKC").toLowerCase();
    const before = whole.get(folded);
    if (before === name) {
      repeated.push(name);
      continue;
    }
    if (before !== undefined) refuse(`${name.slice(0, 80)} is given twice`);
    whole.set(folded, name);
    const bracket = folded.search(/[[\]]/);
    const root = bracket === -1 ? folded : folded.slice(0, bracket);
    const nested = bracket !== -1;
    if (roots.has(root) && !(nested && roots.get(root)))
      refuse(`${name.slice(0, 80)} is given as a value and as an object`);
    roots.set(root, nested);
  }
  return repeated;
}

function refuse(what: string): never {
  throw new Refusal("query_ambiguous", { hint: what });
}

/**
 * Reads a form body as strictly as a query. Its bytes are forwarded unchanged, so a raw `;`, which readers treat
 * differently, is refused as well. Fields named in `lists` may be repeated.
 * @throws Refusal query_ambiguous
 */
export function readForm(body: Buffer, lists: ReadonlySet<string>): QueryPairs {
  const text = isAscii(body) ? body.toString("latin1") : ";";
  if (text.includes(";"))
    throw new Refusal("query_ambiguous", { hint: "a raw ; or a byte beyond ASCII in the form body" });
  const { pairs, repeated } = readPairs(text);
  refuseRepeated(repeated, lists);
  return pairs;
}
