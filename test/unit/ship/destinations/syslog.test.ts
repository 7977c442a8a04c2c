import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import type { ShipTarget } from "../../../../gateway/domain/shipping.ts";
import { issue, rootAuthority } from "../../../support/certificates.ts";
import { TestLog } from "../../../support/record/test-log.ts";
import { idsFrom, writeCalls } from "../../../support/ship/ship-log.ts";
import { loopback, shipperOf } from "../../../support/ship/shipped.ts";

let here: TestLog;
let writer: LogWriter;
const servers: Server[] = [];
const sockets: Socket[] = [];
beforeEach(() => {
  here = new TestLog();
  writer = here.writer();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await writer.close();
  here.remove();
});

type Handle = (socket: Socket) => void;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => void sockets.push(socket));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  return (server.address() as AddressInfo).port;
}

type SyslogTarget = Extract<ShipTarget, { kind: "syslog" }>;

function target(port: number, tls: SyslogTarget["tls"] = null, changes: Partial<SyslogTarget> = {}): ShipTarget {
  const usual = { facility: 13, mostBytes: 7_168, format: "record", addresses: loopback } as const;
  return { kind: "syslog", host: "127.0.0.1", port, tls, ...usual, ...changes };
}

/** RFC 6587 §3.4.1, read anew. */
function messagesIn(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString("ascii", at, space));
    if (!Number.isSafeInteger(length) || length <= 0) throw new Error(`no length at ${at}`);
    found.push(bytes.toString("utf8", space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return found;
}

/** RFC 5424 §6, read anew. */
const message =
  /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) \[origin software="sallyport" swVersion="1\.2\.3"\]\[meta sequenceId="(\d+)"\] (\{.*\})$/s;

test("sends each record as a message of RFC 5424, over TCP and over TLS", async () => {
  const root = await rootAuthority("root");
  const identity = await issue(root, { names: [{ type: "ip", value: "127.0.0.1" }] });
  await writeCalls(writer, idsFrom(0, 3));
  const chunks: Buffer[] = [];
  const handle: Handle = (socket) => socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
  const plain = await listen(createServer(handle));
  expect(await shipperOf(here, target(plain)).drain()).toBe(true);
  const messages = messagesIn(Buffer.concat(chunks.splice(0)));
  const parts = messages.map((text) => message.exec(text)?.slice(1) ?? []);
  expect(parts.map(([priority, , host, app, process, id, seq]) => [priority, host, app, process, id, seq])).toEqual(
    ["segment", ...idsFrom(0, 3).flatMap(() => ["decision", "outcome"])].map((kind, at) => [
      String(13 * 8 + 6),
      hostname(),
      ...["sallyport", "gw-1", kind, String(at + 1)],
    ]),
  );
  const lines = here.lines();
  expect(parts.map((part) => JSON.parse(part[7] ?? "") as unknown)).toEqual(lines);
  expect(parts.every((part) => !Number.isNaN(Date.parse(part[1] ?? "")))).toBe(true);
  const caFile = join(here.dir, "ca.pem");
  writeFileSync(caFile, root.certPem);
  const secure = await listen(createTlsServer({ cert: identity.certPem, key: identity.keyPem }, handle));
  const again = shipperOf(here, target(secure, { caFile, client: null }), { cursor: noCursor });
  expect(await again.drain()).toBe(true);
  expect(messagesIn(Buffer.concat(chunks))).toEqual(messages);
  const untrusted = shipperOf(here, target(secure, { caFile: null, client: null }), { cursor: noCursor });
  expect(await untrusted.drain()).toBe(false);
});

/** All messages that a receiver gets of what is in the log. */
async function delivered(changes: Partial<SyslogTarget> = {}): Promise<{ messages: string[]; reduced: number }> {
  const chunks: Buffer[] = [];
  const port = await listen(createServer((socket) => socket.on("data", (chunk: Buffer) => void chunks.push(chunk))));
  const shipper = shipperOf(here, target(port, null, changes), { cursor: noCursor });
  expect(await shipper.drain()).toBe(true);
  const { reduced } = await shipper.state();
  return { messages: messagesIn(Buffer.concat(chunks)), reduced };
}

