import type { ResultFact } from "../../../../gateway/domain/result.ts";
import { resultWorld } from "./support/judge.ts";

const answer = {
  part: "answer",
  status: 200,
  content_types: ["application/json"],
  bytes: 20,
  is_error: false,
  content: { to: "eve@evil.example", n: 1 },
  isReadable: true,
} as const;
const reason = { code: "NO", message: "not this", rule: "a/b", severity: "low", controls: [] } as const;
const resultIn = (document: { readonly context: object } | undefined) =>
  (document?.context as { readonly result: ResultFact } | undefined)?.result;

test("asks about the call it was sent for, with what came back", async () => {
  const { judge, asked } = resultWorld();
  await judge().judge(answer);
  expect(asked[0]).toMatchObject({ phase: "result", resource: { id: "payments/create_refund" } });
  const { isReadable: _, ...fact } = answer;
  expect(JSON.parse(JSON.stringify(resultIn(asked[0])))).toEqual({
    ...fact,
    content_omitted: false,
    detected: [{ kind: "email", pointer: "/to", count: 1 }],
  });
});

test("keeps the content from a policy that only scans, and what was found is there all the same", async () => {
  const { judge, asked } = resultWorld({ results: { policy: "scan" } });
  await judge().judge(answer);
  expect(resultIn(asked[0])).toMatchObject({ content: null, content_omitted: true, detected: [{ kind: "email" }] });
  expect(await judge().judge({ ...answer, content: null, isReadable: false })).toBeNull();
});

test("labels the session before it says anything, also of a block", async () => {
  const { judge, labelled } = resultWorld({
    answer: () => ({ effect: "block", reasons: [reason], labels: ["b", "a"] }),
  });
  const blocked = judge();
  await expect(blocked.judge(answer)).rejects.toMatchObject({
    code: "result_blocked",
    hint: "not this",
    reasons: [reason],
  });
  expect(labelled).toEqual(["b", "a"]);
  expect(blocked.summary).toEqual({ effect: "block", judged: 1, redacted: 0, reasons: ["NO"], labels: ["a", "b"] });
});

test("a policy that gives no usable answer withholds", async () => {
  const { judge } = resultWorld({ answer: () => ({ effect: "block", indeterminate: "policy_shape", detail: "x" }) });
  const doubtful = judge();
  await expect(doubtful.judge(answer)).rejects.toMatchObject({ code: "result_undecided", detail: "policy_shape: x" });
  expect(doubtful.summary?.reasons).toEqual(["policy_shape"]);
});

test("removes what is named, and says pass when nothing of it was there", async () => {
  const { judge } = resultWorld({ answer: () => ({ effect: "redact", redactions: [{ pointer: "/to" }] }) });
  const redacting = judge();
  expect(await redacting.judge(answer)).toEqual({ to: "[redacted]", n: 1 });
  expect(redacting.summary).toMatchObject({ effect: "redact", redacted: 1 });
  const none = judge();
  const content = { n: 1 };
  expect(await none.judge({ ...answer, content })).toBe(content);
  expect(none.summary).toMatchObject({ effect: "pass", redacted: 0 });
});

test("withholds what is to be rewritten and cannot be read", async () => {
  const { judge } = resultWorld({
    answer: () => ({ effect: "redact", redactions: [{ detector: "email" }] }),
    results: { policy: "scan" },
  });
  const unread = { ...answer, content: null, isReadable: false };
  await expect(judge().judge(unread)).rejects.toMatchObject({ code: "result_unreadable" });
});

test("withholds a tool's result when what is left does not fit its schema", async () => {
  const { judge } = resultWorld({
    answer: () => ({ effect: "redact", redactions: [{ pointer: "/structuredContent/to" }] }),
    outputSchema: { required: ["to"] },
    fits: (schema) => !("required" in schema),
  });
  const content = { content: [], structuredContent: { to: "x" } };
  await expect(judge().judge({ ...answer, content, resultOf: "create_refund" })).rejects.toMatchObject({
    code: "result_unreadable",
    detail: expect.stringContaining("outputSchema"),
  });
});

