import { deliver } from "../../../gateway/notify/deliver.ts";
import { holdLease, leaseTimes } from "../../../gateway/notify/hold-lease.ts";
import { eventually } from "../../support/eventually.ts";
import { hookReceiver, type HookReceiver } from "../../support/channels/hook-receiver.ts";
import { holdRequest } from "../../support/approvals/test-approvals.ts";

let receiver: HookReceiver;
beforeAll(async () => (receiver = await hookReceiver()));
beforeEach(() => receiver.reset());
afterAll(() => receiver.close());

const times = { leaseMs: 1_000, renewEveryMs: 5, stopAfterMs: 600 };

/** A message that a process has taken under the lease `n_1`, and holds. */
async function held(
  change: (outbox: ReturnType<HookReceiver["room"]>["outbox"]) => object = () => ({}),
  changed: Partial<typeof times> = {},
) {
  const room = receiver.room();
  await room.holds.open(holdRequest());
  const { clock, outbox } = room;
  const heldSince = clock.monotonic();
  const [message] = await outbox.take("audit", clock.now(), clock.now() + times.leaseMs, 10, "n_1");
  const lease = holdLease(
    { outbox: { ...outbox, ...change(outbox) }, clock },
    { message: message!, lease: "n_1", heldSince },
    { ...times, ...changed },
  );
  const takeNow = () => outbox.take("audit", clock.now(), clock.now() + times.leaseMs, 10, "n_2");
  return { clock, lease, takeNow };
}

test("a message is held for as long as it takes to send it, and is free afterwards", async () => {
  let renewed = 0;
  const { clock, lease, takeNow } = await held((outbox) => ({
    renew: async (...of: Parameters<typeof outbox.renew>) => {
      const isHeld = await outbox.renew(...of);
      renewed += 1;
      return isHeld;
    },
  }));
  clock.advance(500);
  const before = renewed;
  await eventually("it is renewed", () => (renewed > before + 1 ? true : null));
  clock.advance(550);
  expect([lease.lost.aborted, await takeNow()]).toEqual([false, []]);
  lease.end();
  clock.advance(1_000);
  expect(await takeNow()).toHaveLength(1);
});

test("a message that another has taken over is lost to its holder", async () => {
  const { clock, lease, takeNow } = await held(() => ({ renew: () => Promise.resolve(false) }));
  await eventually("it is lost", () => (lease.lost.aborted ? true : null));
  lease.end();
  clock.advance(1_000);
  expect(await takeNow()).toHaveLength(1);
});

test("a holder that cannot tell the others that it is at it stops before they may take over", async () => {
  const { clock, lease, takeNow } = await held(() => ({ renew: () => Promise.reject(new Error("no store")) }));
  clock.advance(599);
  expect(lease.lost.aborted).toBe(false);
  clock.advance(1);
  await eventually("it is lost", () => (lease.lost.aborted ? true : null));
  expect(await takeNow()).toEqual([]);
  lease.end();
});

test("it stops when its time is up, and not at its next attempt to renew", async () => {
  const renew = () => Promise.reject(new Error("no store"));
  const { lease } = await held(() => ({ renew }), { renewEveryMs: 60_000, stopAfterMs: 20 });
  await eventually("it is lost", () => (lease.lost.aborted ? true : null), 5_000);
  lease.end();
});

test("the time for which a message is held counts from before it was taken", async () => {
  const room = receiver.room({ limits: { timeoutMs: 2_000 } });
  const { take } = room.outbox;
  let taken = 0;
  room.outbox.take = async (...of) => {
    const due = await take(...of);
    if (due.length > 0 && (taken += 1) === 1) room.clock.advance(leaseTimes.stopAfterMs);
    return due;
  };
  receiver.answerWith((_req, res) => void (taken > 1 && res.end()));
  const item = await room.holds.open(holdRequest());
  await room.dispatcher.run();
  expect(room.counted).toEqual(["audit sent"]);
  expect(await room.outbox.of(item.id)).toMatchObject([{ state: "settled", sentCount: 1, attempts: 0 }]);
});

test("a message whose lease is lost before it is sent is not sent, and is free", async () => {
  const { room, holds, clock, outbox } = receiver.room();
  const item = await holds.open(holdRequest());
  const [message] = await outbox.take("audit", clock.now(), clock.now() + 1_000, 1, "n_1");
  let sent = 0;
  const send = () => {
    sent += 1;
    return Promise.resolve({ remote: null, answer: "" });
  };
  const channel = { ...room.channels.get("audit")!, send };
  await deliver(room, { message: message!, channel, lease: "n_1", heldSince: 0 }, AbortSignal.abort());
  expect([sent, await outbox.of(item.id)]).toMatchObject([0, [{ state: "waiting", attempts: 0, sentCount: 0 }]]);
});
