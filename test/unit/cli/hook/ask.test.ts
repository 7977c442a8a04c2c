import { ask } from "../../../../gateway/cli/hook/ask.ts";
import type { LocalCall } from "../../../../gateway/cli/hook/local-call.ts";
import { answeringGateway, type Given } from "../../../support/hooks/answering.ts";

const call: LocalCall = { tool: "bash", arguments: { command: "ls" }, session: "s", folder: "/w" };
const reason = { code: "NOT_NOW", message: "Not now\u001b[2J", rule: "a/b", severity: "high" };
const access = { endpoint: "x", expires_at: "2026-01-01T00:00:00Z", binding_token: "b" };
const held: Given = [
  200,
  { decision: false, context: { evaluation_id: "d_1", reasons: [reason], access_request: access } },
];
const pending: Given = [202, { task: { id: "h_1", status: "pending", display: { title: "People are asked" } } }];
const approval = { id: "h_1", state: "jws" };
const approved: Given = [200, { task: { id: "h_1", status: "approved" }, result: { approval } }];

async function asked(answers: readonly Given[], waitMs = 0) {
  const gateway = await answeringGateway(answers);
  try {
    const through = { gateway: gateway.url, servers: new Set<string>() };
    const options = { name: "codex", through, server: "local", console: "https://console.example", waitMs };
    const answer = await ask({ ...options, token: "t0k3n", now: () => performance.now() }, call).catch(String);
    return { answer, asked: gateway.asked };
  } finally {
    await gateway.close();
  }
}

it("asks about the call with the agent's token, and about nothing that changes from one try to the next", async () => {
  const { answer, asked: requests } = await asked([[200, { decision: true }]]);
  expect(answer).toEqual({ effect: "allow" });
  expect(requests).toMatchObject([
    { method: "POST", path: "/access/v1/self/evaluation", headers: { authorization: "Bearer t0k3n" } },
  ]);
  expect(requests[0]?.body).toEqual({
    subject: { type: "agent", id: "self" },
    action: { name: "tools/call" },
    resource: { type: "tool", id: "local/bash" },
    context: { arguments: { command: "ls" }, client: { name: "codex", session: "s", folder: "/w" } },
  });
});

it("denies with each reason, its code, and nothing that moves the terminal's cursor", async () => {
  const { answer } = await asked([[200, { decision: false, context: { reasons: [reason], reason: "policy_denied" } }]]);
  expect(answer).toEqual({ effect: "deny", reason: "Blocked by Sallyport: Not now [2J (NOT_NOW)." });
  const without = await asked([[200, { decision: false, context: { reason: "internal" } }]]);
  expect(without.answer).toMatchObject({ reason: expect.stringContaining("(internal)") });
});

it("says what is missing where the gateway answers no hooks", async () => {
  const { answer } = await asked([[404, { title: "Not Found", detail: "No route", code: "route_unknown" }]]);
  expect(answer).toContain("its operator has to set authzen.hooks");
});

it("tells of a held call who has to do what", async () => {
  const { answer, asked: requests } = await asked([held, pending]);
  expect(answer).toEqual({
    effect: "deny",
    reason:
      "Held by Sallyport, and not executed: Not now [2J (NOT_NOW). A person has to approve exactly this call at " +
      "https://console.example/approvals/h_1 (or: sallyport approvals approve h_1). Then repeat the same call unchanged.",
  });
  expect(requests[1]).toMatchObject({
    path: "/access/v1/self/requests",
    headers: { "idempotency-key": '"d_1"' },
    body: { denial: { evaluation_id: "d_1", expires_at: access.expires_at, binding_token: "b" } },
  });
});

it("waits for people, and asks again with what they approved", async () => {
  const { answer, asked: requests } = await asked([held, pending, approved, [200, { decision: true }]], 60_000);
  expect(answer).toEqual({ effect: "allow" });
  expect(requests.map(({ method, path }) => [method, path])).toEqual([
    ["POST", "/access/v1/self/evaluation"],
    ["POST", "/access/v1/self/requests"],
    ["GET", "/access/v1/self/requests/h_1"],
    ["POST", "/access/v1/self/evaluation"],
  ]);
  expect(requests[3]?.body).toMatchObject({ context: { arguments: { command: "ls" }, approval } });
});

it("denies what people refused, and what policy denies although they approved", async () => {
  const refused: Given = [200, { task: { id: "h_1", status: "denied", display: { title: "A person refused this" } } }];
  expect((await asked([held, refused])).answer).toMatchObject({
    effect: "deny",
    reason: expect.stringContaining("A person refused this."),
  });
  expect((await asked([held, approved, held])).answer).toMatchObject({ effect: "deny" });
});

it.each<[string, readonly Given[]]>([
  ["no JSON", [[200, "<html>"]]],
  ["a list", [[200, []]]],
  ["no decision", [[200, {}]]],
  ["a decision that is a text", [[200, { decision: "true" }]]],
  ["a context that is no object", [[200, { decision: false, context: [] }]]],
  ["an allow with an error status", [[500, { decision: true }]]],
  ["an error", [[503, { title: "No policy is active.", code: "policy_not_loaded" }]]],
  ["a redirect", [[307, {}]]],
  ["a task without a state", [held, [202, { task: { id: "h_1" } }]]],
  ["an error of the request", [held, [403, { title: "No." }]]],
])("believes nothing of %s", async (_what, answers) => {
  expect((await asked(answers)).answer).toMatch(/^Error: the gateway|^Error: http/);
});
