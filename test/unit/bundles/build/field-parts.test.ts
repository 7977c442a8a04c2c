import { fieldParts } from "../../../../gateway/bundles/build/field-parts.ts";
import type { SourceFile } from "../../../../gateway/bundles/sources.ts";

const main = "package sallyport.main\n\ndenials contains data.sallyport.rules[_][_].deny[_]\n";
const rule = (place: string, index: number): string =>
  `package sallyport.${place}.bench.r${index}\n\ndeny contains ${index}\n`;

function policy(rules: number, more: Readonly<Record<string, string>> = {}): SourceFile[] {
  const texts: Record<string, string> = {
    "sallyport/main/main.rego": main,
    "sallyport/lib/lib.rego": "package sallyport.lib\n\nx := 1\n",
    "schemas/input.json": "{}",
    "words/data.json": "{}",
    ...more,
  };
  for (let index = 0; index < rules; index += 1)
    texts[`r${index}.rego`] = rule(index % 2 === 0 ? "rules" : "tools", index);
  return Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
}

const pathsOf = (part: readonly SourceFile[]): string[] => part.map(({ path }) => path);

test("each rule is in one part, everything else but data in all, and each part collects its own rules", () => {
  const files = policy(800, { "more.rego": "package sallyport.rules.bench.r0.deeper\n\ny := 1\n" });
  const parts = fieldParts(files) ?? [];
  expect(parts).toHaveLength(4);
  const common = ["sallyport/main/main.rego", "sallyport/lib/lib.rego", "schemas/input.json"];
  for (const part of parts) {
    expect(pathsOf(part)).toEqual(expect.arrayContaining(common));
    const collected =
      part
        .map(({ bytes }) => bytes.toString())
        .join("\n")
        .match(/data\.sallyport\.rules\["bench"\]/g) ?? [];
    expect(collected).toHaveLength(pathsOf(part).filter((path) => /^r\d*[02468]\.rego$/.test(path)).length);
  }
  const rules = parts.flatMap(pathsOf).filter((path) => /^(?:r\d+|more)\.rego$/.test(path));
  expect(rules.toSorted()).toEqual(
    pathsOf(files)
      .filter((path) => /^(?:r\d+|more)\.rego$/.test(path))
      .toSorted(),
  );
  const both = parts.filter((part) => pathsOf(part).includes("r0.rego"));
  expect(both.map((part) => pathsOf(part).includes("more.rego"))).toEqual([true]);
});

test("an edit of a rule, and another rule, change one part", () => {
  const before = (fieldParts(policy(800)) ?? []).map((part) => JSON.stringify(part));
  const after = (fieldParts(policy(801)) ?? []).map((part) => JSON.stringify(part));
  expect(after.filter((part) => !before.includes(part))).toHaveLength(1);
});

test.each([
  ["a few rules", 200, {}],
  [
    "a module that names the package of a rule",
    800,
    { "x.rego": "package x\n\ny := data.sallyport.rules.bench.r1.deny\n" },
  ],
  ["a module that names one in brackets", 800, { "x.rego": 'package x\n\ny := data.sallyport["tools"]["bench"]\n' }],
  ["an import of all rules", 800, { "x.rego": "package x\n\nimport data.sallyport.rules\n\ny := rules.bench\n" }],
  ["an import of everything under another name", 800, { "x.rego": "package x\n\nimport data.sallyport as s\n" }],
  [
    "a name that is written with an escape",
    800,
    { "x.rego": 'package x\n\ny := data.sallyport["r\\u0075les"].bench\n' },
  ],
])("a policy with %s is checked as a whole", (_what, rules, more) => {
  expect(fieldParts(policy(rules, more as Record<string, string>))).toBeNull();
});