test("the result of a tool that another message asked for is judged as that tool's", async () => {
  const { judge, asked } = resultWorld();
  await judge({ action: "tasks/result", resourceType: "server", name: "payments" }).judge({
    ...answer,
    resultOf: "get_order",
  });
  expect(asked[0]).toMatchObject({
    action: { name: "tools/call" },
    resource: { id: "payments/get_order" },
    context: { arguments_omitted: true },
  });
});

test("has no say where the route or the policy's rules leave it none", () => {
  expect(resultWorld({ results: { policy: "off" } }).phase.of(resultWorld().call())).not.toBeNull();
  const off = resultWorld({ results: { policy: "off" } });
  expect(off.phase.of(off.call())).toBeNull();
  const rules = { everywhere: false, tools: { payments: ["get_order"] } };
  const one = resultWorld({ rules });
  expect(one.phase.of(one.call())).toBeNull();
  expect(one.phase.of(one.call({ name: "get_order" }))).not.toBeNull();
  // Of which tool the result is, only the answer says.
  expect(one.phase.of(one.call({ action: "tasks/result", resourceType: "server", name: "payments" }))).not.toBeNull();
});

const noRules = { everywhere: false, tools: {} };

test("remembers what reaches the caller where the policy asks where values come from, and asks no rule about it", async () => {
  const { judge, asked, learnt } = resultWorld({ rules: noRules, readsProvenance: true });
  const reading = judge();
  expect(await reading.judge(answer)).toBe(answer.content);
  expect(learnt).toEqual([{ tool: "create_refund", content: answer.content }]);
  expect([asked, reading.summary]).toEqual([[], null]);
});

test("remembers what rules have left of an answer, and nothing of one that they block", async () => {
  const redacting = resultWorld({
    answer: () => ({ effect: "redact", redactions: [{ pointer: "/to" }] }),
    readsProvenance: true,
  });
  const left = await redacting.judge().judge(answer);
  expect(redacting.learnt).toEqual([{ tool: "create_refund", content: left }]);
  const blocking = resultWorld({ answer: () => ({ effect: "block", reasons: [reason] }), readsProvenance: true });
  await expect(blocking.judge().judge(answer)).rejects.toMatchObject({ code: "result_blocked" });
  expect(blocking.learnt).toEqual([]);
});

test("what nobody could read passes where no rule has a say, after the session has got its label", async () => {
  const { judge, labelled } = resultWorld({ rules: noRules, readsProvenance: true });
  const reading = judge();
  expect(reading.read(Buffer.from('{"a":1,"a":2}'), "application/json")).toEqual({ kind: "other", value: null });
  expect(await reading.judge({ ...answer, content: null, isReadable: false })).toBeNull();
  expect(labelled).toEqual(["read:untrusted"]);
  await reading.passUnread();
  expect(labelled).toEqual(["read:untrusted", "read:untrusted"]);
});

test("an answer of a route that is never read counts as unread before the call is sent", async () => {
  const { phase, call, labelled } = resultWorld({ rules: noRules, readsProvenance: true, results: { policy: "off" } });
  expect(phase.of(call())).toBeNull();
  await phase.beforeSent(call());
  expect(labelled).toEqual(["read:untrusted"]);
});

test.each([
  ["a call of a tool", "tools/call", ["tools/call"]],
  ["a prompt", "prompts/get", ["prompts/get"]],
  ["a list of tools", "tools/list", []],
  ["a poll of a task", "tasks/result", []],
  ["a notification", "notifications/progress", []],
  ["the stream of the transport", "transport/stream", []],
])("remembers what %s says, where it says something", async (_what, action, expected) => {
  const { phase, call, said } = resultWorld({ rules: noRules, readsProvenance: true });
  await phase.beforeSent(call({ action }));
  expect(said).toEqual(expected);
  const plain = resultWorld({ rules: noRules });
  expect(plain.phase.beforeSent(plain.call({ action }))).toBeNull();
});

test("reads no answer of the protocol itself, and none at all for a policy that does not ask", () => {
  const { phase, call } = resultWorld({ rules: noRules, readsProvenance: true });
  expect(phase.of(call({ action: "tools/list", resourceType: "server" }))).toBeNull();
  expect(phase.of(call({ action: "tasks/result", resourceType: "server" }))).not.toBeNull();
  const plain = resultWorld({ rules: noRules });
  expect(plain.phase.of(plain.call())).toBeNull();
});