function written(reason: string): Promise<void> {
  const members = JSON.stringify({ kind: "decision", input: { reason } }).slice(1, -1);
  return new Promise((done, fail) => writer.append(`,${members}`, (error) => (error === null ? done() : fail(error))));
}

test("text beyond ASCII is escaped: a message of UTF-8 would have to begin with a byte order mark", async () => {
  const reason = "Rückgabe \u2028 😀 \x7f";
  await written(reason);
  const { messages } = await delivered();
  const [last = ""] = messages.slice(-1);
  expect(last).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(message.exec(last)?.[8] ?? "")).toMatchObject({ input: { reason } });
});

test.each(["record", "ecs"] as const)(
  "of a record that is too large for a message less is sent (%s), and counted",
  async (format) => {
    await written("ä".repeat(1_500));
    await written("x".repeat(500));
    const { messages, reduced } = await delivered({ format });
    expect(reduced).toBe(1);
    expect(messages.every((text) => text.length <= 7_168)).toBe(true);
    const bodies = messages
      .slice(-2)
      .map((text) => JSON.parse(message.exec(text)?.[8] ?? "") as { event?: { original: string } });
    const records =
      format === "record" ? bodies : bodies.map(({ event }) => JSON.parse(event?.original ?? "") as object);
    expect(records).toMatchObject([{ input: null, erased: ["/input"] }, { input: { reason: "x".repeat(500) } }]);
  },
);

test("a receiver that cuts the connection, or never ends its side, gets the same again", async () => {
  await writeCalls(writer, idsFrom(0, 3));
  const how: Handle[] = [(socket) => socket.once("data", () => socket.resetAndDestroy()), (socket) => socket.resume()];
  let got = Buffer.alloc(0);
  const port = await listen(
    createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      const next = how.shift();
      if (next !== undefined) return next(socket);
      socket.on("data", (chunk: Buffer) => (got = Buffer.concat([got, chunk])));
      socket.on("end", () => socket.end());
    }),
  );
  const shipper = shipperOf(here, target(port), { timeoutMs: 500 });
  expect(await shipper.drain()).toBe(false);
  expect(await shipper.drain()).toBe(false);
  expect((await shipper.state()).error).toBe("did not answer in time");
  expect(await shipper.drain()).toBe(true);
  expect(messagesIn(got).length).toBe(7);
});

test.each<[string, Handle]>([
  ["ends its side at once", (socket) => socket.end()],
  ["ends its side after the first bytes", (socket) => socket.once("data", () => socket.end())],
  ["closes at once", (socket) => socket.destroy()],
])("a receiver that %s, before this side has ended, has taken nothing", async (_how, early) => {
  await writeCalls(writer, idsFrom(0, 3));
  let got = Buffer.alloc(0);
  let isEarly = true;
  const port = await listen(
    createServer((socket) => {
      socket.on("error", () => undefined);
      if (isEarly) return early(socket);
      socket.on("data", (chunk: Buffer) => (got = Buffer.concat([got, chunk])));
    }),
  );
  // Every look at the clock is a second later: the pause is as long as it can be, and a busy machine is in time.
  let at = 0;
  const clock = { now: () => Date.now(), monotonic: () => (at += 1_000) };
  const shipper = shipperOf(here, target(port), { clock });
  for (let attempt = 0; attempt < 5; attempt += 1) expect(await shipper.drain()).toBe(false);
  expect(await shipper.state()).toMatchObject({ sent: 0, records: 7, failures: 5 });
  isEarly = false;
  expect(await shipper.drain()).toBe(true);
  expect(messagesIn(got).length).toBe(7);
});

/** Sends all, and keeps nothing. */
const noCursor = { read: () => null, write: () => undefined } as never;
