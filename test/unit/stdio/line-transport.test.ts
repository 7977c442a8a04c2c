import { PassThrough } from "node:stream";
import { LineTransport } from "../../../gateway/stdio/line-transport.ts";
import type { Message } from "../../../gateway/stdio/messages.ts";
import { playServer, turn } from "../../support/stdio/pipes.ts";

const ping = { jsonrpc: "2.0", id: 1, method: "ping" } as Message;

function listening(options: Parameters<typeof playServer>[0] = {}) {
  const server = playServer(options);
  const heard: unknown[] = [];
  const noise: true[] = [];
  const ends: string[] = [];
  server.transport.onMessage = ({ message }) => heard.push(message);
  server.transport.onNoise = () => noise.push(true);
  server.transport.onEnd = (why) => ends.push(why);
  return { ...server, heard, noise, ends };
}

test("reads messages however their lines are cut", async () => {
  const server = listening();
  const line = '{"jsonrpc":"2.0","method":"a","params":{"text":"é"}}\r\n';
  for (const byte of Buffer.from(line)) (server.write(String.fromCharCode(byte)), await turn());
  server.write(`${line}${line}`);
  await turn();
  expect(server.heard).toHaveLength(3);
});

test("goes on after what is no message", async () => {
  const server = listening();
  server.write('hello\n\n{"jsonrpc":"2.0"}\n');
  server.say({ method: "a" });
  await turn();
  expect([server.heard.length, server.noise.length, server.ends]).toEqual([1, 2, []]);
});

test("ends where a message is larger than allowed, whether its line ends or not", async () => {
  const server = listening({ maxBytes: 1_000 });
  for (let piece = 0; piece < 100; piece += 1) server.write("x".repeat(100));
  await turn();
  server.say({ method: "a" });
  await turn();
  expect(server.ends).toEqual(["a message is larger than 1000 bytes"]);
  expect(server.heard).toEqual([]);
});

test("sends a line, and refuses more than may wait where nobody reads", () => {
  const to = new PassThrough({ highWaterMark: 1 });
  const transport = new LineTransport({ from: new PassThrough(), to, maxBytes: 1_000, maxWaiting: 100 });
  expect(() => {
    for (let count = 0; count < 100; count += 1) transport.send(ping);
  }).toThrow(expect.objectContaining({ code: "upstream_busy" }));
  expect(transport.waiting.bytes).toBeLessThan(300);
});

test("tells how much the server has taken", async () => {
  const { transport } = listening();
  transport.send(ping);
  await turn();
  expect(transport.waiting).toEqual({ bytes: 0, taken: JSON.stringify(ping).length + 1 });
});

test("says that it has ended once, and sends nothing then", async () => {
  const server = listening();
  server.transport.end("first");
  server.transport.end("second");
  server.transport.send(ping);
  await turn();
  expect([server.ends, server.received]).toEqual([["first"], []]);
});
