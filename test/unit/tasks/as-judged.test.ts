import type { ResultDecision } from "../../../gateway/domain/decision.ts";
import type { InputDocument } from "../../../gateway/domain/policy-input.ts";
import type { McpTask, TaskAnswer } from "../../../gateway/domain/tasks.ts";
import { asJudged } from "../../../gateway/tasks/as-judged.ts";
import type { Poll } from "../../../gateway/tasks/poll.ts";
import { resultWorld } from "../act/results/support/judge.ts";
import { task } from "../../support/store-contracts/mcp-tasks.ts";

const body = Buffer.from(
  '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"send","arguments":{"n":1.50}}}',
);
const answered = (answer: TaskAnswer, change: Partial<McpTask> = {}) =>
  task("a", { tool: "payments/send", state: "answered", answer, request: { ...task("a").request, body }, ...change });
const text = (said: string, isError = false) => ({ result: { content: [{ type: "text", text: said }], isError } });

async function shown(of: McpTask, answer?: (document: InputDocument) => Partial<ResultDecision>, whole = true) {
  const world = resultWorld(answer === undefined ? {} : { answer });
  const about = { resourceType: "task", action: "tasks/result", name: of.id } as const;
  const judge = answer === undefined ? null : world.judge(about);
  const poll = { judge, evaluated: world.call(about) } as unknown as Poll;
  const { answer: left } = await asJudged(poll, of, whole);
  return { left: JSON.stringify(left), asked: world.asked, told: { ...judge?.unread, ...judge?.summary } };
}

const redacts = () => ({ effect: "redact", redactions: [{ detector: "email" }] }) as const;
const blocks = () => ({ effect: "block" }) as const;

test("gives what a task came to as the policy of now lets it through, judged as the answer of its call", async () => {
  const { left, asked } = await shown(answered(text("to ada@a.example")), redacts);
  expect(left).toBe('{"result":{"content":[{"type":"text","text":"to [redacted]"}],"isError":false}}');
  expect(asked[0]?.resource["id"]).toBe("payments/send");
  expect(asked[0]?.action["name"]).toBe("tools/call");
  expect(asked[0]?.context["arguments_omitted"]).toBe(false);
  expect(JSON.stringify(asked[0]?.context["arguments"])).toBe('{"n":1.50}');
});

test.each<[string, TaskAnswer]>([
  ["a result", text("to ada@a.example")],
  ["an error", { error: { code: -1, message: "to ada@a.example", data: { code: "x" } } }],
])("withholds %s that policy blocks now, and says that the call was carried out", async (_what, answer) => {
  const { left } = await shown(answered(answer), blocks);
  expect(left).not.toContain("ada@");
  expect(left).toContain("result_blocked");
  expect(left).toContain("The call was carried out");
});

test("what the gateway itself said of the call is not judged", async () => {
  const told = (await shown(answered(text("to ada@a.example")), blocks)).left;
  const { left, asked } = await shown(answered(JSON.parse(told) as TaskAnswer), blocks);
  expect([left, asked]).toEqual([told, []]);
});

test("where only the text of a failure is shown, only that is judged", async () => {
  expect((await shown(answered(text("fine")), blocks, false)).asked).toEqual([]);
  expect((await shown(answered(text("to ada@a.example", true)), blocks, false)).left).toContain("result_blocked");
  expect((await shown(task("a"), blocks)).asked).toEqual([]);
});

test("what is larger than policy may read is withheld", async () => {
  const { left, told } = await shown(answered(text("x".repeat(2_000))), () => ({}));
  expect(left).toContain("result_too_large");
  expect(told).toMatchObject({ effect: "block", reasons: ["result_too_large"] });
});

test("why an answer that cannot be read is withheld is for the record, and not for the caller", async () => {
  const resource = { uri: "a:b", mimeType: "text/plain", blob: "enp6" };
  const { left, told } = await shown(answered({ result: { contents: [resource] } }), () => ({}));
  expect(left).toContain("result_unreadable");
  expect(left).not.toContain("blob");
  expect(told).toMatchObject({
    detail: "text as a blob, which rules cannot read",
    effect: "block",
    judged: 0,
    reasons: ["result_unreadable"],
  });
});

test("gives it as it is when no rule has a say", async () => {
  const answer = text("to ada@a.example");
  expect((await shown(answered(answer))).left).toBe(JSON.stringify(answer));
});
