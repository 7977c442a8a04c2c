import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Decision } from "../../../gateway/domain/decision.ts";
import type { Outcome } from "../../../gateway/domain/decision-record.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { type Malformed, malformed } from "../../../gateway/listener/malformed.ts";
import type { Recorder } from "../../../gateway/record/recorder.ts";
import { TestClock, testIds } from "../../support/builders.ts";

interface Recorded {
  readonly indeterminate: string | null;
  readonly detail: string | null;
  readonly outcome: Outcome;
}

/** Who refuses what Node cannot parse, with a recorder that the test may break and pending answers that it lets go. */
function world({ broken = false }: { broken?: boolean } = {}) {
  const recorded: Recorded[] = [];
  const logged: string[] = [];
  const dead: Duplex[] = [];
  const waiting: (() => void)[] = [];
  const recorder = {
    async record(_context: unknown, { indeterminate, detail }: Decision, act: () => Promise<Outcome>) {
      if (broken) throw new Error("ENOSPC");
      recorded.push({ indeterminate, detail, outcome: await act() });
    },
  };
  const note = (message: string): void => void logged.push(message);
  const refuse = malformed({
    recorder: recorder as unknown as Recorder,
    clock: new TestClock(),
    ids: testIds(),
    logger: { debug: note, info: note, warn: note, error: note },
    connections: { add: (socket) => void dead.push(socket) },
    pending: { unfinished: () => null, afterAnswers: (_socket, then) => void waiting.push(then) },
  });
  const answers = (): void => {
    for (const then of waiting.splice(0)) then();
  };
  return { refuse, recorded, logged, dead, waiting, answers };
}

let server: Server;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Sends bytes to a server that leaves what it cannot parse to `refuse`; what comes back until the connection ends. */
async function send(refuse: Malformed, bytes: string): Promise<string> {
  server = createServer();
  server.on("clientError", refuse);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let back = "";
  socket.on("data", (chunk) => (back += chunk.toString("latin1")));
  socket.write(bytes);
  await once(socket, "close");
  return back;
}

/** As above, with every answer before it sent at once. */
const sendAlone = (one: ReturnType<typeof world>, bytes: string): Promise<string> =>
  send((error, socket, req) => {
    one.refuse(error, socket, req);
    setImmediate(one.answers);
  }, bytes);

test.each([
  ["what is no HTTP", "GARBAGE\r\n\r\n", 400, "request_malformed"],
  ["a head that is too long", `GET / HTTP/1.1\r\na: ${"x".repeat(20_000)}\r\n\r\n`, 431, "header_too_large"],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    400,
    "framing_ambiguous",
  ],
])(
  "answers %s in the shape of every refusal, recorded, and ends the connection",
  async (_what, bytes, status, code) => {
    const one = world();
    const back = await sendAlone(one, bytes);
    const [head = "", body = ""] = back.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain("Connection: close");
    const told = JSON.parse(body) as { decision_id: string };
    expect(told).toMatchObject({ type: `urn:sallyport:problem:${code}`, status, code, executed: false });
    expect(head).toContain(`Sallyport-Decision: ${told.decision_id}\r\nSallyport-Outcome: deny`);
    expect(one.recorded).toMatchObject([{ indeterminate: code, outcome: { kind: "refused", status, code } }]);
    expect(one.dead).toHaveLength(1);
  },
);

test("answers and records once what comes in many pieces", async () => {
  const one = world();
  const back = send(one.refuse, `GET / HTTP/1.1\r\na: ${"x".repeat(5_000_000)}\r\n\r\n`);
  await recordedBy(one);
  // The rest of it comes while the answer waits, and after it.
  for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next));
  one.answers();
  expect((await back).match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  expect(one.recorded).toHaveLength(1);
  expect(one.waiting).toEqual([]);
});

test("waits until the requests before it have their answers", async () => {
  const one = world();
  const back = send(one.refuse, "GARBAGE\r\n\r\n");
  await expect(Promise.race([back, recordedBy(one)])).resolves.toBe("recorded");
  one.answers();
  expect(await back).toContain("HTTP/1.1 400 ");
});

async function recordedBy({ waiting }: ReturnType<typeof world>): Promise<string> {
  while (waiting.length === 0) await new Promise((turn) => setImmediate(turn));
  return "recorded";
}

test("answers although it cannot record that, and says so to the operator", async () => {
  const one = world({ broken: true });
  expect(await sendAlone(one, "GARBAGE\r\n\r\n")).toContain("HTTP/1.1 400 ");
  expect(one.logged).toEqual(["a malformed request could not be recorded"]);
});

test("has nothing to say to a caller that is gone", () => {
  const one = world();
  const socket = { writable: true, destroyed: false, destroy: () => void (socket.destroyed = true) };
  one.refuse(Object.assign(new Error("reset"), { code: "ECONNRESET" }), socket as unknown as Duplex);
  expect([socket.destroyed, one.recorded, one.waiting, one.dead.length]).toEqual([true, [], [], 1]);
});

test("gives a refusal the headers that it asks for", async () => {
  const one = world();
  const back = await send((_error, socket) => {
    one.refuse(new Refusal("method_refused", { headers: { Allow: "GET" } }), socket);
    setImmediate(one.answers);
  }, "GARBAGE\r\n\r\n");
  expect(back).toMatch(/^HTTP\/1\.1 405 .*\r\nAllow: GET\r\n/s);
});

test("records and answers one fault of a connection, however many the parser finds", async () => {
  const one = world();
  const back = await send((error, socket, req) => {
    for (let fault = 0; fault < 3; fault += 1) one.refuse(error, socket, req);
    setImmediate(one.answers);
  }, "GARBAGE\r\n\r\n");
  expect(back.match(/^HTTP\/1\.1 \d{3} /gm)).toHaveLength(1);
  expect(one.recorded).toHaveLength(1);
});
