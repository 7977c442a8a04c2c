import type { Definition } from "../../../../gateway/bundles/rule-checks/definitions.ts";
import { ruleExportsOf } from "../../../../gateway/bundles/rule-checks/rule-exports.ts";

const mask = "sallyport/rules/pii/mask/mask.rego";
const more = "sallyport/rules/pii/mask/more.rego";
const find = "sallyport/tools/crm/find/find.rego";

const define = (path: string, file: string): Definition => ({ path: path.split("."), file }) as unknown as Definition;

test("says which rules have an export, with the file and the first line of it", () => {
  const texts = {
    [mask]: "package sallyport.rules.pii.mask\n\n_redact := 1\n\nredact contains 1\n\nredact contains 2\n",
    [find]: "package sallyport.tools.crm.find\nredact contains 1\nlabel contains 2\n",
  };
  const exports = ruleExportsOf(
    [
      define("sallyport.rules.pii.mask.redact", mask),
      define("sallyport.rules.pii.mask.redact", mask),
      define("sallyport.rules.pii.mask.redact", more),
      define("sallyport.rules.pii.mask.redact", mask.replace(".rego", "_test.rego")),
      define("sallyport.tools.crm.find.redact", find),
      define("sallyport.tools.crm.find.label", find),
      define("sallyport.lib.text.redact", "sallyport/lib/text.rego"),
    ],
    texts,
  );
  expect(exports).toEqual({
    redact: [
      { rule: "pii/mask", file: mask, line: 5 },
      // Of a text that is not there, or defines it in another way, the file alone is known.
      { rule: "pii/mask", file: more, line: 1 },
      { rule: "tools/crm/find", file: find, line: 2 },
    ],
    label: [{ rule: "tools/crm/find", file: find, line: 3 }],
  });
});
