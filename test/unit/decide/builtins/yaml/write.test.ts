import { writeYaml } from "../../../../../gateway/decide/builtins/yaml/write.ts";
import { BuiltinError } from "../../../../../gateway/decide/builtins/types.ts";
import { fromJson, parseValue } from "../../../../../gateway/decide/value.ts";

/** The expected texts are what OPA 1.22.2 answers. */

function writes(values: readonly (readonly [unknown, string])[]): void {
  const written = values.map(([value]) => [value, writeYaml(fromJson(value))]);
  expect(written).toEqual(values);
}

describe("yaml.marshal", () => {
  test("quotes what a reader of YAML takes for more than a text, and nothing else", () => {
    writes([
      ["", '""\n'],
      ["yes", '"yes"\n'],
      ["~", '"~"\n'],
      ["0b-10", '"0b-10"\n'],
      [".1_0", '".1_0"\n'],
      ["1:30", '"1:30"\n'],
      ["2001-01-01 1:2:3,5", '"2001-01-01 1:2:3,5"\n'],
      ["2001-01-01T1:2:3+25:00", "2001-01-01T1:2:3+25:00\n"],
      ["1e400", "1e400\n"],
      ["<<", "<<\n"],
    ]);
  });

  test("writes one line plain where it can, else in single quotes, and in double quotes what has to be escaped", () => {
    writes([
      ["a b", "a b\n"],
      ["a:b", "a:b\n"],
      ["a#b", "a#b\n"],
      ["it's", "it's\n"],
      ["-a", "-a\n"],
      ["\u00a0", "\u00a0\n"],
      [" a", "' a'\n"],
      ["a: b", "'a: b'\n"],
      ["a #b", "'a #b'\n"],
      ["---a", "'---a'\n"],
      ["'a", "'''a'\n"],
      ["a\u2028b", "'a\u2028  b'\n"],
      ["a \u2028b", '"a \\Lb"\n'],
      ["a\tb", '"a\\tb"\n'],
      ["\u{1f600}", '"\\U0001F600"\n'],
      ["\ufeffa\u00a0", '"\\uFEFF\\x61\\_"\n'],
    ]);
  });

  test("writes lines as a block that tells its indentation and the breaks at its end", () => {
    writes([
      ["a\nb", "|-\n  a\n  b\n"],
      ["a\n", "|\n  a\n"],
      ["a\n\n", "|+\n  a\n\n"],
      ["\n", "|2+\n\n"],
      ["\na", "|2-\n\n  a\n"],
      [" a\nb", "|2-\n   a\n  b\n"],
      ["a\n b", "|-\n  a\n   b\n"],
      ["a\n\tb", "|-\n  a\n  \tb\n"],
      ["a\n\u2028", "|+\n  a\n\u2028"],
      ["a \nb", '"a \\nb"\n'],
      ["a\nb ", '"a\\nb "\n'],
      ["a\r\nb", '"a\\r\\nb"\n'],
    ]);
  });

  test("indents lists below their keys, and begins lists and objects behind the sign of a list", () => {
    writes([
      [[], "[]\n"],
      [{}, "{}\n"],
      [[[], {}, [["a"], { b: [1, { c: [] }] }]], "- []\n- {}\n- - - a\n  - b:\n      - 1\n      - c: []\n"],
      [
        { a: ["x\n", "y\n\n"], b: { c: "\n" }, d: null },
        "a:\n  - |\n    x\n  - |+\n    y\n\nb:\n  c: |2+\n\nd: null\n",
      ],
      [["x\n\n", ["y\n"], { z: "u\n\n", w: 1 }], "- |+\n  x\n\n- - |\n    y\n- w: 1\n  z: |+\n    u\n\n"],
    ]);
  });

  test("announces a key of several lines or of more than 128 bytes by a question mark", () => {
    const [fits, long, wide] = ["k".repeat(128), "k".repeat(129), "é".repeat(65)] as const;
    writes([
      [{ "a\n": 1, b: { "c\nd": { e: [] } } }, "? |\n  a\n: 1\nb:\n  ? |-\n    c\n    d\n  : e: []\n"],
      [{ [fits]: 1, [long]: [1], [wide]: { a: 1 } }, `${fits}: 1\n? ${long}\n: - 1\n? ${wide}\n: a: 1\n`],
      [{ "": 1, " ": 2, "<<": { a: 1 } }, "\"\": 1\n' ': 2\n<<:\n  a: 1\n"],
      [{ "a\u2028": 1 }, "? 'a\u2028'\n: 1\n"],
    ]);
  });

  test("puts keys in the order of their numbers, which overflow as Go's do", () => {
    writes([
      [
        { a10: 1, a9: 2, "٣": 3, _a: 4, a: 5, "9223372036854775808": 6, "5": 7 },
        '"9223372036854775808": 6\n_a: 4\n"5": 7\n٣: 3\na: 5\na9: 2\na10: 1\n',
      ],
    ]);
  });

  test("writes integers of 64 bits as they are and every other number as a float", () => {
    const numbers = ["1e21", "1e-7", "18446744073709551615", "18446744073709551616", "1e400", "-0.0"];
    const expected = "- 1e+21\n- 1e-07\n- 18446744073709551615\n- 1.8446744073709552e+19\n- 1e400\n- -0\n";
    expect(writeYaml(parseValue(`[${numbers.join()}]`))).toBe(expected);
  });

  test("folds lines at U+0085, and refuses what cannot be read as YAML", () => {
    writes([
      ["a \u0085 b", "a b\n"],
      ["a\u0085\u0085b", "|-\n  a\n  b\n"],
    ]);
    const refused = ["\u007f", "\uffff", "\u0085--- a", { "a\u0085": 1 }, { ["k".repeat(1023)]: 1 }];
    for (const value of refused) expect(() => writeYaml(fromJson(value))).toThrow(BuiltinError);
  });
});
