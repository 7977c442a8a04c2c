import type { JsonValue } from "../../../../gateway/lib/json.ts";
import { OwnForm, shortDigest } from "../../../../gateway/record/decision/own-values.ts";
import { likeText, ownTimeIn, SharedRecord } from "../../../../gateway/record/decision/shared-record.ts";
import { BrokenReference, WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";

const ms = Date.parse("2026-11-30T12:00:00.123Z");
const digest = `sha256:${"0af".repeat(21)}b`;

test("values stand in the places of the form, each as it is written out", () => {
  const form = OwnForm.of('{"at":"time","b":{"2":"json","1":"json","d":"sha256"},"__proto__":"json"}');
  const values = [String(ms), '"a]"', "1.50", shortDigest(digest) ?? "", "12345678901234567890"];
  expect(form?.filled(values)).toBe(
    `{"at":"2026-11-30T12:00:00.123Z","b":{"2":"a]","1":1.50,"d":"${digest}"},"__proto__":12345678901234567890}`,
  );
  const parsed = values.map((value) => JSON.parse(value) as JsonValue);
  expect(JSON.stringify(form?.object(parsed))).toBe(JSON.stringify(JSON.parse(form?.filled(values) ?? "")));
});

test.each<[string, string[]]>([
  ["too few", ["1"]],
  ["too many", ["1", `"${"A".repeat(43)}"`, "3"]],
  ["a time that is none", ['"2026-11-30T12:00:00Z"', `"${"A".repeat(43)}"`]],
  ["a time that no clock shows", ["9".repeat(16), `"${"A".repeat(43)}"`]],
  ["a digest that is none", ["1", '"abc"']],
])("values that do not fit the form make no record: %s", (_what, values) => {
  const form = OwnForm.of('{"a":"time","b":"sha256"}');
  expect(form?.filled(values)).toBeNull();
  expect(form?.object(values.map((value) => JSON.parse(value) as JsonValue))).toBeNull();
});

test.each(["[]", '"json"', "{,}", '{"a":"toString"}', '{"a":1}', '{"a":{"b":"other"}}'])(
  "a form that says something else is none: %s",
  (text) => {
    expect(OwnForm.of(text)).toBeNull();
  },
);

test.each([null, "", "sha256:abc", digest.toUpperCase(), digest.replace("sha256", "sha512"), `${digest}0`])(
  "what is no digest of SHA-256 is not written as one: %s",
  (text) => {
    expect(shortDigest(text)).toBeNull();
  },
);

const shared = new SharedRecord('{"timestamp":null,"n":{"a":0,"b":1},"own":{"timestamp":"time","n":{"a":"json"}}}');
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
    ...{ seq: 2, kind: "outcome", decision_id: "d_1", timestamp: "2026-11-30T12:00:00.123Z" },
    ...{ n: { a: { x: "]" }, b: 1 }, more: [1] },
  };
  const records = recordsOf(shared);
  expect(records.whole(line)).toBe(JSON.stringify(whole));
  expect(records.shared(line)).toEqual(whole);
});

test("a record whose values do not fit is broken", () => {
  const records = recordsOf(shared);
  for (const own of ["[]", `[${ms}]`, `[${ms},1,2]`, `["${ms}",1]`]) {
    expect(() => records.whole(lineWith(own))).toThrow(BrokenReference);
    expect(() => records.shared(lineWith(own))).toThrow(BrokenReference);
  }
  const none = new SharedRecord('{"n":1}');
  const line = lineWith(`[${ms},1]`).replace(shared.digest, none.digest);
  expect(() => recordsOf(none).whole(line)).toThrow(BrokenReference);
});

test("the time of a record is the first of its values, whatever its arguments look like", () => {
  expect(ownTimeIn(lineWith(`[${ms},{"timestamp":"2020-01-01T00:00:00.000Z"}]`))).toBe(ms);
  expect(ownTimeIn(`{"seq":2,"kind":"decision","decision_id":"d_1","input":{"like":[],"own":[1]}}`)).toBeNull();
  expect(ownTimeIn(lineWith('["x"]'))).toBeNull();
});
