import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitionsOf, ruleNamesOf } from "../../../../gateway/bundles/rule-checks/definitions.ts";
import { elementOf } from "../../../../gateway/bundles/rule-checks/elements.ts";
import {
  exportsWithoutElements,
  malformedElements,
} from "../../../../gateway/bundles/rule-checks/malformed-elements.ts";
import { list, type Module, parseModules } from "../../../../gateway/bundles/rule-checks/modules.ts";
import { opa } from "../../decide/support/compile-rego.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-elements-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function moduleOf(rule: string): Promise<Module> {
  const [module] = await parseModules(opa, { "a.rego": `package sallyport.rules.mine.x\n\n${rule}\n` }, folder);
  return module as Module;
}

async function told(rule: string): Promise<string[]> {
  const module = await moduleOf(rule);
  const definitions = definitionsOf(module, new Set(ruleNamesOf(module)));
  return definitions.flatMap(malformedElements).map(({ severity, message }) => `${severity} ${message}`);
}

test.each([
  ['redact contains {"detector": "credit_card"}', "redact must be private_key or jwt or"],
  ['redact contains {"detectors": "card"}', "redact must be complete: pointer is missing"],
  ['redact contains {"pattern": "(a"}', "redact must be a regular expression (RE2)"],
  ['redact contains {"pointer": "a"} if input.x', "redact must be a JSON pointer"],
  ['redact contains each if { each := {"detector": "mail"} }', "redact must be private_key"],
  ['oblige contains {"type": "label_sessions", "labels": ["a"]}', "oblige is of the unknown type label_sessions"],
  ['oblige contains {"type": "label_session", "label": ["a"]}', "oblige must be complete: labels is missing"],
  ['oblige contains {"labels": {input.x}}', "oblige contains an object without type"],
  ['oblige contains {"type": "redact_arguments", "redactions": []}', "oblige/redactions must be filled"],
  [
    'deny contains {"msg": sprintf("%v", [input.x])}',
    "deny contains an object without code, message, rule, severity, controls",
  ],
  ['deny contains told if { told := {"msg": "no"} }', "deny contains an object without code"],
])("an element of which no answer can be made is refused: %s", async (rule, why) => {
  expect(await told(rule)).toEqual([expect.stringContaining(why)]);
});

test.each([
  'redact contains {"detector": "card"}',
  'redact contains {"detector": input.kind}',
  "redact contains {input.kind: 1}",
  'oblige contains {"type": "label_session", "labels": {"a", "b"}}',
  'oblige contains {"type": "limit", "key": "all", "max": 3, "per": input.per}',
  'deny contains told if { told := {"msg": "no"}; told := input.x }',
  "deny contains _reason if input.x",
  'hide contains {"msg": 1}',
])("what may be an answer is not: %s", async (rule) => {
  expect(await told(rule)).toEqual([]);
});

async function valuesTold(rule: string, refused: string | null = null): Promise<string[]> {
  const module = await moduleOf(rule);
  const definitions = definitionsOf(module, new Set(ruleNamesOf(module)));
  return exportsWithoutElements(definitions, refused).map(({ at, message }) => `${at[1]} ${message}`);
}

test.each(["deny if input.x", "default hold := false", "hide := 1 if input.x", 'label := input.x\n\nlabel := "a"'])(
  "an export that is a value and no set is refused, since nobody learns of it: %s",
  async (rule) => {
    expect(await valuesTold(rule)).toEqual([
      expect.stringMatching(/^\d (\w+) is a \w+ and no set, .*: write \1 contains/),
    ]);
  },
);

test.each([
  "deny contains _reason if input.x",
  "deny := {each | some each in input.x}",
  "deny[code] := 1 if some code in input.x",
  "_deny if input.x",
  "denied if input.x",
])("one that may have elements is not: %s", async (rule) => {
  expect(await valuesTold(rule)).toEqual([]);
});

test("of rules that do not compile those are refused that OPA means", async () => {
  const rules = "deny if input.x\n\nhold if input.x";
  const said = "main.rego:3: rego_type_error: undefined ref: data.sallyport.rules.mine.x.hold[_]";
  expect(await valuesTold(rules, said)).toEqual([expect.stringContaining("1 hold is a boolean")]);
  expect(await valuesTold(rules, "main.rego:3: rego_parse_error")).toEqual([]);
});

test("of a set the kind, the names and the value are known where they are constant", async () => {
  const elements = async (rule: string) => list((await moduleOf(rule)).tree["rules"]).map(elementOf);
  expect(await elements('a contains {"b": [1, null, true, {"c"}]}')).toEqual([
    { kind: "object", names: ["b"], value: { b: [1, null, true, ["c"]] } },
  ]);
  expect(await elements('a contains {"b": input.c}')).toEqual([{ kind: "object", names: ["b"] }]);
  expect(await elements("a contains {input.c: 1}")).toEqual([{ kind: "object", names: null }]);
  expect(await elements("a contains b if some b in input.c")).toEqual([{ kind: "var", names: null }]);
  expect(await elements("a := 1")).toEqual([null]);
});
