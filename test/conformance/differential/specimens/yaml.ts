import fc from "fast-check";
import { RegoObject, type Value } from "../../../../gateway/decide/value.ts";
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
      .tuple(pick("|", ">", "|-", ">+", "|2"), pick("x", "x\n  y", " x", ""))
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

const text = fc
  .array(pick("a", "b", " ", "\n", "#", ": ", "- ", "'", '"', "\t", "é", "|", "1", "---"), { maxLength: 5 })
  .map((all) => all.join(""));
const written = fc.oneof(
  text as fc.Arbitrary<Value>,
  text.map((value): Value => [value]),
  text.map((value): Value => RegoObject.from([["k", value]])),
  text.map((value): Value => RegoObject.from([["k", [value, [value]]]])),
);

/** Documents with tags, keys of all kinds, merges, blocks and directives; texts that a writer has to choose a style for. */
export const yamlSpecimens: Specimens = {
  "yaml.is_valid": fc.tuple(document),
  "yaml.unmarshal": fc.tuple(document),
  "yaml.marshal": fc.tuple(written),
};
