import { combine, texts } from "./generate.ts";

const STRINGS = texts("", "a", "abc", "aXbXc", "ééé", "日本語", "a😀b", "  x ", "\u0000", "aaa", "é", "ab\ncd");
const OFFSETS = ["-1", "0", "1", "2", "1.0", "5", '"1"'];
const SETS = ['["a","b"]', '{"b","a"}', "[]", "set()", '"a"', '["a",1]', "1"];
const PATTERNS = ['{"a":"b","":"-","ab":"Q"}', '{"a":"b","aa":"c","é":"e"}', "{}", '{"a":1}', '{1:"a"}'];
// prettier-ignore
const REGEXES = texts("", "a", "(a)(b)?", "^a", "a$", "[é日]", "(?i)A", "x*", "a|", "(?P<n>.)", "(", "a{2}", "\\bX\\b", "\\pL+", "(?<m>a)", "a{1001}", "[[:alpha:]]+", "\\Z", "(?=a)");
// prettier-ignore
const GLOBS = texts("*", "a*", "*.com", "**", "?", "[a-c]", "[!a-c]", "[abc]", "{a,b*}", "{a,{b,c}}", "a\\*", "[", "{", "}", "a,b", "{,a}",
  "[]", "[!]", "[a-]", "[\\]]", "***", "a.b", "", "[c-a]", "{a", "\\", "[a-c", "a]", "日?", "[^a]", "[!-a]", "*.*.c");
const NAMES = texts("", "a", "b", "a.b", "a.com", "x.a.com", "*", ".", "日本", "a]", "^", "a,b", "a.b.c");
const INTERSECTING = texts("a.*", "[a-c]+", ".+b", "a*b*", "[^]", "\\*", "", "a]", "[a", "ab", "a+");
const SLICES = ["-1", "0", "1", "1.0", "5", "2.0", "100"];

/** Groups that share a name, and what only looks like one. */
const NAMED = texts(
  ...["(?P<n>a)|(?P<n>b)", "(?P<n>a)(?<n>b)", "(?P<n>a)(?P<n_0>b)(?P<n>c)", "\\(?P<n>a\\)(?P<n>b)", "[(?P<n>](?P<n>b)"],
  ...[
    "(?<n>a(?P<n>b))",
    "\\Q(?P<n>\\E(?P<n>x)",
    "[[:alpha:](?P<n>]+(?P<n>b)(?P<n>c)",
    "(?P<n>x)?(?P<n>b)",
    "(?P<n>a)(?P<n>",
    "(?P<>a)(?P<>b)",
  ],
);

export const stringCalls = [
  ...["indexof", "strings.count", "indexof_n", "strings.any_prefix_match"].flatMap((name) =>
    combine(name, STRINGS, STRINGS),
  ),
  ...combine("strings.any_suffix_match", [...STRINGS.slice(0, 5), ...SETS], [...STRINGS.slice(0, 5), ...SETS]),
  ...combine("strings.split_n", STRINGS, STRINGS, ["0", "1", "2", "-1", "-2"]),
  ...combine("replace", STRINGS, STRINGS, texts("", "Z", "é")),
  ...combine("concat", STRINGS, [...SETS, '{"q","a","Z","é"}']),
  ...combine("substring", STRINGS, OFFSETS, OFFSETS),
  ...combine("strings.replace_n", PATTERNS, STRINGS),
  ...combine("array.slice", ["[1,2,3]", '"x"'], SLICES, SLICES),
  ...["regex.split"].flatMap((name) => combine(name, REGEXES, STRINGS)),
  ...combine("regex.find_n", REGEXES, STRINGS, ["-1", "0", "1", "2"]),
  ...combine("regex.replace", STRINGS, REGEXES, texts("", "<$0>", "$1x", "${1}x", "$n", "$$")),
  ...combine("regex.replace", texts("abcxn", "ba"), NAMED, texts("<$n>", "${n_0}$1-$2")),
  ...combine("regex.is_valid", NAMED),
  ...["regex.match", "regex.split"].flatMap((name) => combine(name, NAMED, texts("abcxn", "ba"))),
  ...combine("regex.find_all_string_submatch_n", NAMED, texts("abcxn", "ba"), ["-1"]),
  ...combine("regex.is_valid", [...REGEXES, "1"]),
  ...combine("regex.globs_match", INTERSECTING, INTERSECTING),
  ...combine(
    "regex.template_match",
    texts("a{.*}b", "{[0-9]+}", "{a}{b}", "{", "}", "a{{1,2}}"),
    texts("axb", "12", "ab", "aa"),
    ['"{"'],
    ['"}"'],
  ),
  ...combine("glob.match", GLOBS, ["null", "[]", '["/"]', '[".","/"]', '["ab"]'], NAMES),
  ...combine("glob.quote_meta", [...GLOBS, "1"]),
];
