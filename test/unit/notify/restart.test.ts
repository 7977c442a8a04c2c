import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../../gateway/store/database.ts";
import { approver, holdRequest } from "../../support/approvals/test-approvals.ts";
import { TestClock } from "../../support/builders.ts";
import { type HookReceiver, hookReceiver, refundOf } from "../../support/channels/hook-receiver.ts";

let receiver: HookReceiver;
let dir: string;
beforeAll(async () => {
  receiver = await hookReceiver();
  dir = mkdtempSync(join(tmpdir(), "channels-"));
});
afterAll(async () => {
  await receiver.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => receiver.reset());

describe("after a crash", () => {
  test("sends what was not sent, and not again what was", async () => {
    const file = join(dir, "restart.db");
    const clock = new TestClock();
    const before = receiver.room({ database: openDatabase(file), clock });
    await before.holds.open(refundOf(1));
    await before.dispatcher.run();
    await before.holds.open(refundOf(2));
    before.database.close();
    expect(receiver.requests).toHaveLength(1);
    const after = receiver.room({ database: openDatabase(file), clock });
    await after.dispatcher.run();
    expect(receiver.requests).toHaveLength(2);
    await after.dispatcher.run();
    expect(receiver.requests).toHaveLength(2);
  });

  test("says again under the same id what may have been said already", async () => {
    const file = join(dir, "between.db");
    const clock = new TestClock();
    const before = receiver.room({ database: openDatabase(file), clock });
    const item = await before.holds.open(holdRequest());
    // The process dies after the far side has taken the message and before that is written down.
    before.outbox.settle = () => Promise.resolve(false);
    await before.dispatcher.run();
    before.database.close();
    const after = receiver.room({ database: openDatabase(file), clock });
    await after.dispatcher.run();
    expect(receiver.requests).toHaveLength(1);
    clock.advance(60_000);
    await after.dispatcher.run();
    expect(receiver.requests).toHaveLength(2);
    expect(new Set(receiver.ids()).size).toBe(1);
    expect(await after.outbox.of(item.id)).toMatchObject([{ state: "settled" }]);
  });

  test("sends what a clock that was ahead wrote down, and what it held", async () => {
    const file = join(dir, "ahead.db");
    const clock = new TestClock();
    clock.leap(365 * 86_400_000);
    const before = receiver.room({ database: openDatabase(file), clock });
    await before.holds.open(holdRequest());
    before.outbox.settle = () => Promise.resolve(false);
    await before.dispatcher.run();
    before.database.close();
    clock.leap(-365 * 86_400_000);
    const after = receiver.room({ database: openDatabase(file), clock });
    await after.dispatcher.run();
    expect(receiver.requests).toHaveLength(2);
  });

  test("tells of items whose letters or changes were never noted", async () => {
    const file = join(dir, "unnoted.db");
    const clock = new TestClock();
    const before = receiver.room({ database: openDatabase(file), clock });
    const told = await before.holds.open(refundOf(1));
    await before.dispatcher.run();
    await before.dispatcher.stop();
    clock.advance(1_000);
    const untold = await before.holds.open(refundOf(2));
    await before.service.vote(told.id, told.action_digest, approver, { vote: "deny", reason: "no" });
    expect(await before.outbox.of(untold.id)).toEqual([]);
    before.database.close();
    const after = receiver.room({ database: openDatabase(file), clock });
    await after.dispatcher.run();
    expect(await after.outbox.of(untold.id)).toMatchObject([{ state: "settled" }]);
    expect(await after.outbox.of(told.id)).toMatchObject([{ state: "closed", lastPhase: "denied" }]);
  });
});

test("two processes on one store send each message once between them", async () => {
  const file = join(dir, "shared.db");
  const clock = new TestClock();
  const one = receiver.room({ database: openDatabase(file), clock, process: "p_1", limits: { concurrency: 3 } });
  const other = receiver.room({ database: openDatabase(file), clock, process: "p_2", limits: { concurrency: 3 } });
  for (let amount = 1; amount <= 60; amount += 1) await (amount % 2 === 0 ? one : other).holds.open(refundOf(amount));
  await Promise.all([one.dispatcher.run(), other.dispatcher.run()]);
  expect(receiver.requests).toHaveLength(60);
  expect(new Set(receiver.ids()).size).toBe(60);
  const sent = [one, other].map(({ counted }) => counted.length);
  expect(Math.min(...sent)).toBeGreaterThan(0);
});

test("a lease that ran out is taken over, and the late word of its first holder counts no more", async () => {
  const room = receiver.room();
  const item = await room.holds.open(holdRequest());
  const now = room.clock.now();
  const [letter] = await room.outbox.take("audit", now, now + 1_000, 10, "n_first");
  expect(await room.outbox.take("audit", now, now + 1_000, 10, "n_second")).toEqual([]);
  expect(await room.outbox.take("audit", now + 1_000, now + 2_000, 10, "n_second")).toHaveLength(1);
  const said = { lastPhase: "held", remote: null, closed: false, at: now };
  expect(await room.outbox.settle(letter?.id ?? "", "n_first", said)).toBe(false);
  expect(await room.outbox.settle(letter?.id ?? "", "n_second", said)).toBe(true);
  expect(await room.outbox.of(item.id)).toMatchObject([{ state: "settled", sentCount: 1 }]);
});

test("a change while a message is on its way is told right after it", async () => {
  const room = receiver.room();
  const item = await room.holds.open(holdRequest());
  let voted: Promise<unknown> | null = null;
  receiver.answerWith((_req, res) => {
    voted ??= room.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
    void voted.then(() => res.end());
  });
  await room.dispatcher.run();
  const types = receiver.requests.map(({ body }) => (JSON.parse(body.toString()) as { type: string }).type);
  expect(types).toEqual(["approval.held", "approval.approved"]);
});
