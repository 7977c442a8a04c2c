import { oncePer } from "../../lib/caches.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { type Layer, layersOf, rewritten } from "./decoded-layers.ts";
import {
  blanks,
  type Digits,
  formsOf,
  noSlug,
  type SecretForms,
  shortestInNames,
  smallLetters,
} from "./secret-forms.ts";

const removed = "[credential removed]";

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A server may repeat what it was given: as it is, with any of its characters escaped as JSON, URLs, HTML, mail or programs escape them,
 * in base64 and in hex, each also over several lines; and of what is base64 itself, as in `Authorization: Basic`, what that says.
 * @param begin what stands before it is looked through and left out
 * @throws CliFailure credential_search
 */
export function withoutSecrets(text: string, secrets: readonly string[], begin = 0): string {
  return quietly(() => {
    const forms = formsOfAll(secrets);
    const spans = layersOf(text).flatMap((layer) => spansIn(layer, forms));
    const parts: string[] = [];
    let from = begin;
    for (const { start, end } of merged(spans.toArray())) {
      if (end <= begin) continue;
      parts.push(text.slice(from, Math.max(from, start)), removed);
      from = end;
    }
    return parts.join("") + text.slice(from);
  });
}

/** Whether a text that is kept repeats one of them, or its letters and digits do. @throws CliFailure credential_search */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return quietly(() => {
    const forms = longFormsOfAll(secrets);
    return layersOf(text).some((layer) => hasSlug(layer.text, forms) || spansIn(layer, forms).length > 0);
  });
}

const formsOfAll = oncePer((secrets: readonly string[]): SecretForms[] => secrets.map(formsOf));
const longFormsOfAll = oncePer((secrets: readonly string[]): SecretForms[] =>
  secrets.filter(({ length }) => length >= shortestInNames).map(formsOf),
);

/** What a fault says may hold the secret. */
function quietly<T>(look: () => T): T {
  try {
    return look();
  } catch {
    const why = "It could not be found out whether the server repeats its credential. What it said is not shown";
    throw new CliFailure(exits.negative, "credential_search", `${why}, and nothing was written.`);
  }
}

function hasSlug(text: string, forms: readonly SecretForms[]): boolean {
  const letters = smallLetters(text).replace(noSlug, "");
  return forms.some(({ slugs }) => slugs.some((slug) => letters.includes(slug)));
}

function spansIn(layer: Layer, forms: readonly SecretForms[]): Span[] {
  const bare = rewritten(layer, blanks, () => "");
  const [small, smallBare] = [smallLetters(layer.text), smallLetters(bare.text)];
  const digits = bare.text.replaceAll("-", "+").replaceAll("_", "/");
  const found: Span[] = [];
  const add = ({ starts, ends }: Layer, from: number, to: number): void =>
    void found.push({ start: starts[from] as number, end: ends[to - 1] as number });
  for (const { short, plain, base64 } of forms) {
    for (const one of short) for (const at of placesOf(one, small)) add(layer, at, at + one.length);
    for (const one of plain) for (const at of placesOf(one, smallBare)) add(bare, at, at + one.length);
    for (const one of base64) for (const at of placesOf(one.text, digits)) add(bare, ...withItsEnds(bare, at, one));
  }
  return found;
}

/** With the digits beside it that say bits of it, and what fills the last four. */
function withItsEnds(bare: Layer, at: number, { text, shares }: Digits): [from: number, to: number] {
  let to = at + text.length;
  if (shares.after && touch(bare, to)) to += 1;
  for (let fill = 0; fill < 2 && touch(bare, to) && bare.text[to] === "="; fill += 1) to += 1;
  return [shares.before && touch(bare, at) ? at - 1 : at, to];
}

/** Whether nothing was between the character at `at` and the one before it. */
function touch({ starts, ends }: Layer, at: number): boolean {
  return at > 0 && at < starts.length && starts[at] === ends[at - 1];
}

function* placesOf(wanted: string, text: string): Generator<number> {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) yield at;
}

/** Ascending, none within another. */
function merged(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = joined.at(-1);
    if (last === undefined || span.start >= last.end) joined.push(span);
    else if (span.end > last.end) joined[joined.length - 1] = { start: last.start, end: span.end };
  }
  return joined;
}
