import fc from "fast-check";
import { isJsonObject, type JsonValue } from "../../../../gateway/lib/json.ts";
import { likeText, SharedRecord } from "../../../../gateway/record/decision/shared-record.ts";
import { BrokenReference, WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";

const digest = "A".repeat(43);

/** Names that records have, that lines begin with, and that objects of JavaScript treat in a way of their own. */
const names = ["a", "b", "input", "context", "timestamp", "2", "10", "__proto__", "toString", 'x"\\', "\u2028é🙂", ""];
const framing = ["seq", "kind", "decision_id", "like", "own"];
const oneOf = (all: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...all);

const scalar = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, -0, 1e21, ']"}', ',"own":[1]', "\u0000", "sha256"),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: "grapheme", maxLength: 4 }),
);
const { value, place } = fc.letrec<{ value: JsonValue; place: JsonValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie("value"), { maxLength: 3 }), membersOf(names, tie("value"))),
  place: fc.oneof({ maxDepth: 3 }, fc.constantFrom("json", "time", "sha256"), membersOf(names, tie("place"))),
}));

function membersOf(of: readonly string[], each: fc.Arbitrary<JsonValue>): fc.Arbitrary<Record<string, JsonValue>> {
  return fc.array(fc.tuple(oneOf(of), each), { maxLength: 4 }).map((all) => Object.fromEntries(all));
}

function placesIn(at: JsonValue): string[] {
  return isJsonObject(at) ? Object.values(at).flatMap(placesIn) : [String(at)];
}

const valueOf: Readonly<Record<string, fc.Arbitrary<JsonValue>>> = {
  json: value,
  time: fc.integer({ min: -1e12, max: 1e14 }),
  sha256: fc.constant(digest),
};

/** Where values belong, as text, and values that fit. */
const named = membersOf(
  names.filter((name) => name !== "timestamp"),
  place,
).chain((places) => {
  const entries = Object.entries(places).map(([name, at]) => `,${JSON.stringify(name)}:${JSON.stringify(at)}`);
  const fitting = ["time", ...placesIn(places)].map((one) => valueOf[one] ?? value);
  return fc.tuple(fc.constant(`{"timestamp":"time"${entries.join("")}}`), fc.tuple(...fitting));
});

/** A line of kind names. */
function namesRecord(members: Record<string, JsonValue>, form: string): SharedRecord {
  const begin = JSON.stringify(members, null, 1).slice(0, -1);
  return new SharedRecord(`${begin}${begin.trim() === "{" ? "" : ","}"own":${form}}`, "names");
}

/** The members of an object, which may come twice, each with a comma in front. */
const inner = fc
  .array(membersOf([...names, ...framing], value), { maxLength: 3 })
  .map((all) => all.map((one) => JSON.stringify(one, null, 1).slice(1, -1)).filter((text) => text.trim() !== ""))
  .map((texts) => texts.map((text) => `,${text}`).join(""));

function read<Read>(work: () => Read): Read | "broken" {
  try {
    return work();
  } catch (failure) {
    if (failure instanceof BrokenReference) return "broken";
    throw failure;
  }
}

/** The same text for the same value: members in one order, without what a decision alone is given as text. */
function canonical(of: JsonValue, isTop = true): string {
  if (Array.isArray(of)) return `[${of.map((one: JsonValue) => canonical(one, false)).join(",")}]`;
  if (!isJsonObject(of)) return Object.is(of, -0) ? "-0" : JSON.stringify(of);
  const members = Object.entries(of).filter(
    ([name, below]) => !isTop || (name !== "input_digest" && (name !== "input" || below !== null)),
  );
  const texts = members.map(([name, below]) => `${JSON.stringify(name)}:${canonical(below, false)}`);
  return `{${texts.toSorted().join(",")}}`;
}

/** What a record is with all that it refers to, read as text and read as an object. */
function bothOf(line: string, shared: readonly SharedRecord[]): string[] {
  const records = new WholeRecords();
  for (const one of shared) records.note(`{"seq":1${one.line}}`);
  const text = read(() => JSON.parse(records.whole(line)) as JsonValue);
  return [canonical(text), canonical(read(() => records.shared(line)))];
}

const kinds = fc.constantFrom("decision", "outcome");
const base = membersOf([...names, ...framing.filter((name) => name !== "own")], value);

test("a record is the same read as text and as an object, whatever it refers to and whatever its values are", () => {
  let whole = 0;
  fc.assert(
    fc.property(kinds, base, base, named, inner, (kind, first, second, [form, values], own) => {
      const shared = [new SharedRecord(JSON.stringify(first)), namesRecord(second, form)];
      const list = JSON.stringify(values, null, 1);
      const line = `{"seq":2,"kind":"${kind}","decision_id":"d_1"${likeText(shared)},"own":${list}${own}}`;
      const [text, object] = bothOf(line, shared);
      expect(object).toBe(text);
      if (text !== '"broken"') whole += 1;
    }),
    { numRuns: 2_000 },
  );
  expect(whole).toBeGreaterThan(1_000);
});

test("a record whose list was changed is the same read as text and as an object, or broken for both", () => {
  let broken = 0;
  fc.assert(
    fc.property(kinds, base, named, fc.array(value, { maxLength: 4 }), inner, (kind, first, [form], values, own) => {
      const shared = [namesRecord(first, form)];
      const list = JSON.stringify(values);
      const line = `{"seq":2,"kind":"${kind}","decision_id":"d_1"${likeText(shared)},"own":${list}${own}}`;
      const [text, object] = bothOf(line, shared);
      expect(object).toBe(text);
      if (text === '"broken"') broken += 1;
    }),
    { numRuns: 2_000 },
  );
  expect(broken).toBeGreaterThan(1_000);
});

test("a line of an older version, whose values all have names, is the same read as text and as an object", () => {
  fc.assert(
    fc.property(kinds, base, base, inner, (kind, first, second, own) => {
      const shared = [first, second].map((members) => new SharedRecord(JSON.stringify(members)));
      const line = `{"seq":2,"kind":"${kind}","decision_id":"d_1"${likeText(shared)}${own}}`;
      const [text, object] = bothOf(line, shared);
      expect(object).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});
