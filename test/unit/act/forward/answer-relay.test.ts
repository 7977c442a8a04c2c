import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createServer, type Socket, type AddressInfo } from "node:net";
import type { AnswerSink } from "../../../../gateway/domain/upstream-answer.ts";
import { type Sent, Upstreams } from "../../../../gateway/act/forward/upstreams.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import { ClientConnection } from "../../../../gateway/domain/connections.ts";
import type { AnswerDigests } from "../../../../gateway/domain/decision-record.ts";
import type { CallUnderWay, UnderWay } from "../../../../gateway/domain/ports.ts";
import type { Route } from "../../../../gateway/domain/route.ts";
import { route, toolCall } from "../../../support/builders.ts";
import { eventually } from "../../../support/eventually.ts";
import { access, nothingEnds } from "../../../support/endings.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Asks a tool server that does with its socket what the test says; `heard` are the status codes that reached the sink. */
async function ask(
  answer: (socket: Socket) => void,
  limits: Partial<Route["upstream"]>,
  mayIdle = false,
  takes: Partial<AnswerSink> = {},
  underWay: UnderWay = nothingEnds,
  { digests = "always", judgesEvents = false }: { digests?: AnswerDigests; judgesEvents?: boolean } = {},
): Promise<Sent & { readonly heard: number[] }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstreams = new Upstreams(underWay, null, null, digests);
  closing.push(
    () => upstreams.destroy(),
    () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  );
  const heard: number[] = [];
  const sink: AnswerSink = {
    head: ({ status }) => void heard.push(status),
    data: () => true,
    onDrain: () => undefined,
    end: () => undefined,
    ...takes,
  };
  const base = route();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const to = { ...base, upstream: { ...base.upstream, origin, ...limits } };
  const sent = await upstreams.send(
    toolCall({ route: to }),
    {
      headers: [],
      injection: noInjection,
      exclusive: false,
      connection: new ClientConnection(),
      access,
      mayIdle,
      judgesEvents,
    },
    sink,
  );
  return { ...sent, heard };
}

/** Sends text again and again until the other side has gone. */
function repeat(socket: Socket, text: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(text), everyMs);
  socket.on("close", () => clearInterval(timer));
}

const early = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";

test("gives up on a tool server that sends nothing but informational answers, after the time that its head may take", async () => {
  const sent = await ask((socket) => repeat(socket, early, 20), { headersTimeoutMs: 300 });
  expect(sent).toMatchObject({ status: null, error: { name: "HeadersTimeoutError" }, heard: [] });
});

test("takes an answer that comes behind informational ones, and none of those", async () => {
  const sent = await ask(
    (socket) => socket.write(`${early}${early}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}`),
    {},
  );
  expect(sent).toMatchObject({ status: 200, error: null, responseBytes: 2, heard: [200] });
});

test("takes a 100 Continue that nobody asked for as the end of the connection", async () => {
  const continues = "HTTP/1.1 100 Continue\r\n\r\n";
  const sent = await ask((socket) => socket.write(`${continues}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}`), {});
  expect(sent).toMatchObject({ status: null, error: { name: "SocketError" }, heard: [] });
});

