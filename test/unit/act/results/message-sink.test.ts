import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { Passage } from "../../../../gateway/act/forward/passage.ts";
import { McpAnswers } from "../../../../gateway/act/results/mcp-answers.ts";
import { MessageSink } from "../../../../gateway/act/results/message-sink.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { allVisible } from "../../../support/all-visible.ts";
import { evaluated, TestClock, toolCall } from "../../../support/builders.ts";
import { quiet } from "../../../support/quiet.ts";
import { resultWorld } from "./support/judge.ts";

/** Jest gives modules no global of this name (https://jestjs.io/docs/ecmascript-modules). */
const { jest: timers } = import.meta as unknown as { readonly jest: typeof jest };

const mcp = { era: "legacy", version: "2025-11-25", kind: "request", id: 8, transportSession: null } as McpMessage;
const lists = { opened: () => () => undefined, announced() {} } as never;
const call = evaluated({ call: toolCall({ mcp, action: "tools/call" }) });

function opened(of: typeof call, eventStreamOpen = false) {
  const said = { written: "", ended: false };
  const write = (text: unknown) => (said.written += String(text)) !== "";
  const res = {
    write,
    writeHead() {},
    flushHeaders() {},
    once() {},
    end: (text: unknown) => void (said.ended = write(text)),
  };
  const exchange = { res, eventStreamOpen } as unknown as Exchange;
  const answers = new McpAnswers(allVisible, {
    begun: {} as never,
    pages: {} as never,
    lists,
    logger: quiet,
    clock: new TestClock(),
  });
  const sink = new MessageSink(exchange, of, answers, {
    judge: null,
    capture: null,
    present: null,
    requests: {} as never,
  });
  return { sink, said };
}

/** What reaches the caller of an HTTP refusal with this body, on a stream that is open already or not. */
function refused(body: string, eventStreamOpen: boolean): string {
  const { sink, said } = opened(call, eventStreamOpen);
  sink.head(new ReceivedHead(400, [Buffer.from("content-type"), Buffer.from("application/json")]));
  sink.data(Buffer.from(body));
  void sink.end();
  return said.written;
}

const error = '{"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"no"}}';

test("an error of the protocol passes, as it is or as the last event", () => {
  expect(refused(error, false)).toBe(error);
  expect(refused(error, true)).toContain(`data: ${error}`);
});

test.each([
  '{"jsonrpc":"2.0","id":8,"method":"elicitation/create","params":{}}',
  '{"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"no"},"Method":"elicitation/create"}',
])("a refusal that is a request of the server is withheld from an open stream: %s", (body) => {
  expect(() => refused(body, true)).toThrow(expect.objectContaining({ code: "upstream_answer_refused" }));
});

test("an answer that came before the gateway could end its stream is passed, as it is or event by event", () => {
  const plain = opened(call);
  expect(plain.sink.close()).toBe(false);
  plain.sink.head(new ReceivedHead(400, [Buffer.from("content-type"), Buffer.from("application/json")]));
  plain.sink.data(Buffer.from(error));
  void plain.sink.end();
  expect(plain.said.written).toBe(error);
  const events = opened(call);
  expect(events.sink.close()).toBe(false);
  events.sink.head(new ReceivedHead(200, [Buffer.from("content-type"), Buffer.from("text/event-stream")]));
  events.sink.data(Buffer.from(`data: ${error}\n\n`));
  expect(events.said.written).toContain(`data: ${error}`);
});

