import type { KeptResult, Result } from "../../../../gateway/act/kept/kept-results.ts";
import { replay } from "../../../../gateway/act/kept/replay.ts";
import type { InputDocument } from "../../../../gateway/domain/policy-input.ts";
import type { ResultDecision } from "../../../../gateway/domain/decision.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { resultWorld } from "../results/support/judge.ts";
import { exchangeOf } from "./support/exchange.ts";

const mcp = { era: "legacy", id: 9, kind: "request", tasks: null } as unknown as McpMessage;
const http: Result = {
  kind: "http",
  status: 201,
  body: Buffer.from('{"mail":"ada@a.example","n":1.50}'),
  headers: ["Content-Type", "application/json", "ETag", '"1"', "Content-Length", "33", "Location", "/payments/v1/r"],
};
const message: Result = {
  kind: "mcp",
  era: "legacy",
  message: '{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":"to ada@a.example"}]}}',
};

type Says = (document: InputDocument) => Partial<ResultDecision>;

async function given(result: Result, answer?: Says) {
  const world = resultWorld(answer === undefined ? {} : { answer });
  const changes = result.kind === "http" ? {} : { mcp, action: "tools/call" };
  const { said, exchange } = exchangeOf(result.kind);
  const evaluated = world.call(changes);
  const kept: KeptResult = { decisionId: "d_1", endedAt: 0, result };
  const judge = answer === undefined ? null : world.judge(changes);
  const outcome = await replay(
    exchange,
    { ...evaluated, decisionId: "d_2" },
    { approvalId: "a_1", kept, result },
    judge,
  );
  return { said, outcome, labelled: world.labelled, asked: world.asked };
}

const blocks: Says = () => ({
  effect: "block",
  reasons: [{ code: "NOW_INTERNAL", message: "It is internal now.", rule: "a/b", severity: "high", controls: [] }],
});
const redacts: Says = () => ({ effect: "redact", redactions: [{ detector: "email" }] });

test("gives a result as it was kept when no rule has a say", async () => {
  const { said, outcome } = await given(http);
  expect(said).toMatchObject({ status: 201, body: '{"mail":"ada@a.example","n":1.50}' });
  expect(said.headers).toEqual(expect.arrayContaining(["Sallyport-Outcome", "replayed", "Location", "/payments/v1/r"]));
  expect(outcome).toMatchObject({ kind: "replayed", approvalId: "a_1", status: 201, result: null });
});

test.each([
  ["of HTTP", http, '{"mail":"[redacted]","n":1.50}'],
  ["of MCP", message, '"text":"to [redacted]"'],
])("takes out of a result %s what policy does not let through any more", async (_of, result, left) => {
  const { said, outcome } = await given(result, redacts);
  expect(said.body).toContain(left);
  expect(said.body).not.toContain("ada@");
  expect(said.headers).toEqual(expect.arrayContaining(["Sallyport-Outcome", "replayed"]));
  expect(said.headers).not.toContain("ETag");
  expect(outcome).toMatchObject({ kind: "replayed", result: { effect: "redact", redacted: 1 } });
});

test.each([
  ["of HTTP", http],
  ["of MCP", message],
])("withholds a result %s that policy blocks now, and says that the call was carried out", async (_of, result) => {
  const { said, outcome } = await given(result, blocks);
  expect(said.body).not.toContain("ada@");
  expect(said.body).toContain("result_blocked");
  expect(said.body).toMatch(/"executed":true|The call was carried out/);
  expect(outcome).toMatchObject({
    kind: "withheld",
    code: "result_blocked",
    approvalId: "a_1",
    result: { effect: "block" },
  });
});

test("is judged as the repeated call is, and its labels are there before it is given", async () => {
  const { asked, labelled } = await given(message, () => ({ labels: ["read:private"] }));
  expect(asked[0]?.context["result"]).toMatchObject({ part: "answer", status: 200 });
  expect((asked[0]?.resource["properties"] as JsonObject)["tool"]).toBe("create_refund");
  expect(labelled).toEqual(["read:private"]);
});

test("what policy cannot read of a kept result is withheld, too", async () => {
  const packed: Result = { ...http, headers: ["Content-Type", "application/json", "Content-Encoding", "gzip"] };
  const unread = { kind: "withheld", code: "result_unreadable", detail: "content encoding gzip" };
  expect((await given(packed, () => ({}))).outcome).toMatchObject(unread);
  const large: Result = {
    ...http,
    body: Buffer.from(JSON.stringify("x".repeat(2_000))),
    headers: ["Content-Type", "application/json"],
  };
  expect((await given(large, () => ({}))).outcome).toMatchObject({ kind: "withheld", code: "result_too_large" });
});
