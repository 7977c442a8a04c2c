import { declaredOptions, optionProblems } from "./guards/cli-options.ts";
import { readTree, type SourceFile } from "./guards/tree.ts";

const grants = (text: string): SourceFile => ({ path: "gateway/cli/grants.ts", text });
const declared = 'export const list = { options: [new Option("-d, --dry-run", "change nothing").default(false)] };\n';

test("every option of the command line is read by running code", () => {
  const files = readTree();
  expect(
    files.flatMap((file) => (file.path.startsWith("gateway/cli/") ? declaredOptions(file) : [])).length,
  ).toBeGreaterThan(40);
  expect(optionProblems(files)).toEqual([]);
});

test.each([
  ["nobody reads", ""],
  ["only a type names", "interface Options { readonly dryRun: boolean }"],
  ["is written and not read", "options.dryRun = true;"],
  ["has the name of a method that is called", "session.dryRun();"],
  ["has the name of a variable", "const dryRun = 1;"],
  ["has the name of a member that is made", "send({ dryRun: true });"],
])("refuses an option that %s", (_what, code) => {
  expect(optionProblems([grants(declared + code)])).toEqual([
    "gateway/cli/grants.ts:1 declares -d, --dry-run, and nothing reads dryRun",
  ]);
});

test.each([
  ["through its options", "if (options.dryRun) stop();"],
  ["by its name in brackets", 'if (options["dryRun"]) stop();'],
  ["in the parameters", "function run({ dryRun }: Options) { return dryRun; }"],
  ["under another name", "const { dryRun: dry } = options;"],
])("allows an option that is read %s", (_what, code) => {
  expect(optionProblems([grants(declared + code)])).toEqual([]);
});

test.each([
  ["another constructor", 'program.option("--dry-run", "change nothing");'],
  ["a required option", 'program.requiredOption("--dry-run <what>", "change nothing");'],
  ["a negated one", 'new Option("--no-dry-run", "change something");'],
])("sees an option that is declared by %s", (_what, code) => {
  expect(optionProblems([grants(code)])).toEqual([expect.stringContaining("nothing reads dryRun")]);
});

test("a shared option may be read by the files that import it, and by no others", () => {
  const shared = { path: "gateway/cli/common/verb.ts", text: declared };
  const reader = (from: string) => grants(`import { list } from "${from}";\nshow(options.dryRun);`);
  expect(optionProblems([shared, reader("./common/verb.ts")])).toEqual([]);
  expect(optionProblems([shared, reader("./other.ts")])).toHaveLength(1);
});
