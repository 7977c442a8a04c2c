import { decisionFields, fieldsOf } from "../../../gateway/domain/decision-fields.ts";

const decision = {
  tool: "crm/find",
  subject: "bot",
  acting_for: "ann",
  session: "s",
  task: "t",
  route: "crm",
  protocol: "mcp",
  action: "tools/call",
  method: "POST",
  trace_id: "0a",
  labels: { instance: "gw-1" },
  approval_id: "a_1",
  bundles: { sallyport: { revision: "r1" } },
  rules: ["b", "a"],
  result: { effect: "deny", reasons: [{ code: "Z", rule: "b" }, { code: "A", rule: "c" }, { code: "Z" }] },
};

test("reads every field of a decision and its outcome", () => {
  expect(fieldsOf(decision, { outcome: "refused", status: 403, approval_id: null })).toEqual({
    effect: "deny",
    tool: "crm/find",
    subject: "bot",
    person: "ann",
    session: "s",
    task: "t",
    route: "crm",
    code: "A Z",
    rule: "a b c",
    protocol: "mcp",
    action: "tools/call",
    method: "POST",
    outcome: "refused",
    status: "403",
    approval: "a_1",
    revision: "r1",
    trace: "0a",
    instance: "gw-1",
  });
});

test("takes the approval that an outcome names, and null for whatever no record says", () => {
  expect(fieldsOf(decision, { approval_id: "a_2" }).approval).toBe("a_2");
  expect(Object.values(fieldsOf({}, null))).toEqual(decisionFields.map(() => null));
});
