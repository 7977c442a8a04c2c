import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Unasked } from "../../../../gateway/bundles/archive/manifest-known.ts";
import { unaskedDifferences } from "../../../../gateway/bundles/archive/unasked-differences.ts";
import { definitionsOf, ruleNamesOf } from "../../../../gateway/bundles/rule-checks/definitions.ts";
import { parseModules } from "../../../../gateway/bundles/rule-checks/modules.ts";
import { unaskedOf } from "../../../../gateway/bundles/rule-checks/unasked.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import { opa } from "../../decide/support/compile-rego.ts";

const main = `package sallyport.main

decision := {"deny": {each | some each in data.sallyport.rules[_][_].deny}, "permit": _permits}

visible := count(data.sallyport.rules[_][_].hide) == 0

result := {"redact": {each | some each in data.sallyport.rules[_][_].redact}, "permit": _permits}

_permits contains data.sallyport.rules[_][_].permit[_]
`;
const texts = {
  "sallyport/main/main.rego": main,
  "sallyport/rules/a/deny/deny.rego": "package sallyport.rules.a.deny\n\ndeny contains 1 if data.limits.max > 3\n",
  "sallyport/rules/a/permit/permit.rego":
    "package sallyport.rules.a.permit\n\npermit contains 1 if data.roles[input.role]\n",
  "sallyport/rules/b/hide/hide.rego":
    "package sallyport.rules.b.hide\n\nhide contains 1 if data.hidden.tools[input.tool]\n",
  "sallyport/rules/b/redact/redact.rego":
    "package sallyport.rules.b.redact\n\nimport data.acme.fields\n\nredact contains fields.path\n",
  "acme/fields/fields.rego": "package acme.fields\n\npath := data.fields.path\n",
  "system/log/log.rego": 'package system.log\n\nmask contains "/input/secret"\n',
};
const data: JsonObject = {
  limits: { max: 5 },
  roles: { support: true },
  hidden: { tools: { drop: true } },
  fields: { path: "/a" },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-unasked-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function unasked(edited: Record<string, string> = {}): Promise<Unasked> {
  return unaskedIn({ ...texts, ...edited });
}

async function unaskedIn(all: Record<string, string>): Promise<Unasked> {
  const parsed = await parseModules(opa, all, folder);
  const definitions = parsed.flatMap((module) => definitionsOf(module, new Set(ruleNamesOf(module))));
  return unaskedOf(parsed, definitions, all);
}

const from = (file: keyof typeof texts, change: (text: string) => string) => ({ [file]: change(texts[file]) });
const longer = (text: string) => `${text}\n# edited\n`;

test.each<[string, Record<string, string>, string[]]>([
  ["nothing", {}, []],
  ["a rule that denies", from("sallyport/rules/a/deny/deny.rego", longer), []],
  ["a rule that permits, which decisions ask too", from("sallyport/rules/a/permit/permit.rego", longer), []],
  ["a rule that hides tools", from("sallyport/rules/b/hide/hide.rego", longer), ["visible"]],
  ["a rule about results", from("sallyport/rules/b/redact/redact.rego", longer), ["result"]],
  ["what such a rule reads", from("acme/fields/fields.rego", longer), ["result"]],
  [
    "METADATA of the packages around one",
    {
      "sallyport/rules/b/b.rego":
        "# METADATA\n# scope: subpackages\n# custom: { mode: shadow }\npackage sallyport.rules.b\n",
    },
    ["visible", "result"],
  ],
  ["another rule about results", { "x.rego": "package sallyport.rules.c.d\n\nredact contains 7\n" }, ["result"]],
  ["what is masked in the log", from("system/log/log.rego", longer), ["log"]],
  ["a module that cannot be read", { "old.rego": "package old\n\nallow { 1 == 1 }\n" }, ["visible", "result", "log"]],
])("of an edit of %s", async (_what, edited, kinds) => {
  const [before, after] = [await unasked(), await unasked(edited)];
  expect(unaskedDifferences({ unasked: before, data }, { unasked: after, data })).toEqual(kinds);
});

test("of the same modules in a folder of another name none differ", async () => {
  const below = (source: string) =>
    Object.fromEntries(Object.entries(texts).map(([file, text]) => [`${source}/${file}`, text]));
  const [before, after] = [await unaskedIn(below("policy")), await unaskedIn(below("draft"))];
  expect(unaskedDifferences({ unasked: before, data }, { unasked: after, data })).toEqual([]);
});

test("of an edit of data those count that such rules read", async () => {
  const known = await unasked();
  const of = (change: JsonObject) =>
    unaskedDifferences({ unasked: known, data }, { unasked: known, data: { ...data, ...change } });
  expect(of({ limits: { max: 6 }, roles: { admin: true } })).toEqual([]);
  expect(of({ hidden: { tools: {} } })).toEqual(["visible"]);
  expect(of({ fields: {} })).toEqual(["result"]);
});

test("where a manifest does not say which rules they are, all of them may differ", async () => {
  const known = await unasked();
  expect(unaskedDifferences({ unasked: null, data }, { unasked: known, data })).toEqual(["visible", "result", "log"]);
  expect(unaskedDifferences({ unasked: known, data }, { unasked: null, data })).toEqual(["visible", "result", "log"]);
});
