import {
  errorOfDecision,
  errorOfEnded,
  errorOfRefusal,
  nextStep,
  textFor,
} from "../../../../gateway/act/respond/refusal-wording.ts";
import type { Approval } from "../../../../gateway/domain/approval.ts";
import { mcpAnswer } from "../../../../gateway/act/respond/mcp.ts";
import { errorCatalogue, type ErrorCode, policyFaults, Refusal } from "../../../../gateway/domain/errors.ts";
import { decision, toolCall } from "../../../support/builders.ts";

const reason = {
  code: "ARGUMENT_OVER_LIMIT",
  message: "amount must be at most 500",
  rule: "arguments/limits",
  severity: "high",
  controls: [],
} as const;
const denied = { decisionId: "d_1", call: toolCall() };
const rpc = { id: 0, method: "tools/call", modern: false };

test("tells a model what was blocked, why, that it must not retry, and a reference", () => {
  const told = errorOfDecision(decision({ effect: "deny", reasons: [reason] }), denied);
  expect(textFor(told)).toBe(
    "Blocked by policy: payments/create_refund: amount must be at most 500. Do not retry with the same arguments. Reference d_1.",
  );
});

test("leads with the first reason and the name of the tool or method, and tells a model the others after it", () => {
  const second = { ...reason, code: "OUTSIDE_HOURS", message: "runs Monday to Friday" };
  const told = errorOfDecision(decision({ effect: "deny", reasons: [reason, second] }), denied);
  expect(told.sentence).toBe("payments/create_refund: amount must be at most 500");
  expect(told.reasons.map(({ code }) => code)).toEqual(["ARGUMENT_OVER_LIMIT", "OUTSIDE_HOURS"]);
  expect(textFor(told)).toContain("at most 500. Also: runs Monday to Friday. Do not retry");
  const method = { ...denied, call: toolCall({ resourceType: "server", action: "resources/list", name: "crm" }) };
  const silent = { ...reason, message: "No rule permits this call: resources/list needs an entitlement for crm" };
  expect(errorOfDecision(decision({ effect: "deny", reasons: [silent] }), method).sentence).toBe(silent.message);
  expect(errorOfDecision(decision({ effect: "deny", reasons: [second] }), method).sentence).toBe(
    "resources/list: runs Monday to Friday",
  );
});

test("tells a caller where in what it sent something is wrong, in its own words", () => {
  const told = errorOfRefusal(new Refusal("json_duplicate_key", { hint: "at byte 28", place: "/my/key" }), "d_1");
  expect(told.sentence).toContain("(at byte 28, in /my/key)");
});

test("tells a caller which limit of the policy's input it met, and nothing of what other faults say", () => {
  const of = (indeterminate: ErrorCode) =>
    errorOfDecision(decision({ effect: "deny", indeterminate, detail: "policy.input.max: more than 9 bytes" }), denied);
  expect(of("policy_input_too_large").sentence).toContain("(policy.input.max: more than 9 bytes)");
  expect(of("policy_threw").sentence).not.toContain("9 bytes");
});

test("cannot be mistaken: a rule's deny and a failing policy differ in code, sentence and advice", () => {
  const rule = errorOfDecision(decision({ effect: "deny", reasons: [reason] }), denied);
  const doubt = errorOfDecision(
    decision({
      effect: "deny",
      indeterminate: "policy_out_of_fuel",
      reasons: [{ ...reason, code: "policy_out_of_fuel", rule: "gateway" }],
    }),
    denied,
  );
  expect([rule.code, rule.status, rule.retryable]).toEqual(["ARGUMENT_OVER_LIMIT", 403, false]);
  expect([doubt.code, doubt.status, doubt.retryable]).toEqual(["policy_out_of_fuel", 503, false]);
  expect(textFor(doubt)).not.toContain("Blocked by policy");
});

test("says of a policy at fault that the same call gets the same answer, and of one that is not loaded that it may not", () => {
  for (const code of policyFaults) {
    const told = errorOfRefusal(new Refusal(code as ErrorCode), "d_1");
    expect([code, told.retryable, nextStep(told)]).toEqual([
      code,
      false,
      "Do not send it again: an operator has to mend the policy first.",
    ]);
  }
  expect(errorOfRefusal(new Refusal("policy_not_loaded"), "d_1").retryable).toBe(true);
});

