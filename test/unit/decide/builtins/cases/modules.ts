/** Modules in which something is written that other modules seldom hold. */
const RULES: readonly string[] = [
  'p := {"a": 1, "b": 0, "a": 2, "a": 3}',
  "p := {1, 1.0, 3.50, 35e-1}",
  "p := {1: 1, 1.0: 2}",
  "p := {[1], [1.0], f(1), f(1.0), x[1], x[1.0], -0, 0, 0.0}",
  'p := {$"", $``, $"{1}", $"a{x}"}',
  'p := $"a\\{b{x + 1}c{ 1 }d{ # why\n 1 }é"',
  "p := $`a\\{{x}\n{y with input as 1}`",
  'p := $"{x := 1}"',
  "p := .5",
  "p := -.5",
  "p := 007",
  "p := 1e99999",
  "p := 1E+5",
  "p := -x",
  "p := - x.y[_] + -1",
  "p := `a\r\nb`",
  'p := "\\ud800\\u0000"',
  'p := "tab\there"',
  'p := "tab\there\\n"',
  "p := [, 1]",
  "p := {, 1 | 2}",
  "p := {1 | 2, 3}",
  "p := {1 | 2: 3}",
  "p := (1 | 2) & set()",
  "p if { a, b in c in d }",
  "p if { x in [1, y in z] }",
  "p if every _, v in {1} { v }",
  "p if some _, x in y",
  "p if { some a, _, b; a = b }",
  "p(_, _) := 1 if { true } { false } else := 2",
  "p(_, x) := 1 if { true } else := _ if x else { false }",
  "p.q[r].s contains _ if r",
  "p[x.y] := 1 if true",
  "p[x] := _ if x",
  'p["x"] if { {1} }',
  "p if {1, 2}",
  "p if {}",
  "p if { not {} }",
  "p[1]",
  "p.q",
  "p.q := 1",
  "p.q.r",
  "p.q.r if true",
  "f(x)",
  "count(x)",
  "f(x).y := 1",
  "f(x)(y) := 1",
  "f(1)",
  "x == 1",
  "true",
  "default p := [x | x := 1]",
  "default p := x",
  "default p",
  "default p(_, a) := 1",
  "default p(a, a) := 1",
  "default if := 1",
  "if := 1",
  "contains := 1",
  "if.x := 1",
  "package.x := 1",
  "package b",
  "p := data.if.contains.in",
  "p := input",
  "import data.x as y\nimport input.z",
  "import data.if",
  "import data",
  "import foo.bar",
  "import rego.v1 as x",
  "import rego.v3",
  "import future.keywords.in as x",
  "import future.keywords.other",
  "import future.keywords.every\np if { not { x } }",
  "import future.keywords.not\np if { not { x; y } with input as 1; not not.x }",
  "import future.keywords.not\np if not {1 | 2}",
  "import future.keywords.and\np if { x and y and not z }",
  "import future.keywords\np if { (a or b) and {c; d} or not (e with input as 1) }",
  "import future.keywords\np if { a with input as 1 and b }",
  "import future.keywords\np if { print(1) and b }",
  "import rego.v2\np if ({a} or b) and ({1})",
  "import rego.v2\np if or(x, y) or {x | y}",
  "import rego.v2\np := and(a, b)",
  "\u00a0p := 1",
  "p := é",
  "p\u0661 := 1",
  "p { true }",
  "p contains 1 { true }",
  "#\r\n# \r\r\n\t# x\ty",
  "# é",
  "#\r",
  "# 𝄞",
];

export const ODD: readonly string[] = [
  "",
  "# nothing",
  "p := 1",
  "\ufeffpackage a # after a mark",
  'package a.b["c d"]',
  "package a[1]",
  "package a\u0000",
  "package if.x",
  ...RULES.map((rule) => `package a\n${rule}`),
];

/** OPA takes them; but its hashes or the sort of Go's library decide there, or the answer would take long. */
export const REFUSED_THOUGH_OPA_TAKES_THEM: readonly (readonly [string, string])[] = [
  ["equal members that no double holds", "{1e400, 10e399}"],
  ["members that are long to compare", "{1e4000, 2e4000}"],
  ["equal members with bodies, spelled differently", "{{1 | true}, {1.0 | true}}"],
  [
    "a key twice in a large object",
    `{"a": 1, "a": 2, ${Array.from({ length: 12 }, (_, i) => `"k${i}": 0`).join(", ")}}`,
  ],
  ["many brackets", `${"[".repeat(800)}${"]".repeat(800)}`],
].map(([what = "", term = ""]) => [what, `package a\np := ${term}`] as const);

const TOKEN = /\s+|\w+|:=|==|!=|<=|>=|"(?:[^"\\\n]|\\.)*"|[^]/gu;
// prettier-ignore
const SCRAPS = [
  "{", "}", "[", "]", "(", ")", ",", ":", "|", "&", "-", ".", "x", "not ", "some ", "every ", "in ", " and ", " or ", "if ",
  "contains ", "else ", "default ", "with ", "as ", "1", "1.0", '"s"', "`r`", '$"a{x}b"', "_", " := ", " = ", "\n", ";", "# c\n",
  "\nimport future.keywords\n", "\nimport rego.v2\n", "é", "input", "set()", "package", "import", "f(x)", "x[_]", "{a | a}", '$"',
];

/** The same texts every time: each is a module in which one to three words were dropped, copied or thrown in. */
export function mutations(modules: readonly string[], count: number): readonly string[] {
  const short = modules.filter((text) => text.length < 1_000);
  let seed = 20_201;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  return Array.from({ length: count }, () => {
    const words = (short[below(short.length)] as string).match(TOKEN) ?? [];
    for (let changes = 1 + below(3); changes > 0; changes -= 1) {
      const place = below(words.length);
      const scrap = below(2) === 0 ? (words[below(words.length)] ?? "") : (SCRAPS[below(SCRAPS.length)] as string);
      words.splice(place, below(2), ...(below(3) === 0 ? [] : [scrap]));
    }
    return words.join("");
  });
}
