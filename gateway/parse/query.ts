import { Refusal } from "../domain/errors.ts";
import { controlCharacter, percentDecode } from "./percent.ts";

export type QueryPairs = readonly (readonly [string, string])[];

// RFC 3986 §3.4, and the square brackets that browsers leave raw.
const queryCharacters = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]%]*$/;
const refusedNames = /(^|\[|\.)(__proto__|constructor|prototype)($|\]|\[|\.)/;
const tooManyPairs = 1_000;

/**
 * The ordered, once-decoded pairs of a query. `+` is a space, as form encoding has it, and is sent as %20; `;` is data
 * and is sent as %3B, so no reader can split there.
 * @throws Refusal query_ambiguous
 */
export function readQuery(raw: string): QueryPairs {
  if (raw === "") return [];
  if (!queryCharacters.test(raw)) refuse("a character that must be escaped");
  const parts = raw.split("&");
  if (parts.length > tooManyPairs) refuse(`more than ${tooManyPairs} parameters`);
  const pairs = parts.map(readPair);
  refuseCollisions(pairs);
  return pairs;
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
 */
function refuseCollisions(pairs: QueryPairs): void {
  if (pairs.length < 2) return;
  const whole = new Set<string>();
  const roots = new Map<string, boolean>();
  for (const [name] of pairs) {
    const folded = name.normalize("NFKC").toLowerCase();
    if (whole.has(folded)) refuse(`${name.slice(0, 80)} is given twice`);
    whole.add(folded);
    const bracket = folded.search(/[[\]]/);
    const root = bracket === -1 ? folded : folded.slice(0, bracket);
    const nested = bracket !== -1;
    if (roots.has(root) && !(nested && roots.get(root)))
      refuse(`${name.slice(0, 80)} is given as a value and as an object`);
    roots.set(root, nested);
  }
}

function refuse(what: string): never {
  throw new Refusal("query_ambiguous", { hint: what });
}
