import fc from "fast-check";
import { makeNumber, RegoObject, RegoSet, type Value } from "../../../../gateway/decide/value.ts";
import type { Specimens } from "./specimens.ts";

const pick = fc.constantFrom<string[]>;
const tag = pick(
  "",
  "",
  "",
  "!!str ",
  "!!int ",
  "!!float ",
  "!!bool ",
  "!!null ",
  "!!binary ",
  "!!timestamp ",
  "!local ",
  "! ",
  "!<tag:yaml.org,2002:int> ",
);
const plain = pick(
  ...[
    "1",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x1F",
    "010",
    "0o17",
    "0b11",
    "1_000",
    "1:30",
    "2001-01-01",
    "99999999999999999999",
  ],
  ...[
    "true",
    "True",
    "yes",
    "no",
    "null",
    "~",
    ".inf",
    ".nan",
    "<<",
    "a",
    "a b",
    "aGk=",
    "'1'",
    '"yes"',
    '"a\\nb"',
    "2001-01-01T1:2:3Z",
  ],
);
const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(tag, plain).map((all) => all.join("")) },
  { weight: 1, arbitrary: pick("", "&x 1", "*x", "!!set {a, b}", "[1, a]", "{a: 1}", "[\n1\n]", "[]", "{}") },
);
const key = fc.oneof({ weight: 3, arbitrary: pick("a", "b", "'1'", "<<") }, { weight: 2, arbitrary: scalar });
const indented = (text: string): string => text.replaceAll("\n", "\n  ");

const { block } = fc.letrec<Record<"block" | "nested", string>>((tie) => ({
  block: fc.oneof(
    scalar,
    fc
      .array(fc.tuple(key, tie("nested")), { minLength: 1, maxLength: 3 })
      .map((all) => all.map((pair) => pair.join(":")).join("\n")),
    fc.array(tie("nested"), { minLength: 1, maxLength: 3 }).map((all) => all.map((item) => `-${item}`).join("\n")),
    fc.tuple(key, scalar).map(([name, value]) => `? ${name}\n: ${value}`),
    fc
      .tuple(
        pick("|", ">", "|-", ">+", "|2", ">2", "|2+", ">2-"),
        pick(
          "x",
          "x\n  y",
          " x",
          "",
          " ",
          "  \n",
          "\n\n   \n",
          "x\n   ",
          "x\n\n   \n\n",
          "\n x\n  y",
          "x\n   \n  y",
          "\tx",
        ),
      )
      .map(([style, text]) => `${style}\n  ${text}`),
  ),
  nested: fc.oneof(
    { depthSize: "small" },
    scalar.map((text) => ` ${text}`),
    tie("block").map((text) => indented(`\n${text}`)),
  ),
}));
const document = fc
  .tuple(
    pick("", "", "", "---\n", "%YAML 1.1\n---\n", "%FOO bar\n---\n", "# c\n"),
    block,
    pick("", "\n", "\n...\n", "\n---\nb\n", "\n...\nb\n"),
  )
  .map((all) => all.join(""));

/** What decides about a style: indicators, blanks, breaks of all kinds, characters that are not printable. */
const sign = pick(
  ...["a", "b", "1", "0", "é", "日", " ", "  ", "\n", "\n\n", "\r", "\r\n", "\t", "'", '"', "\\", "-", "---", "..."],
  ...[..."#,[]{}&*!|>%@`?:=~<_.+/"],
  ...[": ", " #", "- ", "? ", ":\t", "\u00a0", "\ufeff", "\u0000", "\u0007", "\u001b", "\u2028", "\u2029", "\ue000"],
  ...["\ufffd", "\u{1f600}", "\u{10ffff}"],
);
const unread = pick(
  "\u007f",
  "\u0080",
  "\u0085",
  " \u0085 ",
  "\u0085\u0085",
  "\u0085---",
  "\uffff",
  "\ufffe",
  "\ufdd0",
);
/** Texts that another reader would take for a boolean, a null, a number, a moment or a merge key, and some that it would not. */
const lookAlike = pick(
  ..."y Y yes No on Off true True tRUE false null Null ~ << = .inf -.Inf +.INF .nan .NaN nan inf".split(" "),
  ..."0 -0 +1 1_000 _1 1_ 0x1F 0x 0xg 0o17 017 08 0b11 -0b1 0b2 1.5 .5 5. . .5e3 .1_0 1e3 1e+3 1e400 .5e400 1e".split(
    " ",
  ),
  ..."9223372036854775808 18446744073709551616 -9223372036854775809 1:30 1:60 -1:30:59.5 1_0:1 1:30. :1".split(" "),
  ..."2001-01-01 2001-1-1 2001-13-01 2001-02-30 2001-01-01T1:2:3Z 2001-01-01t1:2:3,5+24:60 201-01-01".split(" "),
  ..."2001-01-01T1:2:3+25:00 2001-01-01T1:2:3 12345-01-01".split(" "),
  ...["2001-01-01  1:2:3.5", "2001-01-01 24:00:00", "2001-01-01 1:2:3 "],
);
const pieces = fc.array(sign, { maxLength: 6 }).map((all) => all.join(""));
const text = fc.oneof(
  { weight: 6, arbitrary: pieces },
  { weight: 3, arbitrary: lookAlike },
  { weight: 1, arbitrary: fc.tuple(lookAlike, sign).map((all) => all.join("")) },
  { weight: 1, arbitrary: fc.tuple(pieces, unread, pieces).map((all) => all.join("")) },
  {
    weight: 1,
    arbitrary: fc.tuple(pieces, fc.integer({ min: 20, max: 40 })).map(([part, times]) => `a ${part} b`.repeat(times)),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);
/** Keys around the length up to which they are written without a question mark, and that up to which they are read. */
const longKey = fc
  .tuple(
    pick("k", "é", "k ", "<", "\u{1f600}"),
    pick("", "'", "\n", "#"),
    fc.constantFrom(42, 64, 126, 127, 128, 170, 1_022, 1_023),
  )
  .map(([part, end, times]) => part.repeat(times) + end);
// Numbers of more than 64 bits have no order in OPA when they begin alike.
const digits = fc.array(pick("a", "b", "0", "1", "2", "10", "٣", "_", "-", "9999"), { maxLength: 4 });
const writtenKey = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: digits.map((all) => all.join("")) },
  { weight: 1, arbitrary: longKey },
);
const numbers = [
  "0",
  "-0",
  "-0.0",
  "1.0",
  "1e2",
  "1e21",
  "1e-7",
  "1e400",
  "18446744073709551615",
  "18446744073709551616",
  "1E5",
];
const { written } = fc.letrec<Record<"written", Value>>((tie) => ({
  written: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: text },
    { weight: 1, arbitrary: fc.constantFrom<Value>(null, true, false, ...numbers.map(makeNumber)) },
    { weight: 3, arbitrary: fc.array(tie("written"), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(tie("written"), { maxLength: 3 }).map((all): Value => RegoSet.from(all)) },
    {
      weight: 4,
      arbitrary: fc
        .array(fc.tuple(writtenKey, tie("written")), { maxLength: 3 })
        .map((all): Value => RegoObject.from(all)),
    },
  ),
}));

/** Documents with tags, keys of all kinds, merges, blocks and directives; texts that a writer has to choose a style for. */
export const yamlSpecimens: Specimens = {
  "yaml.is_valid": fc.tuple(document),
  "yaml.unmarshal": fc.tuple(document),
  "yaml.marshal": fc.tuple(written),
};
