import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { statusesOf } from "../support/raw-client.ts";
import { eventually } from "../support/eventually.ts";
import { readLog } from "../conformance/attacks/support/log.ts";
import { decisionsIn } from "../verify/world/decisions.ts";
import { type Limits, type VerifiedGateway, withGateway } from "../verify/world/gateway.ts";

/** Writes bytes, the first of them at once, with pauses between them, and returns all that came back until the gateway closed. */
function until(gateway: VerifiedGateway, pieces: readonly string[], everyMs = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    let back = "";
    let next = 0;
    const socket = connect(gateway.port, "127.0.0.1");
    const write = (): void => {
      if (next < pieces.length) socket.write(pieces[next++] ?? "");
      else clearInterval(timer);
    };
    const timer = setInterval(write, everyMs);
    write();
    const giveUp = setTimeout(() => socket.destroy(new Error(`not closed; came back: ${back}`)), 60_000);
    socket.on("data", (chunk) => (back += chunk.toString("latin1")));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" || error.code === "EPIPE" ? undefined : reject(error),
    );
    socket.on("close", () => {
      clearInterval(timer);
      clearTimeout(giveUp);
      resolve(back);
    });
  });
}

/** Writes bytes, ends its sending side, and returns all that came back until the gateway closed. */
function ending(gateway: VerifiedGateway, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let back = "";
    const socket = connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
    const giveUp = setTimeout(() => socket.destroy(new Error(`not closed; came back: ${back}`)), 60_000);
    socket.on("data", (chunk) => (back += chunk.toString("latin1"))).on("error", reject);
    socket.on("end", () => {
      clearTimeout(giveUp);
      resolve(back);
    });
    socket.end(bytes);
  });
}

const head = ({ host, tokens }: VerifiedGateway, method = "GET"): string =>
  `${method} /payments/v1/${method === "GET" ? "orders/o-1" : "echo"} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${tokens.payments}\r\n`;

async function codesAfter(
  limits: Limits,
  use: (gateway: VerifiedGateway) => Promise<void>,
): Promise<(string | null)[]> {
  return withGateway(limits, async (gateway) => {
    await use(gateway);
    await gateway.stop();
    return [...(await decisionsIn(gateway.logDir)).values()].map(({ code }) => code);
  });
}

test("answers 431 to a huge header and to very many headers, and records both", async () => {
  const codes = await codesAfter({}, async (gateway) => {
    const answer = await until(gateway, [`${head(gateway)}Big: ${"x".repeat(20_000)}\r\n\r\n`]);
    expect(statusesOf(answer)).toEqual([431]);
    expect(String(answer)).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    expect(String(answer)).toContain('"executed":false');
    expect(statusesOf(await until(gateway, [`${head(gateway)}${"a:\r\n".repeat(2_500)}\r\n`]))).toEqual([431]);
  });
  expect(codes).toEqual(["header_too_large", "header_too_large"]);
});

