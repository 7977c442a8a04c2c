import type { CatalogFact } from "../../../gateway/domain/facts.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { selfTestInput } from "../../../gateway/bundles/golden-cases.ts";
import { unknownTool } from "../../../gateway/bundles/data/tool-facts.ts";
import { type FactsOfPolicy, recomputed } from "../../../gateway/impact/recompute.ts";
import { inputOfText, recordedCall } from "../../../gateway/impact/recorded-call.ts";

const ns = "1790000000000000123";
const text = JSON.stringify(selfTestInput("call")).replace(/"ns":\d+/, `"ns":${ns}`);

function policyWith(more: Partial<CatalogFact>, risk: FactsOfPolicy["risk"] = null): FactsOfPolicy {
  return {
    catalog: (server, tool) => ({ ...unknownTool, known: true, facts: { of: `${server}/${tool}` }, ...more }),
    risk,
  };
}

const find = () => [];
const ofLine = (line: string) => recordedCall({ record: JSON.parse(line) as JsonObject, line, whole: () => line });
type Read = { readonly context: Record<string, JsonObject>; readonly resource: { readonly properties: JsonObject } };

function recompute(policy: FactsOfPolicy, leftOut: readonly string[] = [], of = text) {
  const { input, ...rest } = recomputed({ input: inputOfText(of), leftOut }, policy, find);
  return { ...rest, input, document: input.document as unknown as Read };
}

test("the catalog's facts are those of the other policy, and the time has its digits", () => {
  const { document, input } = recompute(policyWith({ sensitivity: "high" }));
  expect(document.resource.properties["catalog"]).toMatchObject({
    sensitivity: "high",
    facts: { of: "self-test/none" },
  });
  expect(input.timeNs).toBe(ns);
  expect(input.text).toContain(`"ns":${ns}`);
});

test.each([
  ["a tool", { type: "tool" }, { kind: "tool", name: null }, "tool self-test/none"],
  ["a prompt", { type: "prompt" }, { kind: "prompt", name: "none" }, "prompt self-test/none"],
  ["a resource that no list names", { type: "resource" }, { kind: null, name: null }, "resource self-test/none"],
  [
    "a resource that a template gives",
    { type: "resource" },
    { kind: "resource_template", name: "x://{id}" },
    "resource_template self-test/x://{id}",
  ],
  ["a server", { type: "server" }, { kind: null, name: null }, "tool self-test/none"],
])("the facts of %s are those of its own line", (_what, type, definition, line) => {
  const input = JSON.parse(text) as { resource: { type: string; properties: { definition: object } } };
  Object.assign(input.resource, type);
  Object.assign(input.resource.properties.definition, definition);
  const policy: FactsOfPolicy = {
    catalog: (server, name, kind = "tool") => ({
      ...unknownTool,
      known: true,
      facts: { of: `${kind} ${server}/${name}` },
    }),
    risk: null,
  };
  const { document } = recompute(policy, [], JSON.stringify(input));
  expect(document.resource.properties["catalog"]).toMatchObject({ facts: { of: line } });
});

test("what is read as it was recorded is told, and only once it is read", () => {
  const { document, asRecorded } = recompute(policyWith({}));
  expect([...asRecorded]).toEqual([]);
  void document.context["session"];
  void document.context["arguments"];
  expect([...asRecorded]).toEqual(["session"]);
});

test("what the record left out is unknown once it is read", () => {
  const history = "/context/session/history";
  const { document, unknown } = recompute(policyWith({}), [history, "/subject/properties/claims"]);
  void document.context["session"]?.["labels"];
  expect([...unknown]).toEqual([]);
  void document.context["session"]?.["history"];
  expect([...unknown]).toEqual([history]);
});

