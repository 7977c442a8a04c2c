import { DefinitionTree, definitionsOf } from "../../../../gateway/bundles/rule-checks/definitions.ts";
import { problemsOf } from "../../../../gateway/bundles/rule-checks/problems.ts";

const ref = (...names: readonly string[]) => ({
  type: "ref",
  value: names.map((value, index) => ({ type: index === 0 ? "var" : "string", value })),
});

/** Of a rule whose body is this one call, as `rego.parse_module` gives it. `prints`: whether the compiled module prints. */
function warnings(names: readonly string[], prints = false): string[] {
  const tree = {
    package: {
      path: [
        { type: "var", value: "data" },
        { type: "string", value: "acme" },
      ],
    },
    rules: [
      {
        body: [{ index: 0, terms: [ref(...names), { type: "number", value: 1 }] }],
        head: { name: "x", ref: [{ type: "var", value: "x" }] },
      },
    ],
  };
  const definitions = definitionsOf({ file: "acme/loud.rego", tree }, new Set(["x"]));
  const library = {
    definitions,
    tree: new DefinitionTree(definitions),
    data: {},
    optional: [],
    exportsAsTheyAre: false,
    logRules: [],
    prints,
  };
  return problemsOf(library).map(({ severity, message }) => `${severity} ${message}`);
}

test("warns of a print where the module was compiled without, and of no other call", () => {
  const told =
    "warning print writes nothing: the archive was compiled without it (opa build --wasm-include-print keeps it)";
  expect(warnings(["print"])).toContain(told);
  expect(warnings(["print"], true)).not.toContain(told);
  expect(warnings(["startswith"])).not.toContain(told);
  expect(warnings(["print", "x"])).not.toContain(told);
});