test("limits pauses in an answer that is no event stream, also for callers that would take one", async () => {
  const half = (type: string) => (socket: Socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 100\r\n\r\n{`);
  const sent = await ask(half("application/json"), { bodyTimeoutMs: 100 }, true);
  expect(sent).toMatchObject({ status: 200, error: { name: "BodyTimeoutError" } });
  const open = ask(half("text/event-stream"), { bodyTimeoutMs: 100 }, true);
  // Both pause for as long, and the stream began first.
  const other = ask(half("application/json"), { bodyTimeoutMs: 100 }, true);
  expect(await Promise.race([open.then(() => "the stream"), other.then(() => "the other")])).toBe("the other");
});

test.each([
  [
    "gzip, chunked",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "upstream_answer_refused",
  ],
  ["a length beyond the cap", "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{}", "upstream_too_large"],
])("refuses %s by its head alone, before anything of it is passed on", async (_what, bytes, code) => {
  const sent = await ask((socket) => socket.write(bytes), { maxResponseBytes: 1_000 });
  expect(sent).toMatchObject({ status: 200, error: { code }, responseBytes: 0, heard: [] });
});

test("passes on an answer that offers another protocol, without the offer", async () => {
  const offer = "HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade, Keep-Alive\r\nContent-Length: 2\r\n\r\n{}";
  expect(await ask((socket) => socket.write(offer), {})).toMatchObject({ status: 200, error: null, heard: [200] });
});

const chunkOf = (event: string): string => `${event.length.toString(16)}\r\n${event}\r\n`;
const streamed = (...events: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${events.map(chunkOf).join("")}`;
const [first, second] = ["data: 1\n\n", "data: 2\n\n"];

test("passes the events of a stream that come together on together, and the last ones before the end", async () => {
  const passed: string[] = [];
  const sent = await ask((socket) => socket.write(`${streamed(first, second)}0\r\n\r\n`), {}, true, {
    data: (chunk) => passed.push(chunk.toString()) > 0,
    end: () => void passed.push("end"),
  });
  expect(passed).toEqual([first + second, "end"]);
  const digest = `sha256:${createHash("sha256")
    .update(first + second)
    .digest("hex")}`;
  expect(sent).toMatchObject({ error: null, responseBytes: first.length * 2, responseDigest: digest });
});

describe("the digest of an answer", () => {
  const stream = `${streamed(first, second)}0\r\n\r\n`;
  const whole = "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n" + first + second;
  const digest = `sha256:${createHash("sha256")
    .update(first + second)
    .digest("hex")}`;
  const made = { responseDigest: digest, digestOmitted: null, responseBytes: 18 };
  const omitted = (digestOmitted: string) => ({ responseDigest: null, digestOmitted, responseBytes: 18 });
  const without = "HTTP/1.1 204 No Content\r\n\r\n";
  test.each([
    ["always, of a stream", "always", false, stream, {}, made],
    ["always, of a whole answer", "always", false, whole, {}, made],
    ["whole, of a whole answer", "whole", false, whole, {}, made],
    ["whole, of a stream that is held back until it ends", "whole", false, stream, { isBounded: true }, made],
    ["whole, of a stream that is kept until it ends", "whole", false, stream, { keepsWhole: true }, made],
    ["whole, of a stream whose events are judged", "whole", true, stream, {}, made],
    ["whole, of a stream that passes unread", "whole", false, stream, {}, omitted("event_stream")],
    ["off, of a whole answer", "off", false, whole, {}, omitted("off")],
    ["off, of a stream whose events are judged", "off", true, stream, {}, omitted("off")],
    ["off, where nothing came", "off", false, without, {}, { ...made, responseDigest: null, responseBytes: 0 }],
  ] as const)("%s", async (_what, digests, judgesEvents, bytes, takes, expected) => {
    const sent = await ask((socket) => socket.end(bytes), {}, true, takes, nothingEnds, { digests, judgesEvents });
    expect(sent).toMatchObject({ error: null, ...expected });
  });
});

test("passes an event on although what follows it in the same piece breaks the stream", async () => {
  const passed: string[] = [];
  const sent = await ask((socket) => socket.write(`${streamed(first)}no length\r\n`), {}, true, {
    data: (chunk) => passed.push(chunk.toString()) > 0,
  });
  expect(passed).toEqual([first]);
  expect(sent.error).toMatchObject({ name: "HTTPParserError" });
});

test("ends a stream when a sink that was full has room again", async () => {
  const passed: string[] = [];
  const sent = await ask((socket) => socket.write(`${streamed(first)}0\r\n\r\n`), {}, true, {
    data: (chunk) => passed.push(chunk.toString()) === 0,
    onDrain(resume) {
      passed.push("room");
      setImmediate(resume);
    },
    end: () => void passed.push("end"),
  });
  expect(passed).toEqual([first, "room", "end"]);
  expect(sent).toMatchObject({ error: null });
});

test("gives up on a caller that does not read the last events of a stream", async () => {
  const sent = await ask((socket) => socket.write(`${streamed(first)}0\r\n\r\n`), { bodyTimeoutMs: 50 }, true, {
    data: () => false,
  });
  expect(sent).toMatchObject({ status: 200, error: { code: "client_gone" } });
});

test("a sink that refuses an event ends the call with its refusal, whether more follows or not", async () => {
  const refuse = (): never => {
    throw new Refusal("result_blocked");
  };
  const last = await ask((socket) => socket.write(`${streamed(first)}0\r\n\r\n`), {}, true, { data: refuse });
  const open = await ask((socket) => socket.write(streamed(first)), {}, true, { data: refuse });
  expect([last.error, open.error]).toMatchObject([{ code: "result_blocked" }, { code: "result_blocked" }]);
});

/** Answers with the events one after the other, each in a packet of its own, and ends. */
const inPackets =
  (...events: readonly string[]) =>
  async (socket: Socket): Promise<void> => {
    socket.setNoDelay(true);
    const [head = "", ...others] = [streamed(events[0] ?? ""), ...events.slice(1).map(chunkOf), "0\r\n\r\n"];
    socket.write(head);
    for (const packet of others) {
      await pause(15);
      socket.write(packet);
    }
  };

test("nothing passes a piece that its sink is not done with, neither what follows nor the end", async () => {
  const passed: string[] = [];
  let isBusy = false;
  const sent = await ask((socket) => void inPackets(first, second)(socket), {}, true, {
    data(chunk) {
      passed.push(isBusy ? "too early" : chunk.toString());
      isBusy = true;
      return false;
    },
    onDrain: (resume) =>
      void setTimeout(() => {
        isBusy = false;
        resume();
      }, 120),
    end: () => void passed.push(isBusy ? "too early" : "end"),
  });
  expect(passed.join("")).toBe(`${first}${second}end`);
  expect(sent).toMatchObject({ error: null, responseBytes: first.length * 2 });
});

test("an answer that is cut while its sink is full is not ended by the sink's having room again", async () => {
  const passed: string[] = [];
  let drained = (): void => undefined;
  let cut = (): void => undefined;
  const entering = {
    ...nothingEnds,
    enter(call: CallUnderWay) {
      cut = () => void call.cut({ kind: "revocation", id: "r_1" } as never);
      return null;
    },
  };
  const asking = ask(
    (socket) => socket.write(`${streamed(first)}0\r\n\r\n`),
    {},
    true,
    {
      data: (chunk) => passed.push(chunk.toString()) === 0,
      onDrain: (resume) => (drained = resume),
      end: () => void passed.push("end"),
    },
    entering,
  );
  await eventually("the event has come", () => (passed.length > 0 ? true : null));
  cut();
  drained();
  expect(await asking).toMatchObject({ endedBy: { id: "r_1" } });
  expect(passed).toEqual([first]);
});
