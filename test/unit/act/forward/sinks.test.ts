import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { BufferSink, StreamSink } from "../../../../gateway/act/forward/sinks.ts";

/** One answer of a real server with these pieces: its chunks as they come over the wire, and whether the sink had room for more. */
async function answered(pieces: readonly Buffer[]) {
  let room = true;
  const server = createServer((_req, res) => {
    const sink = new StreamSink(res, [], null);
    sink.head(head(...events));
    room = sink.pieces(pieces);
    expect(sink.stop()).toBe(true);
    sink.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.end("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const [, body = ""] = (await text(socket)).split(/\r\n\r\n(.*)/s);
  server.close();
  return {
    chunks: body.split(/^[0-9a-f]+\r\n|\r\n[0-9a-f]+\r\n/).filter((chunk) => chunk !== "" && chunk !== "\r\n"),
    room,
  };
}

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

test("pieces that came together are passed on in order, and in two chunks", async () => {
  const pieces = Array.from({ length: 30 }, (_, at) => Buffer.from(`data: ${at}\n\n`));
  const { chunks, room } = await answered(pieces);
  expect(chunks).toEqual([Buffer.concat(pieces.slice(0, -1)).toString(), "data: 29\n\n"]);
  expect(room).toBe(true);
});

test("pieces that the socket has no room for say so", async () => {
  const pieces = Array.from({ length: 40 }, () => Buffer.from(`data: ${"x".repeat(64 * 1_024)}\n\n`));
  const { chunks, room } = await answered(pieces);
  expect([chunks.join("") === Buffer.concat(pieces).toString(), room]).toEqual([true, false]);
});

test("a buffer keeps the answer up to its limit", () => {
  const sink = new BufferSink(4);
  sink.head(head());
  sink.data(Buffer.from("ab"));
  expect([sink.answer.status, sink.body.toString()]).toEqual([200, "ab"]);
  expect(() => sink.data(Buffer.from("abc"))).toThrow();
});