test("a stream that only listens is ended by the gateway as its server would: with its result, where it answers a request", () => {
  const listening = { ...mcp, era: "modern", version: "2026-07-28" } as McpMessage;
  const modern = opened(evaluated({ call: toolCall({ mcp: listening, action: "subscriptions/listen" }) }));
  expect(modern.sink.close()).toBe(false);
  modern.sink.head(new ReceivedHead(200, [Buffer.from("content-type"), Buffer.from("text/event-stream")]));
  modern.sink.data(Buffer.from('data: {"jsonrpc":"2.0",'));
  expect([modern.sink.close(), modern.said.ended]).toEqual([true, true]);
  const result = { resultType: "complete", _meta: { "io.modelcontextprotocol/subscriptionId": 8 } };
  expect(modern.said.written).toBe(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: 8, result })}\n\n`);
});

test("a stream goes on when its caller's connection has drained while an event was waited for", async () => {
  const { judge } = resultWorld({ rules: { everywhere: false, tools: {} }, readsProvenance: true });
  const res = {
    writeHead() {},
    flushHeaders() {},
    write: () => false,
    once: () => undefined,
    writableNeedDrain: false,
  };
  const exchange = { res, eventStreamOpen: false } as unknown as Exchange;
  const answers = new McpAnswers(allVisible, {
    begun: {} as never,
    pages: {} as never,
    lists,
    logger: quiet,
    clock: new TestClock(),
  });
  const readers = { judge: judge({ mcp, action: "tools/call" }), capture: null, present: null, requests: {} as never };
  const sink = new MessageSink(exchange, call, answers, readers);
  sink.head(new ReceivedHead(200, [Buffer.from("content-type"), Buffer.from("text/event-stream")]));
  const said = (data: string) =>
    `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data } })}\n\n`;
  expect(sink.data(Buffer.from(said("") + said("words are remembered")))).toBe(false);
  await new Promise<void>((resume, failed) =>
    sink.onDrain((failure) => (failure === undefined ? resume() : failed(failure))),
  );
});

test("a notification is passed on in the turn of the event loop in which it came", async () => {
  const { sink, said } = opened(call);
  sink.head(new ReceivedHead(200, [Buffer.from("content-type"), Buffer.from("text/event-stream")]));
  const source = { pause: () => undefined, resume: () => undefined, taken: () => undefined, over: () => undefined };
  const passage = new Passage(sink, source, 1_000);
  const nextTurn = new Promise<string>((resolve) => setImmediate(() => resolve(said.written)));
  passage.takeTogether(Buffer.from('data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n'));
  expect(said.written).toBe("");
  expect(await nextTurn).toContain("notifications/progress");
});

describe("the head of an event stream that answers initialize", () => {
  const initialize = evaluated({ call: toolCall({ mcp, action: "initialize" }) });
  const named = "Mcp-Session-Id";

  function beginning(lists: object = { opened: () => () => undefined, announced() {} }) {
    const sent: string[] = [];
    const res = {
      flushHeaders() {},
      once() {},
      end: () => void sent.push("end"),
      writeHead: (_status: number, headers: string[]) => void sent.push(headers[headers.indexOf(named) + 1] ?? ""),
      write: (text: string) => sent.push(text) > 0,
    };
    const begun = {
      begun() {},
      shown: (_subject: unknown, _call: unknown, session: string, said: { readonly announced: readonly string[] }) =>
        `${session} with ${said.announced.join()}`,
    };
    const answers = new McpAnswers(allVisible, {
      begun,
      pages: { areDeclaredBy: () => false } as never,
      lists: lists as never,
      logger: quiet,
      clock: new TestClock(),
    });
    const exchange = { res, eventStreamOpen: false } as unknown as Exchange;
    const requests = { message: (_read: unknown, judged: () => unknown) => judged() } as never;
    const readers = { judge: null, capture: null, present: null, requests };
    const sink = new MessageSink(exchange, initialize, answers, readers);
    const headers = ["content-type", "text/event-stream", "mcp-session-id", "s-1"].map((text) => Buffer.from(text));
    sink.head(new ReceivedHead(200, headers));
    return { sink, sent, exchange };
  }
  const result = { capabilities: { tools: { listChanged: true }, prompts: {} } };
  const answer = `data: ${JSON.stringify({ jsonrpc: "2.0", id: 8, result })}\n\n`;

  test("goes with the answer and what came before it, and names the session by what the answer says", () => {
    const { sink, sent } = beginning();
    sink.data(Buffer.from("id: 1\ndata:\n\n"));
    expect(sent).toEqual([]);
    sink.data(Buffer.from(answer));
    expect(sent).toEqual(["s-1 with tools", expect.stringContaining("id: 1\n")]);
    expect(sent[1]).toContain('"listChanged":true');
    void sink.end();
    expect(sent.at(-1)).toBe("end");
  });

  test("goes at the end of a stream that is to be taken up again, and when much has come before the answer", () => {
    const cut = beginning();
    cut.sink.data(Buffer.from("id: 1\ndata:\n\n"));
    void cut.sink.end();
    expect(cut.sent).toEqual(["s-1 with ", expect.stringContaining("id: 1"), "end"]);
    const long = beginning();
    long.sink.data(Buffer.from(`: ${"x".repeat(65_536)}\n\n`));
    expect(long.sent[0]).toBe("s-1 with ");
    long.sink.data(Buffer.from(answer));
    expect(long.sent.at(-1)).toContain('"listChanged":true');
  });

  test("goes with what the server asks before it answers, and what is announced later is told of the session", async () => {
    const announced: unknown[] = [];
    const { sink, sent } = beginning({ announced: (_of: unknown, ...rest: unknown[]) => announced.push(rest) });
    sink.data(Buffer.from('data: {"jsonrpc":"2.0","id":"p-1","method":"ping"}\n\n'));
    await new Promise<void>((resume) => sink.onDrain(() => resume()));
    expect(sent).toEqual(["s-1 with ", expect.stringContaining('"method":"ping"')]);
    sink.data(Buffer.from(answer));
    expect(sent.at(-1)).toContain('"listChanged":true');
    expect(announced).toEqual([["s-1", ["tools"]]]);
  });

  describe("while the answer takes long", () => {
    beforeEach(() => void timers.useFakeTimers());
    afterEach(() => void timers.useRealTimers());

    test("goes after a second, with what has come, and comments go at once from then on", () => {
      const { sink, sent } = beginning();
      sink.data(Buffer.from(": alive\n\n"));
      timers.advanceTimersByTime(999);
      expect(sent).toEqual([]);
      timers.advanceTimersByTime(1);
      expect(sent).toEqual(["s-1 with ", expect.stringContaining("alive")]);
      sink.data(Buffer.from(": still\n\n"));
      expect(sent.at(-1)).toContain("still");
    });

    test("is none where it has been refused or ended meanwhile", () => {
      const [ended, refused] = [beginning(), beginning()];
      ended.sink.data(Buffer.from(": alive\n\n"));
      ended.sink.stop();
      expect(() => refused.sink.data(Buffer.from(answer.replace('"id":8', '"id":9')))).toThrow();
      timers.advanceTimersByTime(2_000);
      expect([ended.sent, refused.sent]).toEqual([[], []]);
    });
  });

  test("is not written any more when the stream was stopped before its answer came", () => {
    const { sink, sent, exchange } = beginning();
    expect(sink.stop()).toBe(true);
    sink.data(Buffer.from(answer));
    expect([sent, exchange.eventStreamOpen]).toEqual([[], false]);
  });

  test("is none where the answer is withheld", () => {
    const { sink, sent } = beginning();
    sink.data(Buffer.from("id: 1\ndata:\n\n"));
    const foreign = answer.replace('"id":8', '"id":9');
    expect(() => sink.data(Buffer.from(foreign))).toThrow(expect.objectContaining({ code: "upstream_answer_foreign" }));
    expect(sent).toEqual([]);
  });
});