test("answers 408 to callers that send nothing, a head in drops, or a body in drops, and records each", async () => {
  const codes = await codesAfter({ headers_timeout: "1s", request_timeout: "2s" }, async (gateway) => {
    const drops = [...head(gateway)].map((letter) => letter);
    const body = `${head(gateway, "POST")}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
    const all = await Promise.all([
      until(gateway, []),
      until(gateway, drops, 100),
      until(gateway, [body, ..."{         "], 300),
    ]);
    expect(all.map(statusesOf)).toEqual([[408], [408], [408]]);
  });
  expect(codes.toSorted()).toEqual(["body_timeout", "request_timeout", "request_timeout"]);
});

test("answers 503 to connections beyond the limit, records each once, and serves again when there is room", async () => {
  const tooMany = 20;
  // They say nothing, and must not be given up before the last one too many has come.
  const codes = await codesAfter({ connections: 5, headers_timeout: "60s" }, async (gateway) => {
    const held: Socket[] = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = connect(gateway.port, "127.0.0.1");
        await once(socket, "connect");
        return socket;
      }),
    );
    for (let one = 0; one < tooMany; one++)
      expect(statusesOf(await until(gateway, [`${head(gateway)}Connection: close\r\n\r\n`]))).toEqual([503]);
    for (const socket of held) socket.destroy();
    await eventually("there is room", async () =>
      statusesOf(await until(gateway, [`${head(gateway)}Connection: close\r\n\r\n`]))[0] === 200 ? true : null,
    );
  });
  expect(codes.slice(0, tooMany)).toEqual(Array.from({ length: tooMany }, () => "overloaded"));
  expect(codes).not.toContain("framing_ambiguous");
});

test.each([
  ["a header without end", "431", (of: VerifiedGateway) => [`${head(of)}Big: ${"x".repeat(10_000_000)}`]],
  ["a body far beyond the limit", "413", (of: VerifiedGateway) => hugeBody(of, "/payments/v1/echo")],
  ["a huge body for a path that does not exist", "404", (of: VerifiedGateway) => hugeBody(of, "/nowhere")],
])("answers a caller that sends %s before it reads, with %s, and records it once", async (_what, status, pieces) => {
  const codes = await codesAfter({}, async (gateway) => {
    expect(statusesOf(await readingLate(gateway, pieces(gateway)))).toEqual([Number(status)]);
  });
  expect(codes).toHaveLength(1);
});

function hugeBody(gateway: VerifiedGateway, path: string): string[] {
  const lines = ["Content-Type: application/json", `Content-Length: 10000000`, "", ""];
  return [head(gateway, "POST").replace("/payments/v1/echo", path) + lines.join("\r\n"), "x".repeat(10_000_000)];
}

/** All that comes back, read only when everything has been sent. */
async function readingLate(gateway: VerifiedGateway, pieces: readonly string[]): Promise<string> {
  const socket = connect(gateway.port, "127.0.0.1").pause();
  let back = "";
  socket.on("data", (chunk: Buffer) => (back += chunk.toString("latin1")));
  socket.on("error", (thrown) => (back += String(thrown)));
  for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent));
  const closed = once(socket, "close");
  socket.resume();
  await closed;
  return back;
}

test("cuts a caller that asks for much and reads none of it", async () => {
  await withGateway({ stalled_reader: "1s" }, async (gateway) => {
    const socket = connect(gateway.port, "127.0.0.1");
    socket.pause();
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => undefined);
    socket.write(head(gateway).replace("o-1", "size-8000000") + "\r\n");
    await eventually("the call has its outcome", async () =>
      (await readLog(gateway.logDir)).lines.some(({ kind }) => kind === "outcome") ? true : null,
    );
    // Only now: a paused socket does not notice that the other side has gone.
    let bytes = 0;
    socket.on("data", (chunk) => (bytes += chunk.length)).resume();
    await closed;
    expect(bytes).toBeLessThan(8_000_000);
  });
});

test("answers what it forwarded before it refuses the garbage behind it", async () => {
  const codes = await codesAfter({}, async (gateway) => {
    expect(
      statusesOf((await until(gateway, [`${head(gateway)}\r\nGARBAGE\r\n\r\n`])).replaceAll("}HTTP/", "}\nHTTP/")),
    ).toEqual([200, 400]);
  });
  expect(new Set(codes)).toEqual(new Set([null, "request_malformed"]));
});

test("answers a caller that ends in the middle of its body at once, and records it once", async () => {
  const codes = await codesAfter({}, async (gateway) => {
    const post = `${head(gateway, "POST")}Content-Type: application/json\r\n`;
    for (const half of [
      `${post}Content-Length: 100\r\n\r\n{`,
      `${post}Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`,
    ])
      expect(statusesOf(await ending(gateway, half))).toEqual([400]);
  });
  expect(codes).toEqual(["body_incomplete", "body_incomplete"]);
});

test.each([
  ["a chunk size that is no number", "ZZ\r\nabc\r\n"],
  ["a second chunk of that kind", "2\r\n{}\r\nZZ\r\n\r\n"],
  ["a control character in a chunk extension", "2;\u0000\r\n{}\r\n0\r\n\r\n"],
  ["a very long chunk extension", `2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`],
])("answers %s in the first packet with 400 at once, and records it once", async (_what, body) => {
  const codes = await codesAfter({}, async (gateway) => {
    const post = `${head(gateway, "POST")}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answer = await until(gateway, [post + body]);
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).toContain("request_malformed");
  });
  expect(codes).toEqual(["request_malformed"]);
});

test("answers CONNECT, and a request that begins another protocol, with their decision, and records them", async () => {
  const codes = await codesAfter({}, async (gateway) => {
    const answer = await until(gateway, ["CONNECT tools.example:443 HTTP/1.1\r\nHost: tools.example:443\r\n\r\n"]);
    expect(statusesOf(answer)).toEqual([405]);
    expect(answer).toMatch(/\r\nSallyport-Decision: d_/);
    expect(statusesOf(await until(gateway, ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]))).toEqual([400]);
  });
  expect(codes).toEqual(["method_refused", "request_malformed"]);
});
