import type { ServerResponse } from "node:http";
import { retryDelayMs } from "../../../gateway/notify/retry.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { holdRequest } from "../../support/approvals/test-approvals.ts";
import { TestClock } from "../../support/builders.ts";
import { type HookReceiver, hookReceiver, hookSecrets, refundOf } from "../../support/channels/hook-receiver.ts";
import { silentServer } from "../../support/channels/mail-server.ts";
import { limits } from "../../support/channels/test-dispatcher.ts";
import { eventually } from "../../support/eventually.ts";
import { recordingUpstream } from "../../support/recording-upstream.ts";

let receiver: HookReceiver;
beforeAll(async () => {
  receiver = await hookReceiver();
});
afterAll(() => receiver.close());
beforeEach(() => receiver.reset());

describe("a message that is not taken", () => {
  test("is tried again with doubling waits under the same id, and becomes a dead letter after the last attempt", async () => {
    const room = receiver.room();
    receiver.answer(500, {}, "down for now");
    const item = await room.holds.open(holdRequest());
    const waits: number[] = [];
    for (let attempt = 1; attempt <= limits.attempts; attempt += 1) {
      await room.dispatcher.run();
      const [letter] = await room.outbox.of(item.id);
      expect(letter?.attempts).toBe(attempt);
      if (letter?.state !== "waiting") break;
      waits.push(letter.due - room.clock.now());
      await room.dispatcher.run();
      room.clock.advance(letter.due - room.clock.now());
    }
    expect(receiver.requests).toHaveLength(3);
    expect(new Set(receiver.ids()).size).toBe(1);
    expect(waits.map((wait, nth) => wait >= 500 * 2 ** nth && wait <= 1_000 * 2 ** nth)).toEqual([true, true]);
    expect(await room.outboxService.deadLetters(10)).toMatchObject([
      {
        approval_id: item.id,
        channel: "audit",
        kind: "webhook",
        attempts: 3,
        told: false,
        error: "answered 500: down for now",
      },
    ]);
    expect(room.counted).toEqual(["audit failed", "audit failed", "audit dead"]);
    expect(await room.outboxService.channels()).toEqual([
      { name: "audit", kind: "webhook", updates: false, waiting: 0, dead: 1 },
    ]);
  });

  test("is sent when somebody retries the dead letter, and what is no dead letter cannot be retried", async () => {
    const room = receiver.room();
    receiver.answer(404);
    const item = await room.holds.open(holdRequest());
    await room.dispatcher.run();
    const [dead] = await room.outboxService.deadLetters(10);
    expect(dead).toMatchObject({ attempts: 1, error: "answered 404" });
    receiver.answer(200);
    await room.outboxService.retry(dead?.id ?? "", "approver");
    await room.dispatcher.run();
    expect(await room.outbox.of(item.id)).toMatchObject([{ state: "settled", attempts: 0, error: null }]);
    for (const id of [dead?.id ?? "", "a_none.audit"]) {
      await expect(room.outboxService.retry(id, "approver")).rejects.toMatchObject({ code: "letter_unknown" });
    }
  });

  test("waits as long as Retry-After says, together with everything else for this channel", async () => {
    const room = receiver.room({ limits: { concurrency: 1 } });
    receiver.answer(429, { "retry-after": "30" });
    await room.holds.open(refundOf(1));
    await room.holds.open(refundOf(2));
    await room.dispatcher.run();
    expect(receiver.requests).toHaveLength(1);
    receiver.answer(200);
    room.clock.advance(29_999);
    await room.dispatcher.run();
    expect(receiver.requests).toHaveLength(1);
    room.clock.advance(1);
    await room.dispatcher.run();
    expect(receiver.requests).toHaveLength(3);
  });

  test("does not follow a redirect", async () => {
    const other = await recordingUpstream();
    const room = receiver.room();
    receiver.answer(307, { location: `${other.origin}/elsewhere` });
    const item = await room.holds.open(holdRequest());
    await room.dispatcher.run();
    await other.close();
    expect(other.requests).toEqual([]);
    expect(await room.outbox.of(item.id)).toMatchObject([{ error: "answered 307; redirects are not followed" }]);
  });

  test("shows no secret that the far side repeats", async () => {
    const room = receiver.room();
    receiver.answer(400, {}, `bad signature; expected ${hookSecrets["env:HOOK"]}\u001b[31m\nX-Evil: 1`);
    await room.holds.open(holdRequest());
    await room.dispatcher.run();
    const [dead] = await room.outboxService.deadLetters(10);
    expect(dead?.error).toBe("answered 400: bad signature; expected [removed]⟦U+001B⟧[31m X-Evil: 1");
    expect(JSON.stringify([room.log, room.database.prepare("SELECT * FROM outbox").all()])).not.toContain("whsec_");
  });

  test("names the reference of a secret that cannot be read", async () => {
    const room = receiver.room({ secrets: {} });
    const item = await room.holds.open(holdRequest());
    await room.dispatcher.run();
    expect(await room.outbox.of(item.id)).toMatchObject([{ state: "waiting", error: "env:HOOK is not set" }]);
  });

  test("spreads the waits of letters that failed together", () => {
    const waits = Array.from({ length: 50 }, (_, nth) => retryDelayMs(`a_${nth}.audit`, 4, limits));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(4_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(8_000);
    expect(new Set(waits).size).toBeGreaterThan(45);
    expect(retryDelayMs("a_1.audit", 99, limits)).toBeLessThanOrEqual(limits.longestRetryMs);
  });
});

describe("a channel that hangs", () => {
  test("is cut off in time and holds up neither callers nor other channels", async () => {
    const hung = await silentServer();
    const stuck = receiver.channel("stuck", `http://127.0.0.1:${hung.port}/hook`);
    const room = receiver.room({ settings: [stuck, receiver.channel("fine")], limits: { concurrency: 2 } });
    // Opening is synchronous, so nothing can have been sent, let alone have hung, by the time that it is done.
    for (let amount = 1; amount <= 20; amount += 1) await room.holds.open(refundOf(amount));
    expect(receiver.requests).toHaveLength(0);
    room.dispatcher.start();
    await eventually("the other channel has told everything", () => (receiver.requests.length === 20 ? true : null));
    await room.dispatcher.stop(0);
    const short = receiver.room({ settings: [stuck], limits: { timeoutMs: 200 } });
    await short.holds.open(holdRequest());
    await short.dispatcher.run();
    const cutOff = short.log.find(({ level }) => level === "warn");
    expect(cutOff?.fields).toMatchObject({ channel: "stuck", error: "did not answer in time" });
    await hung.close();
  });

  test("is not waited for when the gateway stops, and its message is sent after the next start", async () => {
    const hung = await silentServer();
    const database = openDatabase(":memory:");
    const clock = new TestClock();
    const before = receiver.room({
      database,
      clock,
      settings: [receiver.channel("audit", `http://127.0.0.1:${hung.port}/hook`)],
    });
    const item = await before.holds.open(holdRequest());
    const running = before.dispatcher.run();
    await before.dispatcher.stop(0);
    await running;
    await hung.close();
    expect(await before.outbox.of(item.id)).toMatchObject([{ state: "waiting", attempts: 0 }]);
    const after = receiver.room({ database, clock });
    await after.dispatcher.run();
    expect(await after.outbox.of(item.id)).toMatchObject([{ state: "settled", sentCount: 1 }]);
  });
});

test("an outbox that cannot be written harms no hold, and the message is sent once it can", async () => {
  const room = receiver.room();
  const { add } = room.outbox;
  room.outbox.add = () => Promise.reject(new Error("disk full"));
  const item = await room.holds.open(holdRequest());
  expect(item.state).toBe("held");
  room.outbox.add = add;
  await room.dispatcher.run();
  expect(receiver.requests).toHaveLength(1);
  expect(room.log).toMatchObject([{ level: "error", message: "channels: a message cannot be stored yet" }]);
});

test("no more messages of a channel are on their way than it has slots, also when due ones are looked for twice at once", async () => {
  const room = receiver.room({ limits: { concurrency: 2 } });
  let [now, most] = [0, 0];
  const waiting: ServerResponse[] = [];
  const answerAll = (): void => {
    now -= waiting.length;
    for (const res of waiting.splice(0)) res.end();
  };
  receiver.answerWith((_req, res) => {
    now += 1;
    most = Math.max(most, now);
    waiting.push(res);
    // A third one would have arrived meanwhile.
    if (waiting.length === 2) setTimeout(answerAll, 50);
  });
  for (let amount = 1; amount <= 8; amount += 1) await room.holds.open(refundOf(amount));
  await Promise.all([room.dispatcher.run(), room.dispatcher.run()]);
  expect([receiver.requests.length, most]).toEqual([8, 2]);
});
