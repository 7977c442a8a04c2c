import fc from "fast-check";
import { type JsonValue, parseExact } from "../../../gateway/lib/json.ts";
import { parseJson, parseJsonOfNamesOnce, parseJsonWith } from "../../../gateway/lib/parse-json.ts";
import { readExactJson, readJson, readJsonApart } from "../../../gateway/parse/json/read-json.ts";

const limits = { maxDepth: 32, maxKeysPerObject: 100, maxKeys: 1_000, maxStringBytes: 10_000 };

/** V8 13.6 expects this object's second name in the next object whose first one is `to`. */
const before = '{"to":"x","\\\\u0061":1}';
const call = '{"to":"x","\\u0061mount":1000000}';
const said = { to: "x", amount: 1_000_000 };

describe("a name that has an escape, behind an object of the same shape", () => {
  beforeEach(() => {
    for (const text of [before, `{"params":{"arguments":${before}}}`, `{"params":${before}}`]) JSON.parse(text);
  });

  test.each<readonly [string, (text: string) => unknown]>([
    ["parseJson", parseJson],
    ["parseJsonWith", (text) => parseJsonWith(text, (value) => value)],
    ["parseExact", parseExact],
    ["readJson", (text) => readJson(Buffer.from(text), limits).value],
    ["readExactJson", (text) => readExactJson(Buffer.from(text), limits)],
  ])("is read as what the text says by %s", (_name, read) => {
    expect(read(call)).toStrictEqual(said);
    expect(read(`[${before},${call},{"to":"x","\\"":1}]`)).toStrictEqual([
      { to: "x", "\\u0061": 1 },
      said,
      { to: "x", '"': 1 },
    ]);
  });

  test("is read as what the text says in a member that is read by itself, and around it", () => {
    const path = [Buffer.from("params"), Buffer.from("arguments")];
    const { member, around } = readJsonApart(
      Buffer.from(`{"params":{"arguments":${call},"to":"x","\\u0061mount":1}}`),
      limits,
      path,
    );
    expect(member?.value).toStrictEqual(said);
    expect(around()).toStrictEqual({ params: { arguments: {}, to: "x", amount: 1 } });
  });
});

/** Names and values whose spellings begin like each other. */
const text = fc.string({
  unit: fc.constantFrom("\\", '"', "u0061", "a", "é", "\n", "/", "__proto__", "1"),
  maxLength: 4,
});
const leaf = fc.oneof(text, fc.constantFrom<JsonValue>(0, -0, 1.5e-7, 1e21, -12, true, false, null, [], {}));
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    // Not by assignment: a name may be `__proto__`.
    fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
  ),
}));

/** The value in JSON with blanks, and with escapes of `spelled` in names. */
function written(of: JsonValue, random: () => number): string {
  const blank = (): string => ["", "", " ", "\n\t"][Math.floor(random() * 4)]!;
  if (Array.isArray(of))
    return `[${blank()}${of.map((one) => written(one as JsonValue, random)).join(`${blank()},${blank()}`)}]`;
  if (typeof of === "string") return spelled(of, random);
  if (typeof of !== "object" || of === null) return Object.is(of, -0) ? "-0" : JSON.stringify(of);
  const members = Object.entries(of).map(
    ([name, one]) => `${spelled(name, random)}${blank()}:${blank()}${written(one, random)}`,
  );
  return `{${blank()}${members.join(",")}${blank()}}`;
}

function spelled(name: string, random: () => number): string {
  const characters = Array.from(name, (character) => {
    const plain = JSON.stringify(character).slice(1, -1);
    return random() < 0.3 ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : plain;
  });
  return `"${characters.join("")}"`;
}

test("any text is read as what it says, whatever was read before", () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (of, stream) => {
        const random = (): number => stream.next().value as number;
        const json = written(of, random);
        expect(parseJson(json)).toStrictEqual(of);
        expect(parseJsonWith(json, (number) => number)).toStrictEqual(of);
      },
    ),
    { numRuns: 3_000 },
  );
});

test.each(['{"a\\u0062":}', '{"\\q":1}', '{"a\\u0062":1', '{"a\\u0062":1}x', "", '{"\\u0061":01}'])(
  "%s is no JSON",
  (bad) => {
    expect(() => parseJson(bad)).toThrow(SyntaxError);
    expect(() => parseJsonWith(bad, (number) => number)).toThrow(SyntaxError);
  },
);

test("half of a surrogate pair in such a text is refused, and not read as another character", () => {
  expect(() => parseJson('{"\\u0061":"\ud800"}')).toThrow(SyntaxError);
  expect(parseJson('{"\\u0061":"\\ud800"}')).toStrictEqual({ a: "\ud800" });
});

test("a text without a name that stands twice is read as any other", () => {
  fc.assert(
    fc.property(value, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (of, stream) => {
      const json = written(of, () => stream.next().value as number);
      expect(parseJsonOfNamesOnce(json)).toStrictEqual(of);
    }),
  );
});

test.each([
  '{"a":1,"a":1}',
  '[{"b":[{"a":"}","c":":","a":null}]}]',
  '{"a\\":1,"a\\" :2}',
  '{"\\u0061":1,"a":2}',
  '{"1":0,"1":{}}',
  '{"__proto__":1,"__proto__":2}',
])("%s has a name twice", (twice) => {
  expect(() => parseJsonOfNamesOnce(twice)).toThrow(SyntaxError);
});

test("texts in texts, colons and quotation marks are no names", () => {
  for (const text of ['["a:", "\\":", "{\\"a\\":1,\\"a\\":2}"]', '{"a" : "a" ,\n"b":["a","a"]}', '"a:b"', "1"])
    expect(parseJsonOfNamesOnce(text)).toStrictEqual(JSON.parse(text));
});
