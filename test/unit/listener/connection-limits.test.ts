import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { closeStalledReaders, limitConnections } from "../../../gateway/listener/connection-limits.ts";
import { eventually } from "../../support/eventually.ts";

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  closing.push(() => server.close());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

function caller(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  closing.push(() => socket.destroy());
  return socket;
}

const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function limited(limit: number, refuse: (socket: Socket) => void = () => undefined) {
  const requests: string[] = [];
  const refused: Socket[] = [];
  const server = createServer((req, res) => {
    requests.push(req.url ?? "");
    res.end("served");
  });
  limitConnections(server, limit, (refusal, socket) => {
    expect(refusal).toMatchObject({ code: "overloaded", status: 503 });
    closing.push(() => socket.destroy());
    refused.push(socket);
    refuse(socket);
  });
  return { port: await listen(server), requests, refused };
}

test("gives a connection beyond the limit to who refuses it, and none of its requests to the server", async () => {
  const { port, requests, refused } = await limited(1);
  const first = caller(port);
  first.write(request);
  await once(first, "data");
  caller(port).write(request);
  await eventually("the second is refused", () => refused[0] ?? null);
  const [second] = refused as [Socket];
  const [bytes] = (await once(second, "data")) as [Buffer];
  // They have arrived, and no parser had them.
  expect(bytes.toString()).toBe(request);
  expect(requests).toHaveLength(1);
});

test("survives the reset of a connection beyond the limit", async () => {
  const { port, refused } = await limited(0);
  const socket = caller(port);
  await eventually("it is refused", () => refused[0] ?? null);
  const [accepted] = refused as [Socket];
  accepted.resume();
  const closed = new Promise((done) => accepted.once("close", done));
  socket.resetAndDestroy();
  await closed;
  expect(accepted.destroyed).toBe(true);
});

test("serves again when a connection has closed", async () => {
  const { port, requests } = await limited(1, (socket) => socket.destroy());
  const first = caller(port);
  first.write(request);
  await once(first, "data");
  first.destroy();
  await eventually("there is room", async () => {
    const next = caller(port);
    next.write(request);
    const answered = new Promise((done) => next.once("data", done).once("close", done));
    await answered;
    return requests.length > 1 ? true : null;
  });
  expect(requests.length).toBeGreaterThan(1);
});

describe("a reader that has stopped", () => {
  /** Each time that somebody looks at the clock, a second has passed. */
  async function answering(bytes: number) {
    let looks = 0;
    const accepted: Socket[] = [];
    const server = createServer((_req, res) => void res.end("x".repeat(bytes)));
    closeStalledReaders(server, 20, () => ++looks * 1_000);
    server.on("connection", (socket) => accepted.push(socket));
    const socket = caller(await listen(server));
    socket.write(request);
    return { socket, accepted, looks: () => looks };
  }

  test("loses its connection", async () => {
    const { socket, accepted } = await answering(50_000_000);
    socket.pause();
    const server = await eventually("it is accepted", () => accepted[0] ?? null);
    if (!server.closed) await once(server, "close");
    let read = 0;
    socket.on("data", ({ length }) => (read += length)).resume();
    if (!socket.closed) await once(socket, "close");
    expect(read).toBeLessThan(50_000_000);
  });

  test("is not one that has nothing to read", async () => {
    const { socket, accepted, looks } = await answering(10);
    await once(socket, "data");
    const before = looks();
    await eventually("it was looked at more than once", () => (looks() > before + 3 ? true : null));
    expect(accepted.map(({ destroyed }) => destroyed)).toEqual([false]);
  });
});
