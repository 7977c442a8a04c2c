import { combine, texts } from "./generate.ts";

const TAGS = [
  "!!str",
  "!!int",
  "!!float",
  "!!bool",
  "!!null",
  "!!binary",
  "!!timestamp",
  "!local",
  "!",
  "!<tag:yaml.org,2002:int>",
];
// prettier-ignore
const SCALARS = ["1", "-1", "1.5", "1e3", "0x1F", "010", "0o17", "1_000", "1:30", "2001-01-01", "99999999999999999999", "true", "yes", "null", "~", ".inf",
  "<<", "a", "aGk=", "aGk", "'1'", '"true"', '"2001-01-01"', "2001-01-01T1:2:3.5Z", "0777777777777777777777777", "-0b1", "08"];
// prettier-ignore
const DOCUMENTS = ["~: a", ": a", "? ", "null: a", "{: a}", "{!!null a: 1}", "!!str ~: a", "[1]: 2", "{a: 1}: 2", "1.5: a", ".inf: a", ".nan: a", "true: a",
  "99999999999999999999: 1", "1: a\n'1': b", "!!timestamp 2001-01-01: a", '"<<": {a: 1}', "!!str <<: {a: 1}", "<<: {a: 1}\nb: 2", "<<: [{a: 1}, {a: 2, b: 3}]",
  "<<: 1", "<<: {a: 1}\n<<: {b: 2}", "a: 1\n<<: {a: !!int x}", "a: !!int x\na: 1", "!!omap [a: 1]", "!!set {a, b}", "a: |\n  x\n  y", "a: >\n  x", "a: |2\n   x",
  "--- a\n...\nb", "--- a\n--- b", "%FOO bar\n---\na", "%YAML 1.1\n%YAML 1.1\n---\na", "a: 1\rb: 2", "*x", "a: &x 1\nb: *x\nc: &x 2\nd: *x", "&a [*a]", "a: *x\nb: &x 1",
  "- |2\n    \n", "a: |2\n    ", "a: >2-\n    \n\n", "a: |2+\n\n    \n\n", ">+\n  ", ">+\n    \n  ", "|\n  x\n  ", "|\n  x\n   ", "|2\n  x\n   \n  ", "a: |\n  \tx", "a: >\n\n  \tx\n",
  "...", "# c\n...\n", "---\n...\n", "0b-10", "0o+7", ".1_0", ".5e400", "!!timestamp 2001-01-01  1:2:3,5", "!!timestamp 2001-01-01T1:2:3+01:60", "!!timestamp 2001-01-01T1:2:3-00:00", "!!timestamp 2001-01-01T1:2:3+24:00"];

const documents = texts(
  ...DOCUMENTS,
  ...SCALARS,
  ...TAGS,
  ...TAGS.flatMap((tag) => SCALARS.map((scalar) => `${tag} ${scalar}`)),
);

export const yamlCalls = [...combine("yaml.unmarshal", documents), ...combine("yaml.is_valid", documents)];
