import { unrollWildcards } from "../../../../gateway/bundles/build/unroll-wildcards.ts";

const MAIN = "sallyport/main/main.rego";
const wildcards = `# Every rule, of \`data.sallyport.rules\`.
package sallyport.main

denials contains data.sallyport.rules[_][_].deny[_]

permits contains data.sallyport.rules[_][_].permit[_]

blocks contains data.sallyport.rules[_][_].block[_]
`;
const rules = {
  "sallyport/rules/a/one.rego": "package sallyport.rules.a.one\n\ndeny contains 1\n",
  "sallyport/rules/b/two.rego": "# Two\npackage sallyport.rules.b.two # here\n\ndeny contains 2\n\npermit contains 2\n",
  "sallyport/rules/b/more.rego": "package sallyport.rules.b.two.deny\n\nx := 3\n",
  "sallyport/sallyport.rego": "# METADATA\n# title: All\npackage sallyport\n",
  "sallyport/catalog/data.yaml": "rules: {}\n",
};

function built(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const sources = Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  return Object.fromEntries(unrollWildcards(sources).map(({ path, bytes }) => [path, bytes.toString()]));
}

test("writes out what every rule says, line by line, and an empty set for what no rule says", () => {
  const files = { [MAIN]: wildcards, ...rules };
  expect(built(files)).toEqual({
    ...files,
    [MAIN]: wildcards
      .replace("rules[_][_].deny", 'rules["a"]["one"].deny')
      .replace("rules[_][_].permit", 'rules["b"]["two"].permit')
      .replace("data.sallyport.rules[_][_].block[_]", "set()[_]"),
    "sallyport/main/every_rule.rego":
      'package sallyport.main\n\ndenials contains data.sallyport.rules["b"]["two"].deny[_]\n',
  });
});

test("does the same where lines end as on Windows", () => {
  const windows = (text: string) => text.replaceAll("\n", "\r\n");
  const files = {
    [MAIN]: wildcards,
    ...Object.fromEntries(Object.entries(rules).map(([path, text]) => [path, windows(text)])),
  };
  expect(built(files)[MAIN]).toBe(built({ [MAIN]: wildcards, ...rules })[MAIN]);
});

test.each([
  ["data below the rules", { "sallyport/rules/a/data.json": "{}" }],
  ["data that may reach below the rules", { "data.json": '{"sallyport": {"rules": {}}}' }],
  ["data whose names are escaped", { "sallyport/data.json": '{"rul\\u0065s": {}}' }],
  ["a package above that holds rules", { "x.rego": "package sallyport\n\nrules.c.three.deny contains 3\n" }],
  [
    "a rule on the line of an import",
    { "x.rego": "package sallyport.rules\nimport rego.v1 c.three.deny contains 3\n" },
  ],
  ["a rule on the line of a package", { "x.rego": "package sallyport rules.c.three.deny contains 3\n" }],
  ["a package of a whole topic", { "x.rego": 'package sallyport.rules.c\n\nthree := {"deny": [3]}\n' }],
  ["a package with an unusual name", { "x.rego": 'package sallyport["rules"].c.three\n\ndeny contains 3\n' }],
  ["a file of its own name", { "sallyport/main/every_rule.rego": "package sallyport.main\n" }],
  ["a raw string around it", { [MAIN]: `package sallyport.main\n\nx := \`\n${wildcards}\`\n` }],
])("leaves everything as it is with %s", (_, file) => {
  const files = { [MAIN]: wildcards, ...rules, ...file };
  expect(built(files)).toEqual(files);
});

const tool = "package sallyport.tools.pay.refund\n\n";
test.each([
  ["rules may be put in place of others", 'permit contains "p" if { x with data.sallyport.rules as {} }'],
  ["they may be, by another name", "import data.sallyport.rules as r\n\npermit contains 1 if { x with r as {} }"],
  ["they may be, on two lines", "permit contains 1 if { x with\n\tdata.sallyport.rules as {} }"],
  ["they may be, behind a line of a text", "y := `\n# ` if { x with data.sallyport.rules as {} }"],
  ["they may be, in a text", 'y := $"{ {1 | x with data.sallyport.rules as {}} }"'],
  ["they may be, behind a raw string", 'permit contains `"` if { x with data.sallyport.rules as {"a": {}} }'],
])("leaves what no rule says where %s", (_, text) => {
  const files = { [MAIN]: wildcards, ...rules, "x.rego": `${tool}${text}\n` };
  expect(built(files)[MAIN]).toContain("blocks contains data.sallyport.rules[_][_].block[_]");
  expect(built(files)[MAIN]).toContain('denials contains data.sallyport.rules["a"]["one"].deny[_]');
});

test.each([
  ["another input is asked about", "permit contains 1 if { x with input as {} }"],
  ["a text or a comment has the word", 'permit contains "with \\" care" # with care'],
  ["imports stand above the rules", "import rego.v1\nimport data.sallyport.reason as because # why"],
])("writes an empty set for what no rule says where %s", (_, text) => {
  const above = { "sallyport/rules/rules.rego": `package sallyport.rules # all\n\nimport rego.v1\n` };
  expect(built({ [MAIN]: wildcards, ...rules, ...above, "x.rego": `${tool}${text}\n` })[MAIN]).toContain("set()[_]");
});
