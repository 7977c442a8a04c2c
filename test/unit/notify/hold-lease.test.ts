import { holdLease } from "../../../gateway/notify/hold-lease.ts";
import { eventually } from "../../support/eventually.ts";
import { hookReceiver, type HookReceiver } from "../../support/channels/hook-receiver.ts";
import { holdRequest } from "../../support/approvals/test-approvals.ts";

let receiver: HookReceiver;
beforeAll(async () => (receiver = await hookReceiver()));
afterAll(() => receiver.close());

const times = { leaseMs: 1_000, renewEveryMs: 5, stopAfterMs: 600 };

/** A message that a process has taken under the lease `n_1`, and holds. */
async function held(change: (outbox: ReturnType<HookReceiver["room"]>["outbox"]) => object = () => ({})) {
  const room = receiver.room();
  await room.holds.open(holdRequest());
  const { clock, outbox } = room;
  const [message] = await outbox.take("audit", clock.now(), clock.now() + times.leaseMs, 10, "n_1");
  const lease = holdLease(
    { outbox: { ...outbox, ...change(outbox) }, clock },
    { message: message!, lease: "n_1" },
    times,
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
