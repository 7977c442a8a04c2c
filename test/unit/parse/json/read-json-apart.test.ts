/** A body of which one member is read by itself. */
import fc from "fast-check";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../../gateway/lib/json.ts";
import { readJson, readJsonApart } from "../../../../gateway/parse/json/read-json.ts";
import { codeOf } from "../../../support/parser.ts";

const limits = { maxDepth: 12, maxKeysPerObject: 100, maxKeys: 1_000, maxStringBytes: 10_000 };
const path = [Buffer.from("params"), Buffer.from("arguments")];
const apart = (text: string) => readJsonApart(Buffer.from(text), limits, path);

/** What stands at `params.arguments`; undefined where nothing does. */
function memberOf(body: JsonValue): JsonValue | undefined {
  const params = isJsonObject(body) && Object.hasOwn(body, "params") ? body["params"] : undefined;
  if (params === undefined || !isJsonObject(params) || !Object.hasOwn(params, "arguments")) return undefined;
  return params["arguments"];
}

const key = fc.constantFrom(...["params", "arguments", "name", "a", "é", "params ", "argument", "Id", "0"]);
const leaf = fc.oneof(
  fc.constantFrom<JsonValue>("x", "12:00", "http://e.example", '\\"', "é\n", true, null, 0, -1.5, 12, {}, []),
  fc.constantFrom<JsonValue>("y".repeat(80), `${"y".repeat(80)}:`, `ftp:${"y".repeat(80)}`, {
    params: { arguments: 1 },
  }),
);
const { value: tree } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }) as fc.Arbitrary<JsonObject>,
  ),
}));
const message = fc
  .record({ before: tree, args: tree, around: fc.dictionary(key, tree, { maxKeys: 3 }) })
  .map(({ before, args, around }): JsonValue => ({
    before,
    ...around,
    params: { name: before, ...around, arguments: args },
  }));
const text = fc
  .tuple(fc.oneof(message, message, tree), fc.constantFrom(0, 0, 1))
  .map(([value, indent]) => JSON.stringify(value, null, indent));

test("is the member at the path, and the body around it, as JSON.parse has them", () => {
  let found = 0;
  fc.assert(
    fc.property(text, (body) => {
      const whole = JSON.parse(body) as JsonValue;
      const at = memberOf(whole);
      if (codeOf(() => readJson(Buffer.from(body), limits)) !== "accepted") return;
      const read = apart(body);
      expect(read.member === null).toBe(at === undefined);
      expect(read.whole.value).toEqual(whole);
      if (at === undefined || read.member === null) return expect(read.around()).toEqual(whole);
      found++;
      expect(read.member.value).toEqual(at);
      const { params, ...others } = whole as { readonly params: JsonObject };
      expect(read.around()).toEqual({ ...others, params: { ...params, arguments: {} } });
    }),
    { numRuns: 2_000 },
  );
  expect(found).toBeGreaterThan(800);
});

test("knows of the member what a reading of its text alone knows, and of the body what a reading of all of it does", () => {
  fc.assert(
    fc.property(text, (body) => {
      const bytes = Buffer.from(body);
      if (codeOf(() => readJson(bytes, limits)) !== "accepted") return;
      const known = ({ bytes: kept, noUrl, isObject }: ReturnType<typeof readJson>) =>
        [kept?.toString(), noUrl, isObject] as const;
      const { whole, member } = apart(body);
      expect(known(whole)).toEqual(known(readJson(bytes, limits)));
      if (member === null) return;
      if (member.bytes !== null) expect(member.bytes.toString()).toBe(JSON.stringify(member.value));
      const written = JSON.stringify(member.value);
      // A text alone is the same text where it is not indented.
      if (body.includes(`"arguments":${written}`))
        expect(known(member)).toEqual(known(readJson(Buffer.from(written), limits)));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["keys that JSON.stringify writes in another order", '{"2":0,"1":0}', { bytes: null, noUrl: true }],
  ["keys with a URL", '{"ftp:x":0}', { noUrl: false }],
])("knows of %s within the member where records before it have had them", (_what, record, known) => {
  const { member, whole } = apart(
    `{"before":[${record},${record}],"params":{"a":[[${record}]],"arguments":[[${record}]]}}`,
  );
  expect(member).toMatchObject(known);
  expect(whole).toMatchObject(known);
});

test.each([
  ["a key with an escape", '{"params":{"\\u0061rguments":{}}}'],
  ["a key with an escape above it", '{"par\\u0061ms":{"arguments":{}}}'],
  ["a list", '[{"params":{"arguments":{}}}]'],
  ["params in a list", '{"params":[{"arguments":{}}]}'],
  ["params deeper", '{"x":{"params":{"arguments":{}}}}'],
  ["arguments deeper", '{"params":{"x":{"arguments":{}}}}'],
  ["arguments beside params", '{"params":{},"arguments":{}}'],
  ["arguments of another member", '{"params":{"name":"x"},"paramz":{"arguments":{}}}'],
  ["keys that begin alike", '{"params":{"arguments2":{},"argument":{}}}'],
])("has no member where it stands elsewhere: %s", (_what, body) => {
  const { member, around } = apart(body);
  expect([member, around()]).toEqual([null, JSON.parse(body)]);
});

test.each([
  ["a member that is there twice", '{"params":{"arguments":{"a":1},"arguments":{}}}', "json_duplicate_key"],
  [
    "a member that is there twice, once with an escape",
    '{"params":{"arguments":{},"\\u0061rguments":1}}',
    "json_duplicate_key",
  ],
  ["params that are there twice", '{"params":{"arguments":{}},"params":{}}', "json_duplicate_key"],
  ["members that differ in case", '{"params":{"arguments":{},"Arguments":1}}', "json_key_refused"],
  ["a fault within it", '{"params":{"arguments":{"a":01}}}', "json_invalid"],
  ["a key twice within it", '{"params":{"arguments":{"a":1,"a":2}}}', "json_duplicate_key"],
  ["a fault behind it", '{"params":{"arguments":{}}}]', "json_invalid"],
  ["what has no end", '{"params":{"arguments":{}', "json_invalid"],
  ["a key without an end", '{"params":{"arguments', "json_invalid"],
])("refuses %s", (_what, body, code) => {
  expect(codeOf(() => apart(body))).toBe(code);
});
