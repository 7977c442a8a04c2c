import fc from "fast-check";
import { parseExact, type WithBytes } from "../../../../gateway/lib/json.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import { urlFacts } from "../../../../gateway/gather/urls.ts";
import { readExactJson, readJson } from "../../../../gateway/parse/json/read-json.ts";
import { toolCall } from "../../../support/builders.ts";
import { codeOf } from "../../../support/parser.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 10_000, maxStringBytes: 100_000 };
const read = (text: string | Buffer): unknown => readJson(Buffer.from(text), limits).value;
const codeFor = (text: string | Buffer): string => codeOf(() => read(text));

test("equals JSON.parse on every body it accepts", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.json({ maxDepth: 5, stringUnit: "binary" }), fc.nat(3), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      for (const body of [text, spaced]) {
        const result = outcomeOf(body);
        if (result instanceof Refusal) continue;
        accepted++;
        expect(result).toEqual(JSON.parse(body));
      }
    }),
    { numRuns: 800 },
  );
  expect(accepted).toBeGreaterThan(400);
});

test("refuses every control character in the middle of a long text, as a value and as a key, before any value is built", () => {
  const escapes = fc.constantFrom("", "\\n", "\\u0001", '\\"\\\\', "é\\ud83d\\ude00");
  const tail = fc.tuple(fc.nat(200), escapes).map(([length, end]) => `${"y".repeat(length)}${end}`);
  const length = fc.integer({ min: 48, max: 200 });
  fc.assert(
    fc.property(escapes, length, fc.nat(0x1f), tail, (before, long, control, after) => {
      const around = (middle: string) => `"${before}${"x".repeat(long)}${middle}${after}"`;
      const bodies = (text: string) => [`{"t":${text}}`, `{${text}:"t"}`, `{"a":1,"t":[{${text}:${text}}]}`];
      const raw = String.fromCharCode(control);
      expect(bodies(around(raw)).map(codeFor)).toEqual(["json_invalid", "json_invalid", "json_invalid"]);
      const escaped = JSON.stringify(raw).slice(1, -1);
      expect(bodies(around(escaped)).map(codeFor)).toEqual(["accepted", "accepted", "accepted"]);
    }),
    { numRuns: 1_000 },
  );
});

test("keeps the bytes exactly when JSON.stringify would write the same, and says so of what it wrote itself", () => {
  const part = fc.oneof(
    fc.constantFrom('{"a":1}', '{"b":0,"a":[true,false,null]}', '["x",{"é":12}]', '"\u2028\u007f"', '{"a":{"b":""}}'),
    fc.constantFrom('{"a": 1}', '{"2":0,"1":0}', '{"a":1.0}', '{"a":-0}', '{"a":1e2}', '"\\/"', '"\\u0041"', '["a"\n]'),
    fc.json({ maxDepth: 4, stringUnit: "binary" }),
  );
  let kept = 0;
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const { value, bytes } = readOrNothing(`[${parts.join()}]`);
      if (bytes === null) return;
      kept++;
      expect(bytes.toString()).toBe(JSON.stringify(value));
    }),
    { numRuns: 800 },
  );
  expect(kept).toBeGreaterThan(100);
  const plain = '{"customer":"c_1","notes":["a b","ü"],"amount":120,"flags":{"x":true,"y":null}}';
  expect(readJson(Buffer.from(plain), limits).bytes?.toString()).toBe(plain);
});

test("keeps the bytes of a number exactly when JSON.stringify would write the same, of all that have fifteen digits and no exponent", () => {
  const digits = fc.stringMatching(/^[0-9]{1,8}$/);
  const number = fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.oneof(fc.constant("0"), fc.nat(99_999_999)),
      fc.option(digits),
      fc.constantFrom("", "", "0", "e2", "E-1"),
    )
    .map(([sign, whole, fraction, end]) => `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${end}`);
  fc.assert(
    fc.property(fc.oneof(number, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
      const { value, bytes } = readOrNothing(`[${text}]`);
      if (value === null) return;
      const isSame = JSON.stringify(value) === `[${text}]`;
      if (bytes !== null) expect(isSame).toBe(true);
      if (isSame && /^-?[\d.]{1,15}$/.test(text)) expect(bytes).not.toBeNull();
    }),
    { numRuns: 3_000 },
  );
  for (const text of ["0.25", "-3", "0.000001", "0.30000000000000004"])
    expect([text, readOrNothing(text).bytes?.toString()]).toEqual([text, text]);
  for (const text of ["1.0", "-0", "0.0000001", "1e2"]) expect([text, readOrNothing(text).bytes]).toEqual([text, null]);
});

