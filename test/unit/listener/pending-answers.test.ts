import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setImmediate as endOfTurn } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import { statusesOf } from "../../support/raw-client.ts";
import { PendingAnswers } from "../../../gateway/listener/pending-answers.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Held {
  readonly name: string;
  readonly res: ServerResponse;
}

/** A server that holds every request it has begun until the test answers it, and one connection to it. */
async function pipeline(bytes: string, most = 32) {
  const begun: Held[] = [];
  const seen = { requests: 0, answered: 0, mostPending: 0 };
  let paused!: () => void;
  const stopped = new Promise<void>((resolve) => (paused = resolve));
  const pending = new PendingAnswers(most);
  const handle = pending.watching((req, res) => begun.push({ name: nameOf(req), res }));
  const server = createServer((req, res) => {
    seen.requests += 1;
    seen.mostPending = Math.max(seen.mostPending, seen.requests - seen.answered);
    res.on("close", () => (seen.answered += 1));
    handle(req, res);
  });
  server.on("connection", (socket) => socket.on("pause", paused));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let answers = "";
  client.on("data", (chunk) => (answers += chunk.toString("latin1"))).on("error", () => undefined);
  client.write(bytes);
  closing.push(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const names = (): string[] => begun.map(({ name }) => name);
  return {
    client,
    closeBehind: () => pending.closeBehind(),
    begun,
    seen,
    stopped,
    answers: () => answers,
    names,
    /** Resolves when these have begun, and no other. */
    hasBegun: (expected: string) =>
      eventually(`begun: ${expected}`, async () => (names().join(" ") === expected ? true : null)),
  };
}

const nameOf = (req: IncomingMessage): string => `${req.method}${(req.url ?? "").replace("/", "")}`;
const head = (method: string, path: string): string => `${method} /${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const message = (method: string, path: string): string =>
  method === "GET" ? head(method, path) : head(method, path).replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\n{}");

function endAll(held: Held[], from = 0): void {
  for (const { res } of held.slice(from)) res.end();
}

test("begins a request that is not safe when all before it are answered, and nothing behind it earlier", async () => {
  const all = "GET1 GET2 POST3 DELETE4 GET5 GET6".split(" ");
  const { begun, hasBegun, answers } = await pipeline(
    all.map((one) => message(one.slice(0, -1), one.slice(-1))).join(""),
  );
  await hasBegun("GET1 GET2");
  begun[1]?.res.end();
  begun[0]?.res.end();
  await hasBegun("GET1 GET2 POST3");
  begun[2]?.res.end();
  await hasBegun("GET1 GET2 POST3 DELETE4");
  begun[3]?.res.end();
  await hasBegun(all.join(" "));
  endAll(begun, 4);
  await eventually("all are answered", async () => (statusesOf(answers()).length === 6 ? true : null));
});

test("handles no more safe requests at once than may be pending", async () => {
  const { begun, hasBegun } = await pipeline(
    "12345"
      .split("")
      .map((path) => message("GET", path))
      .join(""),
    3,
  );
  await hasBegun("GET1 GET2 GET3");
  begun[0]?.res.end();
  await hasBegun("GET1 GET2 GET3 GET4");
});

test("does not read a connection on while too many of its requests are pending, and loses none", async () => {
  const one = message("GET", "");
  const count = 10_000;
  const { begun, seen, stopped, answers } = await pipeline(one.repeat(count));
  await Promise.race([stopped, eventually("all are read", async () => (seen.requests === count ? true : null))]);
  for (let next = 0; seen.answered < count; await endOfTurn())
    for (; next < begun.length; next += 1) begun[next]?.res.end();
  await eventually("all answers have arrived", async () => (statusesOf(answers()).length === count ? true : null));
  // What Node had read in one go when the limit was reached, and the limit.
  expect(seen.mostPending).toBeLessThanOrEqual(32 + Math.ceil((64 * 1024) / one.length));
});

test("reads on a body that is larger than what Node keeps, behind a connection that was stopped", async () => {
  const body = "x".repeat(300_000);
  const post = head("POST", "9").replace("\r\n\r\n", `\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const { begun, hasBegun } = await pipeline(message("GET", "1") + message("GET", "2") + post, 2);
  await hasBegun("GET1 GET2");
  endAll(begun);
  await hasBegun("GET1 GET2 POST9");
  let size = 0;
  const { req } = begun[2]?.res as ServerResponse;
  await new Promise<void>((resolve) => req.on("data", (chunk: Buffer) => (size += chunk.length)).on("end", resolve));
  expect(size).toBe(body.length);
});

test("tells every request that its caller has left, and begins none for it", async () => {
  const { begun, client, hasBegun, names } = await pipeline(
    message("GET", "1") + message("GET", "2") + message("GET", "3") + message("POST", "4"),
  );
  await hasBegun("GET1 GET2 GET3");
  const told: string[] = [];
  for (const { name, res } of begun) res.on("close", () => told.push(name));
  client.destroy();
  await eventually("all three are told", async () => (told.length === 3 ? true : null));
  expect([told.toSorted(), names()]).toEqual([
    ["GET1", "GET2", "GET3"],
    ["GET1", "GET2", "GET3"],
  ]);
});

test("ends a connection with the last of its answers, and not before, once it is to close", async () => {
  const { client, begun, closeBehind, hasBegun, answers } = await pipeline(message("GET", "1"));
  const ended = new Promise((resolve) => client.once("end", resolve));
  await hasBegun("GET1");
  closeBehind();
  client.write(message("GET", "2"));
  await hasBegun("GET1 GET2");
  endAll(begun);
  await ended;
  const heads = answers().split("HTTP/1.1 200").slice(1);
  expect(heads.map((text) => /connection: ([a-z-]+)/i.exec(text)?.[1])).toEqual(["keep-alive", "close"]);
});
