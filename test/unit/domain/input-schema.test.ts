import { readdirSync, readFileSync } from "node:fs";
import { selfTestInput } from "../../../gateway/bundles/golden-cases.ts";
import type { Facts } from "../../../gateway/domain/facts.ts";
import { callInput } from "../../../gateway/domain/policy-input.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../gateway/lib/json.ts";
import { timeFacts } from "../../../gateway/gather/time-fact.ts";
import { detectorKinds } from "../../../gateway/domain/result.ts";
import { RiskOnDemand } from "../../../gateway/domain/risk.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";
import { riskSettings } from "../../support/risk.ts";
import { taskFact } from "../../support/tasks/leases.ts";

const rego = (path: string) => new URL(`../../../rego/${path}`, import.meta.url);
const readJson = (path: string) => JSON.parse(readFileSync(rego(path), "utf8")) as JsonObject;
const schema = readJson("schemas/input.json");

/** Where a document has other members than a schema names, or lacks one that it requires; types are not looked at. */
function deviations(shape: JsonObject, value: JsonValue, at = ""): string[] {
  const { $ref, anyOf, items } = shape;
  if (typeof $ref === "string") return deviations(definition($ref), value, at);
  if (Array.isArray(anyOf)) {
    const object = (anyOf as JsonObject[]).find(({ type }) => type === "object");
    return value === null || object === undefined ? [] : deviations(object, value, at);
  }
  if (Array.isArray(value))
    return isJsonObject(items)
      ? value.flatMap((one: JsonValue, index) => deviations(items, one, `${at}/${index}`))
      : [];
  if (!isJsonObject(value) || !isJsonObject(shape["properties"])) return [];
  const known = shape["properties"];
  const required = (shape["required"] ?? []) as readonly string[];
  return [
    ...required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}/${name} is missing`),
    ...Object.entries(value).flatMap(([name, inner]) =>
      Object.hasOwn(known, name)
        ? deviations(known[name] as JsonObject, inner, `${at}/${name}`)
        : [`${at}/${name} is not in the schema`],
    ),
  ];
}

function definition(ref: string): JsonObject {
  return (schema["definitions"] as Record<string, JsonObject>)[ref.slice("#/definitions/".length)] as JsonObject;
}

/** Every part that may be there is there. */
const whole: Partial<Facts> = {
  session: {
    id: "s1",
    trust: "token",
    calls: 1,
    labels: [],
    history: [{ tool: "t", effect: "e", labels: [], destinations: ["1f"], outcome: "forwarded" as const, ago: 1 }],
  },
  task: taskFact({
    targets: ["t"],
    spend: [{ unit: "EUR", left: "1.5", price: null }],
    outside: [{ dimension: "targets", at: "/to" }],
  }),
  urls: [{ pointer: "/u", scheme: "https", host: "h", ip_class: null, port: null }],
  risk: new RiskOnDemand(() => [{ name: "burst", strength: 1, evidence: "e", at: 0 }], riskSettings(), 0),
  approval: {
    status: "approved",
    id: "g_1",
    approvers: [],
    age: 1,
    scope: "uses",
    reason: null,
    grant: { uses: 1, seconds: 1 },
    asked: {
      distinct_from: [],
      justification: false,
      proof: "session",
      require: [{ role: "r", count: 1, outside_team: "t" }],
    },
  },
};

test("the schema of the policy input names the members that the gateway writes, and no others", () => {
  const acting = subject({ actingFor: { id: "alice", claims: {} } });
  const call = JSON.parse(callInput(toolCall(), acting, facts(whole)).text) as JsonObject;
  expect(deviations(schema, call)).toEqual([]);
  const none = JSON.parse(callInput(toolCall(), subject(), facts()).text) as JsonObject;
  expect(deviations(schema, none)).toEqual([]);
  expect(deviations(schema, { ...call, more: 1, subject: { type: "agent", id: "a" } })).toEqual([
    "/subject/properties is missing",
    "/more is not in the schema",
  ]);
});

const golden = rego("../demo/policy/golden/");

test.each(readdirSync(golden))("the input of the golden case %s is whole", (file) => {
  expect(deviations(schema, readJson(`../demo/policy/golden/${file}`)["input"] as JsonObject)).toEqual([]);
});

test("the inputs that every policy is tested with are whole", () => {
  for (const phase of ["call", "list"] as const) expect(deviations(schema, selfTestInput(phase))).toEqual([]);
});

test("the schema lists the days and detectors that there are: a rule that names another one is warned of", () => {
  const timeFact = timeFacts();
  const days = Array.from({ length: 7 }, (_, day) => timeFact(Date.UTC(2026, 10, 1 + day)).weekday);
  expect(JSON.stringify(schema)).toContain(JSON.stringify({ type: "string", enum: days }));
  expect(JSON.stringify(schema)).toContain(JSON.stringify({ type: "string", enum: detectorKinds }));
});
