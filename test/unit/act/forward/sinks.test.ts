import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ReceivedHead } from "../../../../gateway/act/forward/answer-head.ts";
import { BufferSink, StreamSink } from "../../../../gateway/act/forward/sinks.ts";

/** One answer of a real server, as its caller reads it; `write` gets its sink, and how many writes its socket has had. */
async function answered(write: (sink: StreamSink, writes: () => number) => boolean) {
  let [room, writes] = [true, 0];
  const server = createServer((_req, res) => {
    const sink = new StreamSink(res, [], null);
    sink.head(head(...events));
    const socket = res.socket as Socket & { _writev: (...args: unknown[]) => void };
    const [one, many] = [socket._write.bind(socket), socket._writev.bind(socket)];
    socket._write = (...args) => void ((writes += 1), one(...args));
    socket._writev = (...args) => void ((writes += 1), many(...args));
    room = write(sink, () => writes);
    sink.end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  server.close();
  return { text, room };
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

test("pieces that came together are passed on in order, in one write to the socket and without being put together", async () => {
  const pieces = Array.from({ length: 30 }, (_, at) => Buffer.from(`data: ${at}\n\n`));
  const seen: number[] = [];
  const { text, room } = await answered((sink, writes) => {
    const before = writes();
    const taken = sink.pieces(pieces);
    seen.push(writes() - before);
    expect(sink.stop()).toBe(true);
    return taken;
  });
  expect([text, room]).toEqual([Buffer.concat(pieces).toString(), true]);
  expect(seen[0]).toBeLessThanOrEqual(1);
});

test("pieces that the socket has no room for say so", async () => {
  const pieces = Array.from({ length: 40 }, () => Buffer.alloc(64 * 1_024, "x"));
  const { text, room } = await answered((sink) => sink.pieces(pieces));
  expect([text.length, room]).toEqual([40 * 64 * 1_024, false]);
});

test("a buffer keeps the answer up to its limit", () => {
  const sink = new BufferSink(4);
  sink.head(head());
  sink.data(Buffer.from("ab"));
  expect([sink.answer.status, sink.body.toString()]).toEqual([200, "ab"]);
  expect(() => sink.data(Buffer.from("abc"))).toThrow();
});
