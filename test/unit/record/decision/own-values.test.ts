import type { JsonValue } from "../../../../gateway/lib/json.ts";
import { textOf } from "../../../../gateway/record/decision/member-texts.ts";
import { OwnForm, OwnForms, shortDigest } from "../../../../gateway/record/decision/own-values.ts";
import { likeText, timeIn, SharedRecord } from "../../../../gateway/record/decision/shared-record.ts";
import { BrokenReference, WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";

const ms = Date.parse("2026-11-30T12:00:00.123Z");
const digest = `sha256:${"0af".repeat(21)}b`;

test("values stand in the places of the form, each as it is written out", () => {
  const form = OwnForm.of('{"timestamp":"time","b":{"2":"json","1":"json","d":"sha256"},"__proto__":"json"}');
  const values = [String(ms), '"a]"', "1.50", shortDigest(digest) ?? "", "12345678901234567890"];
  expect(textOf(form?.filled(values) ?? new Map())).toBe(
    `{"timestamp":"2026-11-30T12:00:00.123Z","b":{"2":"a]","1":1.50,"d":"${digest}"},"__proto__":12345678901234567890}`,
  );
  const parsed = values.map((value) => JSON.parse(value) as JsonValue);
  expect(JSON.stringify(form?.object(parsed))).toBe(
    JSON.stringify(JSON.parse(textOf(form?.filled(values) ?? new Map()))),
  );
  expect(form?.fits(values)).toBe(true);
});

test.each<[string, string[]]>([
  ["too few", ["1"]],
  ["too many", ["1", `"${"A".repeat(43)}"`, "3"]],
  ["a time that is none", ['"2026-11-30T12:00:00Z"', `"${"A".repeat(43)}"`]],
  ["a time that no clock shows", ["9".repeat(16), `"${"A".repeat(43)}"`]],
  ["a digest that is none", ["1", '"abc"']],
])("values that do not fit the form make no record: %s", (_what, values) => {
  const form = OwnForm.of('{"timestamp":"time","b":"sha256"}');
  expect(form?.fits(values)).toBe(false);
  expect(form?.filled(values)).toBeNull();
  expect(form?.object(values.map((value) => JSON.parse(value) as JsonValue))).toBeNull();
});

const deep = `${'{"a":'.repeat(20)}"json"${"}".repeat(20)}`;

test.each([
  ...[
    "[]",
    '"json"',
    "{,}",
    "{}",
    '{"timestamp":"json"}',
    '{"a":"json","timestamp":"time"}',
    '{"a":{"timestamp":"time"}}',
  ],
  ...['"a":"toString"', '"a":1', '"a":{"b":"other"}', `"a":${deep}`].map((more) => `{"timestamp":"time",${more}}`),
  ...["seq", "kind", "decision_id", "like", "own", "\\u006fwn"].map((name) => `{"timestamp":"time","${name}":"json"}`),
])("a form that says something else is none: %s", (text) => {
  expect(OwnForm.of(text)).toBeNull();
});

test.each([null, "", "sha256:abc", digest.toUpperCase(), digest.replace("sha256", "sha512"), `${digest}0`])(
  "what is no digest of SHA-256 is not written as one: %s",
  (text) => {
    expect(shortDigest(text)).toBeNull();
  },
);

const shared = new SharedRecord(
  '{"timestamp":null,"n":{"a":0,"b":1},"own":{"timestamp":"time","n":{"a":"json"}}}',
  "names",
);
const lineWith = (own: string, more = ""): string =>
  `{"seq":2,"kind":"outcome","decision_id":"d_1"${likeText([shared])},"own":${own}${more}}`;

function recordsOf(...all: readonly SharedRecord[]): WholeRecords {
  const records = new WholeRecords();
  for (const { line } of all) records.note(`{"seq":1${line}}`);
  return records;
}

test("a record with values alone is whole again, as text and as an object, and has no member that says where they belong", () => {
  const line = lineWith(`[ ${ms} , {"x":"]"} ]`, ',"more":[1]');
  const whole = {
    seq: 2,
    kind: "outcome",
    decision_id: "d_1",
    timestamp: "2026-11-30T12:00:00.123Z",
    n: { a: { x: "]" }, b: 1 },
    more: [1],
  };
  const records = recordsOf(shared);
  expect(records.whole(line)).toBe(JSON.stringify(whole));
  expect(records.shared(line)).toEqual(whole);
});

test.each<[string, string]>([
  ["none", lineWith("[]")],
  ["too few", lineWith(`[${ms}]`)],
  ["too many", lineWith(`[${ms},1,2]`)],
  ["a time that is a text", lineWith(`["${ms}",1]`)],
  ["no list", lineWith(`[${ms},1]`).replace(/,"own":.*/, "}")],
  ["another value in place of the list", lineWith("null")],
  ["a list that is not behind what it is like", lineWith("1").replace(',"own":1', `,"n":1,"own":[${ms},1]`)],
  ["a list twice", lineWith(`[${ms},1]`, ',"own":[1]')],
])("a record whose values do not fit is broken: %s", (_what, line) => {
  const records = recordsOf(shared);
  expect(() => records.whole(line)).toThrow(BrokenReference);
  expect(() => records.shared(line)).toThrow(BrokenReference);
});

test("a record that has values and no names for them is broken", () => {
  const none = new SharedRecord('{"n":1}');
  const line = lineWith(`[${ms},1]`).replace(shared.digest, none.digest);
  const records = recordsOf(none);
  expect(() => records.whole(line)).toThrow("values that do not fit");
  expect(() => records.shared(line)).toThrow("values that do not fit");
});

test.each<[string, SharedRecord]>([
  ["names as a line of kind shared", new SharedRecord(shared.members)],
  ["a line of kind names without names", new SharedRecord('{"n":1}', "names")],
  ["names that begin with another place", new SharedRecord('{"own":{"n":"json"}}', "names")],
])("shared members are broken that are %s", (_what, record) => {
  expect(() => new WholeRecords().note(`{"seq":1${record.line}}`)).toThrow(BrokenReference);
});

test("a record has its names once", () => {
  const other = new SharedRecord('{"own":{"timestamp":"time","m":"json"}}', "names");
  const both = new SharedRecord(`{${likeText([shared, other]).slice(1)}}`);
  const line = `{"seq":2,"kind":"outcome","decision_id":"d_1"${likeText([shared, other])},"own":[${ms},1,2]}`;
  expect(() => recordsOf(shared, other).whole(line)).toThrow("refers to names twice");
  expect(() => recordsOf(shared, other).note(`{"seq":1${both.line}}`)).toThrow("have names twice");
  const again = new SharedRecord(`{${likeText([shared, shared]).slice(1)}}`);
  const records = recordsOf(shared, shared, again, shared, again);
  expect(JSON.parse(records.whole(lineWith(`[${ms},7]`).replace(shared.digest, again.digest)))).toMatchObject({
    n: { a: 7 },
  });
});

test("lines of names that differ in other members alone have one form, and are two names all the same", () => {
  const [one, other] = ["1", "2"].map((n) => new SharedRecord(`{"n":${n},"own":{"timestamp":"time"}}`, "names"));
  if (one === undefined || other === undefined) throw new Error("there are two");
  const forms = new OwnForms();
  expect([one, other].map((each) => forms.note(each))).toEqual([null, null]);
  expect(forms.of([one.digest])).toBeInstanceOf(OwnForm);
  expect(forms.of([other.digest])).toBe(forms.of([one.digest]));
  expect(forms.of([one.digest, other.digest])).toBe("several");
});

const at = "2026-11-30T12:00:00.123Z";
const chosen = '{"timestamp":"2020-01-01T00:00:00.000Z"}';
const chosenText = JSON.stringify(`,"timestamp":"2020-01-01T00:00:00.000Z"`);

test.each<[string, string]>([
  ["without a name", lineWith(`[${ms},${chosen}]`)],
  ["without a name, with white space around it", lineWith(`[ ${ms} ,${chosen}]`)],
  ["without a name, and an argument that looks like one", lineWith(`[${ms},${chosenText}]`, `,"input":${chosen}`)],
  ["of a decision", `{"seq":2,"kind":"decision","decision_id":"d_1","timestamp":"${at}","input":${chosen}}`],
  [
    "of a decision of an older version",
    `{"seq":2,"kind":"decision","decision_id":"d_1"${likeText([shared])},"timestamp":"${at}","input":${chosen}}`,
  ],
  ["of a segment", `{"seq":2,"kind":"segment","timestamp":"${at}","segment":"x"}`],
  ["of a receipt", `{"seq":2,"kind":"receipt","approval_id":"a_1","timestamp":"${at}","jws":"x"}`],
  ["of a signal", `{"seq":2,"kind":"signal","signal_id":"s_1","timestamp":"${at}","a":${chosen}}`],
  ["in another place", `{"seq":2,"kind":"other","a":${chosen},"timestamp":"${at}"}`],
])("the time of a record is its own, whatever its arguments look like: %s", (_what, line) => {
  expect(timeIn(line)).toBe(ms);
});

test.each([
  lineWith('["x"]'),
  `{"seq":2,"kind":"outcome","a":${chosen}}`,
  '{"seq":2,"kind":"ou',
  "null",
  '{"timestamp":"x"}',
])("a line that says no time has none: %s", (line) => {
  expect(timeIn(line)).toBeNull();
});
