import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { McpAnswers } from "../../../../gateway/act/results/mcp-answers.ts";
import { MessageSink } from "../../../../gateway/act/results/message-sink.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { allVisible } from "../../../support/all-visible.ts";
import { evaluated, TestClock, toolCall } from "../../../support/builders.ts";
import { quiet } from "../../../support/quiet.ts";

const mcp = { era: "legacy", version: "2025-11-25", kind: "request", id: 8, transportSession: null } as McpMessage;
const progress = 'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n';
const answer = 'data: {"jsonrpc":"2.0","id":8,"result":{"content":[]}}\n\n';

/** An event stream of a tool whose call is noted when it is let go, and what of it reaches the caller. */
function world() {
  const said: string[] = [];
  const noting = Promise.withResolvers<void>();
  let notes = 0;
  const observed = {
    noted: Promise.resolve(),
    ended: () => ((notes += 1) === 1 ? noting.promise : undefined),
  };
  const write = (text: string) => said.push(/progress|"result"|: more/.exec(text)?.[0] ?? "") > 0;
  const res = { write, writeHead() {}, flushHeaders() {}, once() {}, end: () => void said.push("end") };
  const exchange = { res, observed, eventStreamOpen: false } as unknown as Exchange;
  const lists = { opened: () => () => undefined, announced() {} } as never;
  const answers = new McpAnswers(allVisible, {
    begun: {} as never,
    pages: {} as never,
    lists,
    logger: quiet,
    clock: new TestClock(),
  });
  const call = evaluated({ call: toolCall({ mcp, action: "tools/call" }) });
  const readers = { judge: null, capture: null, present: null, requests: {} as never };
  const sink = new MessageSink(exchange, call, answers, readers);
  sink.head(new ReceivedHead(200, [Buffer.from("content-type"), Buffer.from("text/event-stream")]));
  return { sink, said, noting, exchange };
}

test("an event that answers the call waits until the history says so, and none before it", async () => {
  const { sink, said, noting } = world();
  expect(sink.data(Buffer.from(progress))).toBe(true);
  expect(said).toEqual(["progress"]);
  expect(sink.data(Buffer.from(answer))).toBe(false);
  await new Promise(setImmediate);
  expect(said).toEqual(["progress"]);
  const drained = new Promise<void>((resume) => sink.onDrain(() => resume()));
  noting.resolve();
  await drained;
  expect(said).toEqual(["progress", '"result"']);
});

test("an end that comes while the answer waits is told behind it", async () => {
  const { sink, said, noting } = world();
  sink.data(Buffer.from(`${answer}: more\n\n`));
  const ending = sink.end();
  await new Promise(setImmediate);
  expect(said).toEqual([]);
  noting.resolve();
  await ending;
  expect(said).toEqual(['"result"', "end"]);
});

test("an answer that the history cannot have does not pass, and what is told in its place is one more event", async () => {
  const { sink, said, noting, exchange } = world();
  sink.data(Buffer.from(answer));
  const failed = new Promise<Error | undefined>((resume) => sink.onDrain(resume));
  noting.reject(new Error("the store is gone"));
  expect(await failed).toMatchObject({ code: "answer_not_noted" });
  expect([said, exchange.eventStreamOpen]).toEqual([[], true]);
});
