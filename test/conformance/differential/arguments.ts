import fc from "fast-check";
import { makeNumber, RegoObject, RegoSet, type Value } from "../../../gateway/decide/value.ts";
import type { ArgumentType } from "./builtins.ts";

const numbers =
  "0 1 -1 2 3 10 -7 1.0 1.5 -0.5 0.1 2.5 1e2 -0 64 4294967296 9007199254740993 -9223372036854775808".split(" ");
/** Beyond 64 bits and beyond doubles. */
const huge = ["18446744073709551616", "123456789012345678901234567890", "1e30", "1.7976931348623157e309"];
const texts = [
  ...["", " ", "a", "A", "abc", "a.b", "a,b", "a/b", "/", ".", "*", "0", "1", "-1", "1.0", "1e2", " 1", "null", "true"],
  ...[
    "{}",
    "[]",
    '{"a":1}',
    '"a"',
    "é",
    "e\u0301",
    "ß",
    "İ",
    "日本",
    "😀",
    "\u0000",
    "\n",
    "\t",
    '"',
    "\\",
    "%",
    "%41",
    "a b",
  ],
  ...[
    "+",
    "YQ==",
    "YQ",
    "_w",
    "ff",
    "FF",
    "10.0.0.0/30",
    "10.0.0.1",
    "::1",
    "::/126",
    "1.2.3",
    "v1",
    "1h",
    "10k",
    "^a$",
    "[a-c]+",
  ],
];

const numeric = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...numbers) },
  { weight: 1, arbitrary: fc.constantFrom(...huge) },
  { weight: 2, arbitrary: fc.integer({ min: -1000, max: 1000 }).map(String) },
);
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 12 }) },
);

const { value: anything } = fc.letrec<Record<ArgumentType | "value", Value>>((tie) => {
  const members = fc.array(tie("value"), { maxLength: 4 });
  const key = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: tie("value") });
  return {
    ...scalars(),
    array: members,
    set: members.map((all) => RegoSet.from(all)),
    object: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((all) => RegoObject.from(all)),
    any: tie("value"),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      ...(["string", "number", "boolean", "null", "array", "set", "object"] as const).map((type) => tie(type)),
    ),
  };
});

function scalars() {
  return {
    string: text as fc.Arbitrary<Value>,
    number: numeric.map(makeNumber) as fc.Arbitrary<Value>,
    boolean: fc.boolean() as fc.Arbitrary<Value>,
    null: fc.constant<Value>(null),
  };
}

const alike = {
  strings: fc.array(text, { maxLength: 4 }),
  numbers: fc.array(numeric.map(makeNumber), { maxLength: 4 }),
};
const lists: fc.Arbitrary<Value[]> = fc.oneof(
  alike.strings as fc.Arbitrary<Value[]>,
  alike.numbers as fc.Arbitrary<Value[]>,
  fc.array(anything, { maxLength: 4 }),
);

/** Values of a type, ordinary ones and those at its edges. */
export const ofType: Readonly<Record<ArgumentType, fc.Arbitrary<Value>>> = {
  ...scalars(),
  array: lists,
  set: fc
    .oneof(
      lists,
      fc.array(
        lists.map((all) => RegoSet.from(all)),
        { maxLength: 3 },
      ),
    )
    .map((all) => RegoSet.from(all)),
  object: fc
    .array(fc.tuple(fc.oneof({ weight: 5, arbitrary: text }, anything), anything), {
      maxLength: 4,
    })
    .map((all) => RegoObject.from(all)),
  any: fc.oneof(
    anything,
    lists,
    lists.map((all) => RegoSet.from(all)),
  ),
};

/** Numbers that a loop may be as long as: OPA has no fuel and would not come back from larger ones. */
export const countable: fc.Arbitrary<Value> = fc
  .oneof(fc.integer({ min: -20, max: 200 }).map(String), fc.constantFrom("1.0", "1.5", "1e2", "-0"))
  .map(makeNumber);
