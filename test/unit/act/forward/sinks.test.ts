import type { ServerResponse } from "node:http";
import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { BufferSink, StreamSink } from "../../../../gateway/act/forward/sinks.ts";

/** A response that takes everything. */
function response() {
  const written: string[] = [];
  const res = {
    writeHead: () => undefined,
    flushHeaders: () => undefined,
    write: (chunk: Buffer) => written.push(chunk.toString()) > 0,
    end: () => undefined,
  } as unknown as ServerResponse;
  return { res, written };
}

const head = (...headers: string[]) =>
  new ReceivedHead(
    200,
    headers.map((text) => Buffer.from(text)),
  );
const events = ["content-type", "text/event-stream"];

test.each([
  ["before the first event", [], true],
  ["behind a whole event", ["data: 1\n\n"], true],
  ["behind a whole event with other line ends", ["data: 1\r\n\r\n"], true],
  ["behind a whole event with CR alone", ["data: 1\r\r"], true],
  ["behind an event that came in pieces", ["data: 1\n", "\n"], true],
  ["behind a comment", [": still here\n\n"], true],
  ["within a line", ["data: 1\n\ndata: 2"], false],
  ["behind a line that ends with CR and LF", ["data: 1\r\n"], false],
  ["behind a line", ["data: 1\n"], false],
])("one more event may follow %s: %s", (_where, chunks, may) => {
  const sink = new StreamSink(response().res, [], null);
  sink.head(head(...events));
  for (const chunk of chunks) sink.data(Buffer.from(chunk));
  expect(sink.stop()).toBe(may);
});

test.each([
  ["an answer that is no event stream", ["content-type", "application/json"]],
  ["an event stream that is encoded", [...events, "content-encoding", "gzip"]],
])("no event may follow %s", (_what, headers) => {
  const sink = new StreamSink(response().res, [], null);
  sink.head(head(...headers));
  expect(sink.stop()).toBe(false);
});

test("a buffer keeps the answer up to its limit", () => {
  const sink = new BufferSink(4);
  sink.head(head());
  sink.data(Buffer.from("ab"));
  expect([sink.answer.status, sink.body.toString()]).toEqual([200, "ab"]);
  expect(() => sink.data(Buffer.from("abc"))).toThrow();
});