test("says that there is no URL only where there is none, and where there is no colon", () => {
  const part = fc.oneof(
    fc.constantFrom(
      ":",
      "a",
      "é",
      "http:",
      "://",
      "12:00",
      "x".repeat(60),
      `${"x".repeat(60)}:`,
      `wss:${"x".repeat(60)}`,
    ),
    fc.string(),
  );
  const text = fc.array(part, { maxLength: 3 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.dictionary(text, fc.array(text)), (value) => {
      const body = JSON.stringify({ a: value });
      const { value: read, noUrl } = readOrNothing(body);
      if (read === null) return;
      const found = urlFacts(toolCall({ arguments: { a: value }, argumentsRead: null }));
      if (noUrl) expect(found).toEqual([]);
      const hasColon = [...Object.keys(value), ...Object.values(value).flat()].some((one) => one.includes(":"));
      // What is escaped may be a colon.
      if (!hasColon) expect(noUrl).toBe(!body.includes("\\"));
    }),
    { numRuns: 2_000 },
  );
  const ofText = (one: string) => readOrNothing(JSON.stringify({ a: one })).noUrl;
  expect(["12:00", `${"x".repeat(60)} 12:00`, "http:x", `${"x".repeat(60)} x://`].map(ofText)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(readOrNothing('{"ftp:x":1}').noUrl).toBe(false);
  expect(readOrNothing('{"a":"https\\u003a//x"}').noUrl).toBe(false);
});

test("accepts no mutated body that JSON.parse refuses", () => {
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    with: fc.constantFrom(...'{}[],:"\\0123e.-+tfn \n\u0000u'),
  });
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.array(mutation, { minLength: 1, maxLength: 3 }), (text, mutations) => {
      const mutated = mutations.reduce((body, { at, with: put }) => {
        const place = Math.floor(at * body.length);
        return body.slice(0, place) + put + body.slice(place + 1);
      }, text);
      const result = outcomeOf(mutated);
      if (!(result instanceof Refusal)) expect(result).toEqual(JSON.parse(mutated));
    }),
    { numRuns: 800 },
  );
});

test("refuses every object in which a key is repeated, however it is escaped and wherever it is", () => {
  const escaped = (key: string, mask: number): string =>
    [...key]
      .map((letter, index) =>
        (mask >> index) & 1 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter,
      )
      .join("");
  const key = fc.stringMatching(/^[a-z]{1,8}$/);
  const others = fc.uniqueArray(fc.stringMatching(/^[0-9]{1,6}$/), { maxLength: 30 });
  fc.assert(
    fc.property(
      key,
      fc.nat(255),
      fc.nat(255),
      others,
      fc.nat(30),
      fc.nat(5),
      (name, first, second, rest, place, depth) => {
        const members = rest.map((other) => `"${other}":{"${name}":0}`);
        members.splice(place % (members.length + 1), 0, `"${escaped(name, first)}":1`);
        members.push(`"${escaped(name, second)}":2`);
        const body = '[{"x":'.repeat(depth) + `{${members.join()}}` + "}]".repeat(depth);
        JSON.parse(body);
        expect(codeFor(body)).toBe(
          ["constructor", "prototype"].includes(name) ? "json_key_refused" : "json_duplicate_key",
        );
      },
    ),
    { numRuns: 800 },
  );
});

test("accepts a number exactly when printing it again gives the same decimal", () => {
  const digits = fc.stringMatching(/^[1-9][0-9]{0,19}$/);
  const sign = fc.constantFrom("", "-");
  const fraction = fc.stringMatching(/^(\.[0-9]{1,20})?$/);
  fc.assert(
    fc.property(
      sign,
      digits,
      fraction,
      fc.integer({ min: -330, max: 20 }),
      fc.boolean(),
      (minus, whole, rest, power, powered) => {
        const text = `${minus}${whole}${rest}${powered ? `e${power}` : ""}`;
        const value = Number(text);
        const kept = Math.abs(value) <= Number.MAX_SAFE_INTEGER && scaled(text) === scaled(String(value));
        expect(codeFor(text)).toBe(kept ? "accepted" : "json_number_refused");
      },
    ),
    { numRuns: 800 },
  );
});

/** A decimal in units of 10^-400, exactly. */
function scaled(text: string): bigint {
  const [mantissa = "", power = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return BigInt(whole + fraction) * 10n ** BigInt(400 - fraction.length + Number(power));
}

function readOrNothing(text: string): WithBytes {
  try {
    return readJson(Buffer.from(text), limits);
  } catch (thrown) {
    if (thrown instanceof Refusal) return { value: null, bytes: null };
    throw thrown;
  }
}

function outcomeOf(text: string): unknown {
  try {
    return read(text);
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
}

test("numbers of any size keep their digits, whether the engine builds the value or our own reader", () => {
  const digits = fc.stringMatching(/^(?:0|[1-9]\d{0,24})$/);
  const part = (pattern: RegExp) => fc.oneof(fc.constant(""), fc.stringMatching(pattern));
  const literal = fc.tuple(fc.constantFrom("", "-"), digits, part(/^\.\d{1,20}$/), part(/^[eE][+-]?\d{1,2}$/));
  const numbers = fc.array(
    literal.map((parts) => parts.join("")),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(numbers, fc.constantFrom("", " "), (literals, space) => {
      const text = `{"a":[${literals.join(`,${space}`)}],"b":${literals[0] ?? "1"}}`;
      const exact = readExactJson(Buffer.from(text), limits);
      expect(JSON.stringify(exact)).toBe(text.replaceAll(" ", ""));
      expect(exact).toEqual(parseExact(text));
    }),
    { numRuns: 2_000 },
  );
});
