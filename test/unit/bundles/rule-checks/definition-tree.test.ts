import {
  DefinitionTree,
  exportOf,
  reachedFrom,
  type DataPath,
  type Definition,
} from "../../../../gateway/bundles/rule-checks/definitions.ts";

/** A definition at a dotted path that reads others; `_` stands for a name that is only known at evaluation. */
function defined(path: string, ...reads: string[]): Definition {
  const names = path.split(".");
  const place = { file: `${path}.rego`, at: [] };
  return {
    ...place,
    package: names.slice(0, -1),
    name: names.at(-1) ?? "",
    path: names,
    isOpen: false,
    isFunction: false,
    element: null,
    valueKind: null,
    references: reads.map((read) => ({ ...place, path: reference(read) })),
    replaced: [],
    typed: [],
    prints: [],
  };
}
const reference = (text: string): DataPath => text.split(".").map((name) => (name === "_" ? null : name));
const paths = (definitions: Iterable<Definition>): string[] =>
  [...definitions].map(({ path }) => path.join(".")).sort();

describe("a reference", () => {
  const tree = new DefinitionTree([defined("a"), defined("a.b"), defined("a.b.c"), defined("a.x.c"), defined("b")]);

  test.each([
    ["a.b", ["a", "a.b", "a.b.c"]],
    ["a._.c", ["a", "a.b", "a.b.c", "a.x.c"]],
    ["a.b.c.d", ["a", "a.b", "a.b.c"]],
    ["c", []],
  ])("to %s may read what is there, above and below", (read, found) => {
    expect(paths(tree.touchedBy(reference(read)))).toEqual(found);
  });
});

describe("what an answer depends on", () => {
  const from = (entrypoint: string, ...definitions: Definition[]): string[] =>
    paths(reachedFrom([reference(entrypoint)], new DefinitionTree(definitions)));

  test("is all that is read on the way, and nothing else", () => {
    const chain = [
      defined("main.allow", "a.first"),
      defined("a.first", "a.second"),
      defined("a.second"),
      defined("a.third"),
    ];
    expect(from("main.allow", ...chain)).toEqual(["a.first", "a.second", "main.allow"]);
  });

  test("is found although definitions read one another", () => {
    expect(from("main.allow", defined("main.allow", "a.b"), defined("a.b", "main.allow"))).toEqual([
      "a.b",
      "main.allow",
    ]);
  });

  test("is a rule two names below the root of rules, and none that lies higher", () => {
    const main = defined("main.deny", "sallyport.rules._._.deny");
    const rules = [defined("sallyport.rules.topic.rule.deny"), defined("sallyport.rules.topic.deny")];
    expect(from("main.deny", main, ...rules)).toEqual(["main.deny", "sallyport.rules.topic.rule.deny"]);
  });
});

test.each([
  ["sallyport.rules.refunds.night.deny", ["sallyport", "rules", "refunds", "night"], "deny"],
  ["sallyport.tools.crm.delete.hold.more", ["sallyport", "tools", "crm", "delete"], "hold"],
  ["sallyport.rules.refunds.night", null, null],
  ["sallyport.rules.refunds.night._", null, null],
  ["sallyport.lib.refunds.night.deny", null, null],
])("reads %s as an export of a rule, or as none", (path, rule, name) => {
  expect(exportOf(reference(path))).toEqual(rule === null ? null : { rule, name });
});
