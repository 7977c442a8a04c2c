import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseModules } from "../../../../gateway/bundles/rule-checks/modules.ts";
import { outsideVocabulary } from "../../../../gateway/bundles/rule-checks/vocabulary.ts";
import { opa } from "../../decide/support/compile-rego.ts";

const schema = readFileSync(new URL("../../../../rego/schemas/input.json", import.meta.url), "utf8");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-vocabulary-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function found(body: string, home = "sallyport.rules.mine.pen"): Promise<string[]> {
  const parsed = await parseModules(opa, { "a.rego": `package ${home}\n\ndeny contains 1 if {\n${body}\n}\n` }, folder);
  const problems = outsideVocabulary(parsed, schema);
  expect(new Set(problems.map(({ severity }) => severity))).toEqual(new Set(problems.length > 0 ? ["warning"] : []));
  return problems.map(({ message }) => message);
}

const weekday = "input.context.time.weekday is never";

test.each([
  ['input.context.time.weekday == "Sun"', `${weekday} "Sun": it is one of Sunday, Monday,`],
  ['not input.context.time.weekday != "sunday"', `${weekday} "sunday" (did you mean Sunday?)`],
  ['input.context.time.weekday in {"Saturday", "Sun"}', `${weekday} "Sun"`],
  ['x := input.context.time\n\tx.weekday = "Sun"', `${weekday} "Sun"`],
  [
    'some d in input.context.detected\n\td.kind == "credit_card"',
    'input.context.detected[_].kind is never "credit_card"',
  ],
  ['every d in input.context.detected { d.kind != "mail" }', 'input.context.detected[_].kind is never "mail"'],
  ['input.context.detected[_].kind == "cards"', "(did you mean card?)"],
  ['input.context.approval.status == "granted"', 'input.context.approval.status is never "granted"'],
  ['count([1 | input.context.session.trust == "full"]) > 0', "it is one of token, transport, self, trace, none"],
])("warns of %s, which never or always holds", async (body, message) => {
  expect(await found(`\t${body}`)).toEqual([expect.stringContaining(message)]);
});

test.each([
  'input.context.time.weekday in {"Saturday", "Sunday"}',
  'input.context.approval.id == "any"',
  '"any" in input.context.session.labels',
  "input.phase == null",
  'input.context.arguments.kind == "any"',
  'some d in input.context.detected\n\td.kind == "card"\n\tevery d in input.context.session.labels { d == "x" }',
  'weekday := "Sun"\n\tweekday == "Sun"',
])("says nothing of %s", async (body) => {
  expect(await found(`\t${body}`)).toEqual([]);
});

test("says nothing of other projects, which may have another input, and without a schema that is JSON", async () => {
  expect(await found('\tinput.phase == "x"', "app.authz")).toEqual([]);
  const parsed = await parseModules(
    opa,
    { "a.rego": 'package sallyport.rules.a.b\n\ndeny if input.phase == "x"\n' },
    folder,
  );
  expect([null, "{", "{}"].map((each) => outsideVocabulary(parsed, each))).toEqual([[], [], []]);
});
