import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { ReceivedHead } from "../../../gateway/act/forward/answer-head.ts";
import type { MessageJudge } from "../../../gateway/domain/exchange.ts";
import { task } from "../../support/store-contracts/mcp-tasks.ts";
import { CapturedResponse, ofTask, taskSink } from "../../../gateway/tasks/task-sink.ts";

const question = { jsonrpc: "2.0", id: "q-1", method: "elicitation/create", params: { message: "Sure?" } };
const answer = { jsonrpc: "2.0", id: 7, result: { content: [] } };
const event = (message: object) => Buffer.from(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
const passes: MessageJudge = (text) => Promise.resolve(text);

function sinkFor(judge: MessageJudge = passes, hears = true) {
  const res = new CapturedResponse(new IncomingMessage(new Socket()));
  const questions: Promise<string | null>[] = [];
  const sink = taskSink(res, hears ? (text) => void questions.push(text) : null)(7, 10_000, judge);
  sink.head(new ReceivedHead(200, [Buffer.from("content-type"), Buffer.from("text/event-stream")]));
  return { res, sink, questions };
}

test("hears a question in the middle of the call, and keeps the answer", async () => {
  const { res, sink, questions } = sinkFor();
  const bytes = event(question);
  sink.data(bytes.subarray(0, 30));
  sink.data(bytes.subarray(30));
  expect((await Promise.all(questions)).map((text) => JSON.parse(text ?? "") as unknown)).toEqual([question]);
  sink.data(event({ jsonrpc: "2.0", method: "notifications/message", params: {} }));
  sink.data(event(answer));
  await sink.end();
  expect([JSON.parse(res.text), questions.length]).toEqual([answer, 1]);
});

test("passes a question on as it may reach the caller", async () => {
  const { sink, questions } = sinkFor(() => Promise.resolve(null));
  sink.data(event(question));
  expect(await questions[0]).toBeNull();
});

test("refuses a question where nobody could hear it", () => {
  const { sink } = sinkFor(passes, false);
  expect(() => sink.data(event(question))).toThrow(expect.objectContaining({ code: "task_question_lost" }));
});

test("says in a question which task it belongs to", () => {
  expect(JSON.parse(ofTask(JSON.stringify(question), task("t-1")))).toEqual({
    ...question,
    params: { ...question.params, _meta: { "io.modelcontextprotocol/related-task": { taskId: "t-1" } } },
  });
});

test("asks with the name that the caller of the task has called, in the place of a made-up one", () => {
  const { request } = task("t-1");
  const renaming = { placeholder: "xtoken", original: 'the "é"' };
  const asked = { ...question, params: { message: "Run xtoken?" } };
  const told = ofTask(JSON.stringify(asked), { id: "t-1", request: { ...request, renaming } });
  expect(JSON.parse(told)).toMatchObject({ params: { message: 'Run the "é"?' } });
});
