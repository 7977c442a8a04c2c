import fc from "fast-check";
import type { Value } from "../../../../gateway/decide/value.ts";
import type { Specimens } from "./specimens.ts";

const piece = fc.constantFrom(
  ...[
    "a",
    "b",
    "c",
    "(?P<n>a)",
    "(?<n>b)",
    "(?P<m>c)",
    "(?P<n_0>a)",
    "(?P<n>b)?",
    "(a)",
    "(?:b|c)",
    "|",
    ".",
    "^",
    "$",
    "\\b",
  ],
  ...[
    "[a-c]",
    "[]a]",
    "[(?P<n>]",
    "\\(?P<n>",
    "\\Q(?P<n>\\E",
    "[[:alpha:](]",
    "(?i)",
    "*",
    "+",
    "{2}",
    "(?P<>a)",
    "(?P<n",
    "(",
  ],
);
const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((all): Value => all.join(""));
const text = fc
  .array(fc.constantFrom("a", "b", "c", "n", "P<n>", "A", ""), { maxLength: 6 })
  .map((all): Value => all.join(""));
const replacement = fc.constantFrom<Value[]>("<$n>", "${m}-${n}", "$1$2", "$n_0", "$$n", "x");

/** Patterns whose groups have names, some of them one name, with all that may look like such a group. */
export const regexSpecimens: Specimens = {
  "regex.is_valid": fc.tuple(pattern),
  "regex.match": fc.tuple(pattern, text),
  "regex.replace": fc.tuple(text, pattern, replacement),
  "regex.find_all_string_submatch_n": fc.tuple(pattern, text, fc.constant<Value>(-1)),
};
