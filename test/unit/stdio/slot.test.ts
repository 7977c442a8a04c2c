import type { InnerRequest } from "../../../gateway/domain/ports.ts";
import { type Launched, ServerSlot, type SlotOptions } from "../../../gateway/stdio/slot.ts";
import { realClock } from "../../support/credentials.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";
import { type PlayedServer, playServer, turn } from "../../support/stdio/pipes.ts";

const request = {} as InnerRequest;
const shakesHands = { answer: ({ id }: { id?: unknown }) => (id === undefined ? undefined : { result: { ok: true } }) };

function slotOf(changes: Partial<SlotOptions> = {}, play: Parameters<typeof playServer>[0] = shakesHands) {
  const servers: PlayedServer[] = [];
  const killed: PlayedServer[] = [];
  const closed: true[] = [];
  const idle: true[] = [];
  const time = { skipped: 0 };
  const slot = new ServerSlot({
    initialize: { protocolVersion: "v" },
    clientSaysReady: false,
    startTimeoutMs: 1_000,
    idleMs: 60_000,
    clock: { now: realClock.now, monotonic: () => realClock.monotonic() + time.skipped },
    connection: { clock: realClock, nextAsked: () => 1, isOnes: false },
    logger: quiet,
    route: "r",
    onIdle: () => idle.push(true),
    onClosed: () => closed.push(true),
    launch: (): Launched => {
      const server = playServer(play);
      servers.push(server);
      const kill = (): void => void killed.push(server);
      return { transport: server.transport, opened: Promise.resolve(), about: {}, kill, end: async () => kill() };
    },
    ...changes,
  });
  return { slot, servers, killed, closed, idle, time };
}

test("starts a server once for all that need it, and shakes hands", async () => {
  const { slot, servers } = slotOf();
  const [one, other] = await Promise.all([slot.connection(request), slot.connection(request)]);
  expect(one).toBe(other);
  expect(one.initialized).toEqual({ ok: true });
  await turn();
  expect(servers).toHaveLength(1);
  expect(servers[0]?.received.map(({ method }) => method)).toEqual(["initialize", "notifications/initialized"]);
});

test("leaves it to the client to say that it is ready, but for a server that is started again", async () => {
  const { slot, servers } = slotOf({ clientSaysReady: true });
  await slot.connection(request);
  servers[0]?.transport.end("killed");
  await slot.connection(request);
  await turn();
  expect(servers.map(({ received }) => received.length)).toEqual([1, 2]);
});

test("starts a server again that has ended, after a pause", async () => {
  const { slot, servers } = slotOf();
  await slot.connection(request);
  servers[0]?.transport.end("killed");
  expect([slot.current, slot.finding()?.problem]).toEqual([
    null,
    expect.stringMatching(/route r has failed since .*: killed$/),
  ]);
  const before = performance.now();
  expect((await slot.connection(request)).isEnded).toBe(false);
  expect(performance.now() - before).toBeGreaterThan(200);
  expect(slot.finding()).toBeNull();
});

test("pauses twice as long after each failure, and says when to come again", async () => {
  const { slot, servers, time } = slotOf(
    { startTimeoutMs: 300 },
    { answer: () => ({ error: { code: 1, message: "no" } }) },
  );
  const pauses: number[] = [];
  for (let start = 0; start < 6; start += 1) {
    const failure = (await slot.connection(request).catch((thrown: unknown) => thrown)) as {
      code: string;
      retryAfterS: number;
    };
    expect(failure.code).toBe("upstream_not_started");
    pauses.push(failure.retryAfterS);
    time.skipped += failure.retryAfterS * 1_000;
  }
  expect(pauses).toEqual([1, 1, 1, 2, 4, 8]);
  expect(servers).toHaveLength(6);
  time.skipped -= 1_000;
  await expect(slot.connection(request)).rejects.toMatchObject({ code: "upstream_not_started" });
  expect(servers).toHaveLength(6);
  expect(slot.finding()?.problem).toContain("6 times in a row");
});

test("gives up on a server that does not shake hands in time, and ends it", async () => {
  const { slot, servers, killed } = slotOf({ startTimeoutMs: 50 }, {});
  await expect(slot.connection(request)).rejects.toMatchObject({
    code: "upstream_not_started",
    detail: "it did not answer initialize within 50 ms",
  });
  expect(killed).toContain(servers[0]);
});

test("says so when it was idle for its time, and not while a call is under way", async () => {
  const { slot, idle } = slotOf(
    { idleMs: 30 },
    { answer: ({ method }) => (method === "initialize" ? { result: {} } : undefined) },
  );
  const connection = await slot.connection(request);
  const member = { capabilities: {}, tell: () => undefined };
  let end = (): void => undefined;
  connection.request(
    { jsonrpc: "2.0", id: 1, method: "tools/call" },
    { member, answered: () => undefined, failed: () => undefined },
    () => (end = () => connection.leave(member)),
  );
  connection.join(member);
  await new Promise((later) => setTimeout(later, 100));
  expect(idle).toEqual([]);
  end();
  await eventually("it is idle", () => (idle.length > 0 ? true : null));
});

test("is ended once, and starts nothing then", async () => {
  const { slot, killed, closed } = slotOf();
  await slot.connection(request);
  await slot.close();
  await slot.close();
  await expect(slot.connection(request)).rejects.toMatchObject({ code: "upstream_not_started" });
  expect([killed.length > 0, closed.length]).toEqual([true, 1]);
});

test("shows a running server each request before it is sent", async () => {
  const seen: InnerRequest[] = [];
  const server = playServer(shakesHands);
  const launch = (): Launched => ({
    transport: server.transport,
    opened: Promise.resolve(),
    about: {},
    kill: () => undefined,
    sees: (one) => seen.push(one),
    end: () => Promise.resolve(),
  });
  const { slot } = slotOf({ launch });
  await slot.connection(request);
  const second = { method: "POST" } as InnerRequest;
  await slot.connection(second);
  expect(seen).toEqual([second]);
});
