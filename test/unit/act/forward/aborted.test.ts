/** Calls whose access ends while they are at a real tool server. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnswerSink } from "../../../../gateway/domain/upstream-answer.ts";
import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { Upstreams } from "../../../../gateway/act/forward/upstreams.ts";
import { ClientConnection } from "../../../../gateway/domain/connections.ts";
import type { EndedBy } from "../../../../gateway/domain/revocation.ts";
import type { CallsUnderWay } from "../../../../gateway/endings/calls-under-way.ts";
import { route, TestClock, toolCall } from "../../../support/builders.ts";
import { access, testEndings } from "../../../support/endings.ts";

const by: EndedBy = { kind: "gateway", id: "k_1", reason: "incident" };
const everything = (): boolean => true;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A tool server that does with each request what the test says, and how many of them were cut. */
async function world(connections = 4, answer: (res: ServerResponse) => void = () => undefined) {
  const requests: IncomingMessage[] = [];
  const [arrived, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createServer((req, res) => {
    requests.push(req);
    res.on("close", () => {
      if (!res.writableFinished) aborted.resolve();
    });
    answer(res);
    arrived.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const clock = new TestClock();
  const { underWay, endings } = testEndings(undefined, clock);
  const upstreams = new Upstreams(underWay);
  closing.push(
    () => new Promise((done) => server.close(done)),
    () => server.closeAllConnections(),
    () => upstreams.destroy(),
  );
  const chunks: Buffer[] = [];
  const sink: AnswerSink = {
    head: () => undefined,
    data: (chunk) => chunks.push(chunk) > 0,
    onDrain: () => undefined,
    end: () => undefined,
  };
  const base = route();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = toolCall({ route: { ...base, upstream: { ...base.upstream, origin, connections } } });
  const send = (exclusive = false) =>
    upstreams.send(
      call,
      {
        headers: [],
        injection: noInjection,
        exclusive,
        connection: new ClientConnection(),
        mayIdle: true,
        judgesEvents: false,
        access: { ...access, since: clock.at },
      },
      sink,
    );
  return { requests, arrived: arrived.promise, aborted: aborted.promise, endings, underWay, clock, send, chunks };
}

function lookBy(underWay: CallsUnderWay, upToDate: CallsUnderWay["upToDate"]): void {
  Object.assign(underWay, { upToDate });
}

test.each([
  ["of the pool", false],
  ["of its own", true],
])("a call on a connection %s is cut at its tool server, and told as perhaps executed", async (_, exclusive) => {
  const { send, arrived, aborted, endings, underWay } = await world();
  const sending = send(exclusive);
  await arrived;
  expect(await endings.end(everything, by)).toMatchObject({ calls: 1, streams: 0 });
  await aborted;
  expect(await sending).toMatchObject({
    started: true,
    endedBy: by,
    error: { code: "access_ended" },
  });
  expect(underWay.size).toBe(0);
});

test("an event stream counts as a stream, and nothing of it passes any more", async () => {
  const { send, aborted, endings, chunks } = await world(4, (res) => {
    res.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
    const more = setInterval(() => res.write("data: 2\n\n"), 1);
    res.on("close", () => clearInterval(more));
  });
  const sending = send();
  while (chunks.length === 0) await new Promise(setImmediate);
  expect(await endings.end(everything, by)).toMatchObject({ calls: 0, streams: 1 });
  const passed = chunks.length;
  await aborted;
  expect(await sending).toMatchObject({ endedBy: by, status: 200 });
  expect(chunks).toHaveLength(passed);
});

test("a call that waits for a connection is answered at once, and never sent", async () => {
  const { send, arrived, endings, requests, aborted, clock } = await world(1, (res) => {
    if (requests.length === 2) res.end("done");
  });
  const first = send();
  await arrived;
  const second = send();
  expect(await endings.end(everything, by)).toMatchObject({ calls: 2 });
  expect(await second).toMatchObject({ started: false, endedBy: by, error: { code: "gateway_stopped" } });
  await aborted;
  await first;
  // Behind it comes one that began afterwards: had the second one been sent, it would be before it.
  clock.advance(1);
  expect(await send()).toMatchObject({ error: null });
  expect(requests).toHaveLength(2);
});

test("a call that was judged before an end is not sent after it", async () => {
  const { send, endings, requests } = await world();
  await endings.end(everything, by);
  expect(await send()).toMatchObject({ started: false, endedBy: by, error: { code: "gateway_stopped" } });
  expect(requests).toHaveLength(0);
});

test("a call that has ended is no longer under way", async () => {
  const { send, endings, underWay } = await world(4, (res) => res.end("done"));
  expect(await send()).toMatchObject({ error: null, endedBy: null });
  expect([underWay.size, (await endings.end(everything, by)).calls]).toEqual([0, 0]);
});

test.each([
  ["of the pool", false],
  ["of its own", true],
])(
  "a call on a connection %s waits while this process looks for what has ended, and is sent then",
  async (_, exclusive) => {
    const { send, requests, underWay } = await world(1, (res) => res.end("done"));
    const looked = Promise.withResolvers<boolean>();
    const asked = Promise.withResolvers<void>();
    let looks: Promise<boolean> | null = looked.promise;
    lookBy(underWay, () => {
      if (looks !== null) asked.resolve();
      return looks;
    });
    const sending = send(exclusive);
    await asked.promise;
    expect(requests).toHaveLength(0);
    looks = null;
    looked.resolve(true);
    expect(await sending).toMatchObject({ started: true, status: 200, endedBy: null });
    expect(requests).toHaveLength(1);
  },
);

test("a call that has ended while this process looked is never sent", async () => {
  const { send, requests, underWay, endings } = await world(1, (res) => res.end("done"));
  const looked = Promise.withResolvers<boolean>();
  const asked = Promise.withResolvers<void>();
  lookBy(underWay, () => {
    asked.resolve();
    return looked.promise;
  });
  const sending = send();
  await asked.promise;
  expect(await endings.end(everything, by)).toMatchObject({ calls: 1 });
  looked.resolve(true);
  expect(await sending).toMatchObject({ started: false, endedBy: by });
  expect(requests).toHaveLength(0);
});

test.each([
  ["looks again when it stood still again before it was sent", true, 3],
  ["looks once when it could not look", false, 1],
])("a call of a process %s", async (_, couldLook, most) => {
  const { send, requests, underWay } = await world(1, (res) => res.end("done"));
  let looks = 0;
  lookBy(underWay, () => {
    if (looks === 3) return null;
    looks += 1;
    expect(requests).toHaveLength(0);
    return Promise.resolve(couldLook);
  });
  expect(await send()).toMatchObject({ started: true, status: 200 });
  expect([looks, requests.length]).toEqual([most, 1]);
});
