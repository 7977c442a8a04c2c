import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import {
  closeLingering,
  discardInput,
  lingeringClose,
  type LingerLimits,
} from "../../../gateway/lib/lingering-close.ts";

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const manyBytes = 10_000_000;
/** None of them is reached where a test does not lower it. */
const limits: LingerLimits = { silenceMs: 60_000, wholeMs: 60_000, mostBytes: 10 * manyBytes };

async function listen(server: Server): Promise<number> {
  closing.push(() => server.close());
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** A connection, and its other side. */
async function pair(): Promise<{ caller: Socket; accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  const port = await listen(server);
  const caller = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  closing.push(() => caller.destroy());
  const [accepted] = (await once(server, "connection")) as [Socket];
  closing.push(() => accepted.destroy());
  for (const socket of [caller, accepted]) socket.on("error", () => undefined);
  return { caller, accepted };
}

/** What comes back until the connection closes, and the error it closed with. Reads nothing before it has sent all. */
async function readAfterSending(port: number, pieces: readonly string[]): Promise<{ back: string; error: unknown }> {
  const socket = connect(port, "127.0.0.1").pause();
  closing.push(() => socket.destroy());
  let back = "";
  let error: unknown = null;
  socket.on("error", (thrown) => (error = thrown)).on("data", (chunk: Buffer) => (back += chunk.toString("latin1")));
  for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent));
  const closed = once(socket, "close");
  socket.resume();
  await closed;
  return { back, error };
}

describe("a connection that lingers", () => {
  test("delivers its last answer to a caller that sends more before it reads", async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket
        .on("error", () => undefined)
        .once("data", () => {
          socket.write("the answer");
          lingeringClose(socket, limits);
        });
    });
    const told = await readAfterSending(await listen(server), ["first", "x".repeat(manyBytes)]);
    expect(told).toEqual({ back: "the answer", error: null });
  });

  test("ends with the other side", async () => {
    const { caller, accepted } = await pair();
    lingeringClose(accepted, limits);
    caller.end();
    await once(accepted, "close");
    expect(accepted.destroyed).toBe(true);
  });

  test.each([
    ["a caller that sends nothing more and does not leave", { silenceMs: 20 }],
    ["a caller that has had its time", { wholeMs: 20 }],
  ])("destroys the connection of %s", async (_what, lower) => {
    const { accepted } = await pair();
    lingeringClose(accepted, { ...limits, ...lower });
    await once(accepted, "close");
    expect(accepted.destroyed).toBe(true);
  });

  test("destroys the connection of a caller that sends without end", async () => {
    const { caller, accepted } = await pair();
    lingeringClose(accepted, { ...limits, mostBytes: 100_000 });
    caller.write("x".repeat(manyBytes));
    await once(accepted, "close");
    expect(accepted.bytesRead).toBeLessThan(manyBytes);
  });

  test("lets nobody else have what comes", async () => {
    const { caller, accepted } = await pair();
    const seen: Buffer[] = [];
    accepted.on("data", (chunk) => seen.push(chunk));
    discardInput(accepted);
    caller.end("more");
    await once(accepted, "end");
    expect(seen).toEqual([]);
  });
});

describe("an HTTP server that lingers", () => {
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${manyBytes}\r\n\r\n`;

  async function listening(answer: RequestListener): Promise<number> {
    const server = createHttpServer(answer);
    closeLingering(server);
    return listen(server);
  }

  test.each<[string, RequestListener]>([
    ["before the body was read", (_req, res) => setTimeout(() => res.writeHead(404, { Connection: "close" }).end(), 5)],
    [
      "in the middle of the body",
      (req, res) => {
        req.once("data", () => {
          req.pause();
          res.writeHead(413, { Connection: "close" }).end();
        });
      },
    ],
  ])("delivers an answer that was given %s", async (_when, answer) => {
    const { back, error } = await readAfterSending(await listening(answer), [head, "x".repeat(manyBytes)]);
    expect(back).toMatch(/^HTTP\/1\.1 4/);
    expect(error).toBeNull();
  });

  test("parses nothing that comes after its last answer", async () => {
    let requests = 0;
    const port = await listening((_req, res) => {
      requests += 1;
      res.writeHead(404, { Connection: "close" }).end();
    });
    const socket = connect(port, "127.0.0.1");
    closing.push(() => socket.destroy());
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "data");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "close");
    expect(requests).toBe(1);
  });
});
