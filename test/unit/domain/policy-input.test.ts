import fc from "fast-check";
import { ArgumentDetections } from "../../../gateway/domain/detections.ts";
import type { Asserted } from "../../../gateway/domain/asserted-input.ts";
import { callInput } from "../../../gateway/domain/policy-input.ts";
import type { ProvenanceFact } from "../../../gateway/domain/provenance.ts";
import { RiskOnDemand } from "../../../gateway/domain/risk.ts";
import type { McpMessage, ToolCall } from "../../../gateway/domain/tool-call.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";
import { riskSettings } from "../../support/risk.ts";
import { provenanceOnDemand } from "../../support/provenance.ts";

test("writes the document as JSON text with the nanoseconds in full, whatever the call says", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>), fc.string(), (args, words) => {
      const hostile = { ...args, time: { ns: 0, weekday: words }, note: '"time":{"ns":0,' };
      const call = toolCall({ arguments: hostile });
      const { document, text } = callInput(call, subject({ id: words }), facts());
      const read = JSON.parse(text);
      expect(text).toContain('"time":{"ns":1790000000000000000,');
      expect(read.context.arguments).toEqual(JSON.parse(JSON.stringify(hostile)));
      const shown = JSON.parse(JSON.stringify(document));
      for (const context of [read.context, shown.context]) context.time = null;
      expect(read).toEqual(shown);
      expect(Object.keys(read.context)).toEqual(Object.keys(shown.context));
    }),
  );
});

test("writes arguments by the bytes they were read from, and never by that of another value", () => {
  const args = { order_id: "881", amount: 120 };
  const read = { value: args, bytes: Buffer.from('{"order_id":"881","amount":120}') };
  const written = (call: ToolCall): unknown =>
    JSON.parse(callInput(call, subject(), facts()).forRecord().text).context.arguments;
  expect(
    written(toolCall({ arguments: args, argumentsRead: { ...read, bytes: Buffer.from('{"as":"sent"}') } })),
  ).toEqual({
    as: "sent",
  });
  expect(written(toolCall({ arguments: { ...args, amount: 9 }, argumentsRead: read }))).toEqual({ ...args, amount: 9 });
  expect(written(toolCall({ arguments: args, argumentsRead: { ...read, bytes: null } }))).toEqual(args);
});

test("shows answers to a tool server where its era has them, and nothing that a tool or a server calls by that name", () => {
  const inputResponses = { k: { action: "accept" } };
  const modern = { era: "modern" } as McpMessage;
  const shown = (changes: Partial<ToolCall>): unknown =>
    callInput(toolCall(changes), subject(), facts()).document.context["input_responses"];
  const args = { arguments: { inputResponses } };
  expect(shown({ mcp: modern, beside: { inputResponses } })).toEqual(inputResponses);
  for (const resourceType of ["resource", "server"] as const)
    expect(shown({ mcp: modern, resourceType, ...args })).toEqual(inputResponses);
  expect(shown({ mcp: modern, ...args })).toBeUndefined();
  expect(shown({ resourceType: "server", ...args })).toBeUndefined();
  expect(shown({ mcp: modern, resourceType: "elicitation", serverRequest: { tool: null }, ...args })).toBeUndefined();
  expect(shown({ mcp: modern, resourceType: "resource", argumentsOmitted: true, ...args })).toBeUndefined();
});

test("leaves the history out of the record unless the policy read it, and says so", () => {
  const history = [{ tool: "crm/read_customer", effect: "allow", labels: [], destinations: [], outcome: null, ago: 4 }];
  const known = facts({ session: { id: "s1", trust: "token", calls: 1, labels: ["read:private"], history } });
  const unread = callInput(toolCall(), subject(), known);
  expect(JSON.parse(unread.forRecord().text).context.session).toEqual({
    id: "s1",
    trust: "token",
    calls: 1,
    labels: ["read:private"],
  });
  expect(unread.forRecord().erased).toEqual(["/input/context/session/history"]);
  expect(unread.forRecord().text).toContain('"time":{"ns":1790000000000000000,');
  // To look at the document, or to write it whole, is no reading of the policy's.
  expect(JSON.parse(JSON.stringify({ ...unread.document })).context.session.history).toEqual(history);
  expect(unread.text).toContain("crm/read_customer");
  expect(unread.forRecord().erased).toEqual(["/input/context/session/history"]);
  const read = callInput(toolCall(), subject(), known);
  read.markHistoryRead?.();
  expect(JSON.parse(read.text).context.session.history).toEqual(history);
  expect(read.forRecord()).toEqual({ text: read.text, erased: [] });
});