test("a masked part of a list is unknown too, and so is everything left out for a policy that gets the whole input", () => {
  const listed = text.replace('"arguments":{}', '"arguments":{"cards":[null,"1"]}');
  const masked = "/context/arguments/cards/0";
  const { document, unknown } = recompute(policyWith({}), [masked], listed);
  expect(JSON.stringify(document.context["arguments"])).toBe('{"cards":[null,"1"]}');
  expect([...unknown]).toEqual([masked]);
  const other = recompute(policyWith({}), [masked], listed);
  expect(other.input.text).toContain('"cards":[null,"1"]');
  expect([...other.unknown]).toEqual([masked]);
});

test("where values come from is unknown when the catalog says otherwise what is a destination", () => {
  const same = recompute(policyWith({ owner: "another-team", sensitivity: "low" }));
  void same.document.context["provenance"];
  expect([...same.unknown]).toEqual([]);
  const { document, unknown } = recompute(policyWith({ destination: ["/url"] }));
  void document.context["provenance"];
  expect([...unknown]).toEqual(["/context/provenance"]);
});

test("what a task has left is unknown when the catalog has another price", () => {
  const inTask = text.replace('"task":null', '"task":{"id":"t_1","spend":[],"outside":[]}');
  const { document, unknown } = recompute(policyWith({ price: { EUR: "1" } }), [], inTask);
  void document.context["task"]?.["id"];
  expect([...unknown]).toEqual([]);
  void document.context["task"]?.["outside"];
  expect([...unknown]).toEqual(["/context/task/outside"]);
});

test("risk is none for a policy without signals, and unknown for one with them where nobody looked then", () => {
  const without = recompute(policyWith({}), ["/context/risk"]);
  expect(without.document.context["risk"]).toEqual({ score: null, signals: [] });
  expect([...without.unknown]).toEqual([]);
  const risk = { thresholds: [] } as unknown as FactsOfPolicy["risk"];
  const looking = recompute(policyWith({}, risk));
  void looking.document.context["risk"];
  expect([...looking.unknown]).toEqual(["/context/risk"]);
});

test("a thing of another enforcement point may stand in the catalog under its type", () => {
  const asked = text.replace('"type":"tool"', '"type":"record"').replace('"protocol":"http"', '"protocol":"authzen"');
  const known: FactsOfPolicy = {
    catalog: (_server, tool) => (tool === "*" ? { ...unknownTool, known: true } : unknownTool),
    risk: null,
  };
  expect(recompute(known, [], asked).document.resource.properties["catalog"]).toMatchObject({ known: true });
  expect(recompute(known).document.resource.properties["catalog"]).toMatchObject({ known: false });
});

test("a record is read with its input apart, and what the gateway refused by itself has no answer of a policy", () => {
  const record = (result: object, input: string): string =>
    `{"seq":1,"kind":"decision","decision_id":"d_1","timestamp":"2026-11-28T10:00:00.000Z","tool":"a/b","subject":null,"erased":["/input/context/risk"],"result":${JSON.stringify(result)},"input":${input}}`;
  const answer = { effect: "deny", reasons: [], obligations: [], doubt: null };
  const call = ofLine(record(answer, text));
  expect(call?.input?.text()).toBe(text);
  expect(call).toEqual({
    input: expect.objectContaining({ document: JSON.parse(text) as object }) as object,
    id: "d_1",
    at: "2026-11-28T10:00:00.000Z",
    tool: "a/b",
    subject: "–",
    leftOut: ["/context/risk"],
    isAnswerMasked: false,
    said: { effect: "deny", reasons: [], obligations: [], demands: [], approval: undefined },
  });
  const replaced = record(answer, text).replace(
    '"erased":',
    '"masked":["/input/subject/id","/result/reasons"],"erased":',
  );
  expect(ofLine(replaced)).toMatchObject({ leftOut: ["/context/risk", "/subject/id"], isAnswerMasked: true });
  expect(ofLine(record({ ...answer, doubt: "access_revoked" }, "null"))).toMatchObject({
    said: null,
    input: null,
  });
  expect(ofLine(record({ ...answer, doubt: "policy_out_of_fuel" }, text))?.said).not.toBeNull();
  expect(ofLine('{"seq":2,"kind":"outcome","decision_id":"d_1"}')).toBeNull();
});
