import { unreadOf } from "../../../gateway/bundles/unread-files.ts";

const rule = 'package sallyport.rules.mine.pen\n\ndeny contains {"code": "PEN"}\n';
const test_ = "\ntest_it if true\n";

const besideTests = (name: string): string => `${name} is not part of the policy: files with a name that ends with`;

test.each([
  ["mine/pen_test.rego", rule + test_, "deny", 3],
  ["mine/pen_test.rego", `package sallyport.tools.shop.pay\n${test_}\n\nhold contains 1 if true\n`, "hold", 6],
  ["app/authz_test.rego", `package app.authz\n\ndefault allow := true\n${test_}`, "allow", 3],
])("warns of rules beside tests in %s, with their line: nobody asks them", async (file, text, name, line) => {
  const found = await unreadOf({ sources: [], others: [file] }, () => text);
  expect(found).toEqual([{ file, line, message: expect.stringContaining(besideTests(name)) }]);
});

test("refuses files of rules alone, all at once, and names those beside tests no more", async () => {
  const texts: Record<string, string> = { "a_test.rego": rule, "b_test.rego": rule + test_, "c.REGO": rule };
  await expect(
    unreadOf({ sources: [], others: Object.keys(texts) }, (path) => texts[path] ?? ""),
  ).rejects.toMatchObject({
    locations: [
      { file: "a_test.rego", line: 1, message: expect.stringContaining("it has a rule and no test") },
      { file: "c.REGO", line: 1, message: expect.stringContaining("must end with .rego") },
    ],
  });
});

test("says nothing of tests, and of what only they use", async () => {
  const helper = `package sallyport.rules.mine.pen\n${test_}\ndeny_all := true\n\nsample := {\n\t"deny": 1,\n}\n`;
  const foreign = `package app.authz_test\n${test_}\nallow if false\n`;
  expect(
    await unreadOf({ sources: [], others: ["a_test.rego", "b_test.rego"] }, (path) =>
      path.startsWith("a") ? helper : foreign,
    ),
  ).toEqual([]);
});

test("warns of data in files with another name, below sallyport and beside what is read, with the place they would have", async () => {
  const others = [
    ...["sallyport/limits/limits.yaml", "sallyport/site/Data.YML", "acme/hosts.json"],
    ...[
      "acme/input.json",
      "acme/.regal.yaml",
      "package.json",
      "deploy/chart.yaml",
      "acme/notes.md",
      "golden/more.yaml",
    ],
  ];
  const found = await unreadOf({ sources: ["acme/authz.rego", "golden/a.json", "a.rego"], others }, () => "");
  expect(found.map(({ file, line, message }) => `${file}:${line} ${message.split(" ").at(-1)}`)).toEqual([
    "acme/hosts.json:1 data.acme",
    "sallyport/limits/limits.yaml:1 data.sallyport.limits",
    "sallyport/site/Data.YML:1 data.sallyport.site",
  ]);
});