test.each([
  ["credential_missing", "Get an access token for this route, then send it again."],
  ["mcp_session_unknown", "Begin one with initialize, then send it again there."],
  ["token_audience", "Get a token whose audience is this route, then send it again."],
  ["access_revoked", "Do not send it again: an operator has to give the access back first."],
  ["path_ambiguous", "Do not send it again unchanged."],
] as const)("says after %s what helps", (code, next) => {
  expect(nextStep(errorOfRefusal(new Refusal(code), "d_1"))).toBe(next);
});

test("answers a tool call with isError in HTTP shape of a result and keeps the id's type and value", () => {
  const answer = JSON.parse(mcpAnswer(errorOfDecision(decision({ effect: "deny", reasons: [reason] }), denied), rpc));
  expect(answer).toMatchObject({
    jsonrpc: "2.0",
    id: 0,
    result: { isError: true, _meta: { "dev.sallyport/decision": { id: "d_1", outcome: "deny", retryable: false } } },
  });
  expect(answer.result).not.toHaveProperty("resultType");
  expect(answer.result).not.toHaveProperty("structuredContent");
  const modern = JSON.parse(
    mcpAnswer(errorOfDecision(decision({ effect: "deny", reasons: [reason] }), denied), {
      ...rpc,
      id: "",
      modern: true,
    }),
  );
  expect(modern).toMatchObject({ id: "", result: { resultType: "complete" } });
});

test("uses no JSON-RPC code of the reserved range that MCP does not define", () => {
  const defined = new Set([-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022]);
  for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
    const answer = JSON.parse(
      mcpAnswer(errorOfRefusal(new Refusal(code), "d_1"), { id: 1, method: "prompts/get", modern: true }),
    );
    expect(answer.error.code <= -32000 && answer.error.code >= -32768 ? defined.has(answer.error.code) : true).toBe(
      true,
    );
  }
});

test("does not forbid a model to retry what it is told to send again", () => {
  const told = errorOfRefusal(new Refusal("mcp_session_unknown"), "d_1");
  expect(textFor(told)).toBe(
    "No such MCP session of this caller. Begin one with initialize, then send it again there. Reference d_1.",
  );
});

test("never tells a caller the operators' detail", () => {
  for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
    const told = errorOfRefusal(new Refusal(code, { detail: "secret-detail" }), "d_1");
    expect(JSON.stringify([told, mcpAnswer(told, rpc)])).not.toContain("secret-detail");
  }
});

test("tells when to try again where that is known, in words, in seconds and in milliseconds", () => {
  const told = errorOfRefusal(new Refusal("limit_exceeded", { hint: "3 per 1m", retryAfterS: 12 }), "d_1");
  expect([told.retryAfterS, told.retryable, nextStep(told)]).toEqual([
    12,
    true,
    "Wait 12 seconds, then send it again.",
  ]);
  expect(textFor(told)).toBe(
    "A limit has no room for this call now; wait and try again. (3 per 1m) Wait 12 seconds, then send it again. Reference d_1.",
  );
  const answer = JSON.parse(mcpAnswer(told, rpc)) as { result: { _meta: Record<string, object> } };
  expect(answer.result._meta["dev.sallyport/decision"]).toMatchObject({ code: "limit_exceeded", retryAfterMs: 12_000 });
  const looped = errorOfRefusal(new Refusal("loop_detected", { retryAfterS: 1 }), "d_1");
  expect(nextStep(looped)).toBe("Do something else: this same call is refused for another 1 second.");
});

test.each([
  ["expired", "approval_expired", true],
  ["withdrawn", "approval_cancelled", true],
  ["denied", "approval_denied", false],
  ["released", "approval_consumed", false],
] as const)(
  "says of a question that is %s in words and members alike whether to send the call again",
  (state, code, again) => {
    const over = { id: "ap_1", state, approve_by: 1_000, votes: [], outcome: null } as unknown as Approval;
    const told = errorOfEnded(over, "d_1");
    expect([told.code, told.retryable]).toEqual([code, again]);
    expect(nextStep(told).startsWith("Do not send it again")).toBe(!again);
    const { result } = JSON.parse(mcpAnswer(told, rpc)) as { result: { _meta: Record<string, object> } };
    const about = result._meta["dev.sallyport/decision"];
    expect(about).toMatchObject({ approvalId: "ap_1", retryable: again });
    // There is nothing to wait for.
    expect(about).not.toHaveProperty("retryAfterMs");
  },
);