test("says absent with null or none, never by leaving a member out", () => {
  const { document } = callInput(toolCall(), subject({ actingFor: null }), facts());
  expect(document.subject["properties"]).toHaveProperty("acting_for", null);
  expect(document.context).toMatchObject({ task: null, provenance: [], approval: { status: "none", id: null } });
});

test("names the claims that were left out, and says nothing of the text of a task", () => {
  const taskText = { text: "pay ann@shop.example", truncated: false };
  const input = callInput(toolCall(), subject({ claimsOmitted: ["groups"], taskText }), facts());
  expect(input.document.subject["properties"]).toHaveProperty("claims_omitted", ["groups"]);
  expect(input.text + input.forRecord().text).not.toContain("ann@shop.example");
  expect(callInput(toolCall(), subject(), facts()).document.subject["properties"]).toHaveProperty("claims_omitted", []);
});

test("looks up where values come from when somebody asks, and leaves it out of the record when nobody did", () => {
  const value: ProvenanceFact = {
    ...({ pointer: "/to", role: "destination", kind: "email", seen: "never" } as const),
    inside: false,
    host: null,
    identified: false,
    back: false,
    tool: null,
    ago: null,
  };
  let lookups = 0;
  const known = () =>
    provenanceOnDemand(() => {
      lookups += 1;
      return { provenance: [value], secrets: [], copied: ["/body"], completes: null, asked: false };
    });
  const unread = callInput(toolCall(), subject(), facts({ provenance: known() }));
  expect(JSON.parse(unread.forRecord().text).context).not.toHaveProperty("provenance");
  expect(unread.forRecord().erased).toEqual(
    ["provenance", "secrets", "copied", "completes", "asked", "before"].map((member) => `/input/context/${member}`),
  );
  expect(lookups).toBe(0);
  const read = callInput(toolCall(), subject(), facts({ provenance: known() }));
  expect(read.document.context["provenance"]).toEqual([value]);
  expect(read.forRecord().erased).toEqual(["/input/context/before"]);
  expect(read.document.context["before"]).toEqual({ same: true, there: 1 });
  expect(read.forRecord().erased).toEqual([]);
  const recorded = JSON.parse(read.forRecord().text).context;
  expect(recorded).toMatchObject({
    provenance: [value],
    secrets: [],
    copied: ["/body"],
    completes: null,
    before: { same: true, there: 1 },
    asked: false,
  });
  expect(lookups).toBe(1);
});

test("looks for the risk when somebody asks, and leaves it out of the record when nobody did", () => {
  let looks = 0;
  const known = () =>
    new RiskOnDemand(
      () => {
        looks += 1;
        return [{ name: "burst", strength: 1, evidence: "about 300 calls in 60 s", at: 0 }];
      },
      riskSettings(),
      0,
    );
  const unread = callInput(toolCall(), subject(), facts({ risk: known() }));
  expect(JSON.parse(unread.forRecord().text).context).not.toHaveProperty("risk");
  expect([unread.forRecord().erased, looks]).toEqual([["/input/context/risk"], 0]);
  const read = callInput(toolCall(), subject(), facts({ risk: known() }));
  expect(read.document.context["risk"]).toMatchObject({ score: 0.3 });
  expect(read.forRecord().erased).toEqual([]);
  const signals = [{ name: "burst", weight: 0.3, evidence: "about 300 calls in 60 s", ago: 0 }];
  expect(JSON.parse(read.forRecord().text).context.risk).toEqual({ score: 0.3, signals });
  expect(looks).toBe(1);
});

const nothing: Asserted = {
  subject: { type: "agent", properties: {} },
  action: { method: "POST", properties: {} },
  resource: { type: "tool", id: "a/b", request: {}, properties: {} },
  context: {},
  pep: {},
};

test("what detectors find in the arguments is looked for when the policy reads it, and kept only then", () => {
  const looked: string[] = [];
  const call = toolCall({ arguments: { to: "ada@a.example" } });
  const inputOf = (asserted: Asserted | null = null) => {
    const detected = new ArgumentDetections(call, (text) => {
      looked.push(text);
      return text.includes("@") ? [{ kind: "email", start: 0, end: text.length }] : [];
    });
    return callInput(call, subject(), facts({ detected }), asserted);
  };
  const unread = inputOf();
  expect(unread.forRecord().text).not.toContain("detected");
  inputOf({ ...nothing, context: { more: 1 } });
  expect(looked).toEqual([]);
  const found = [{ kind: "email", pointer: "/to", count: 1 }];
  expect(unread.document.context["detected"]).toEqual(found);
  expect(JSON.parse(unread.forRecord().text).context.detected).toEqual(found);
  expect(JSON.parse(unread.text).context.detected).toEqual(found);
  const asked = inputOf({ ...nothing, context: { more: 1 } });
  expect(asked.document.context).toMatchObject({ asserted: { more: 1 }, pep: {}, detected: found });
});
