import type { ApprovalStore, NewOutboxMessage, OutboxStore } from "../../../gateway/domain/ports.ts";
import { sampleApproval } from "../console/sample-approvals.ts";
import type { Shared } from "./shared.ts";

export interface OutboxStores {
  readonly outbox: OutboxStore;
  /** The same store's approvals: messages are about them. */
  readonly approvals: Pick<ApprovalStore, "insert" | "move">;
}

const now = 100_000;

function message(approvalId: string, changes: Partial<NewOutboxMessage> = {}): NewOutboxMessage {
  const channel = changes.channel ?? "ops";
  return { id: `${approvalId}.${channel}`, approvalId, channel, escalated: false, created: now, due: now, ...changes };
}

const failure = { error: "answered 500", at: now };
const sent = { lastPhase: "held", remote: { ts: "1" }, closed: false, at: now };

/** What every store of outbox messages promises. */
export function describeOutboxStore(make: () => Promise<Shared<OutboxStores>>): void {
  describe("outbox messages", () => {
    let shared: Shared<OutboxStores>;
    let outbox: OutboxStore;
    beforeEach(async () => {
      shared = await make();
      ({ outbox } = shared.store);
    });
    afterEach(() => shared.close());
    const take = (lease: string, at = now, of = outbox) => of.take("ops", at, at + 1_000, 10, lease);
    const stateOf = async (id: string) => (await outbox.get(id))?.state;

    it("wait as they were added, and are not added twice", async () => {
      const whole = message("a_1", { escalated: true });
      await outbox.add([whole, message("a_2")]);
      await outbox.add([{ ...whole, due: now + 9 }, message("a_3")]);
      expect(await outbox.get("a_1.ops")).toEqual({
        ...whole,
        state: "waiting",
        attempts: 0,
        lastPhase: null,
        sentCount: 0,
        remote: null,
        error: null,
        errorAt: null,
      });
      expect((await outbox.of("a_3")).map(({ id }) => id)).toEqual(["a_3.ops"]);
      expect([await outbox.get("none"), await outbox.of("none")]).toEqual([null, []]);
    });

    it("are taken when they are due, of one channel, the longest due first, at most so many", async () => {
      await outbox.add([
        ...[message("a_1", { due: now - 1 }), message("a_2", { due: now - 3 }), message("a_3", { due: now - 2 })],
        ...[message("a_4", { due: now + 1 }), message("a_5", { channel: "mail" })],
      ]);
      const taken = await outbox.take("ops", now, now + 1_000, 2, "n_1");
      expect(taken.map(({ approvalId }) => approvalId).toSorted()).toEqual(["a_2", "a_3"]);
      expect((await take("n_2")).map(({ approvalId }) => approvalId)).toEqual(["a_1"]);
    });

    it("are held by one of two processes that take at once", async () => {
      const other = await shared.again();
      await outbox.add(Array.from({ length: 20 }, (_, n) => message(`a_${n}`)));
      const taken = await Promise.all([take("n_1"), take("n_2", now, other.store.outbox)]);
      const ids = taken.flat().map(({ id }) => id);
      expect([ids.length, new Set(ids).size]).toEqual([20, 20]);
      await other.close();
    });

    it("are free again when a lease has run out, and the late word of its holder counts no more", async () => {
      await outbox.add([message("a_1")]);
      await take("n_1");
      expect([(await take("n_2")).length, (await take("n_2", now + 1_000)).length]).toEqual([0, 1]);
      const late = [
        ...[outbox.settle("a_1.ops", "n_1", sent), outbox.postpone("a_1.ops", "n_1", now, failure)],
        ...[outbox.deadLetter("a_1.ops", "n_1", failure), outbox.release("a_1.ops", "n_1")],
      ];
      expect(await Promise.all(late)).toEqual([false, false, false, false]);
      expect(await outbox.settle("a_1.ops", "n_2", sent)).toBe(true);
    });

    it("are held for longer by their holder alone", async () => {
      await outbox.add([message("a_1")]);
      await take("n_1");
      expect([await outbox.renew("a_1.ops", "n_1", now + 2_000), await outbox.renew("a_1.ops", "n_2", now)]).toEqual([
        true,
        false,
      ]);
      expect([(await take("n_2", now + 1_500)).length, (await take("n_2", now + 2_000)).length]).toEqual([0, 1]);
      expect(await outbox.renew("a_1.ops", "n_1", now + 9_000)).toBe(false);
    });

    it("are held also by a process whose clock is a little ahead", async () => {
      await outbox.add([message("a_1")]);
      expect([(await take("n_1", now + 500)).length, (await take("n_2", now)).length]).toEqual([1, 0]);
    });

    it("that a clock which was ahead wrote down or held are due at once", async () => {
      const ahead = now + 3_600_000;
      await outbox.add([message("a_1", { created: ahead, due: ahead }), message("a_2"), message("a_3")]);
      await take("n_1", ahead);
      await outbox.postpone("a_3.ops", "n_1", ahead + 1, { ...failure, at: ahead });
      expect((await take("n_2")).map(({ id }) => id).toSorted()).toEqual(["a_1.ops", "a_2.ops", "a_3.ops"]);
    });

    it("remember what was said last, how often, and what the far side calls it", async () => {
      await outbox.add([message("a_1")]);
      await take("n_0");
      await outbox.postpone("a_1.ops", "n_0", now, failure);
      await take("n_1");
      await outbox.settle("a_1.ops", "n_1", sent);
      expect(await outbox.get("a_1.ops")).toMatchObject({
        attempts: 0,
        error: null,
        errorAt: null,
        state: "settled",
        lastPhase: "held",
        sentCount: 1,
        remote: { ts: "1" },
      });
      await outbox.reopen("a_1.ops", now);
      await take("n_2");
      await outbox.settle("a_1.ops", "n_2", { lastPhase: null, remote: null, closed: true, at: now });
      expect(await outbox.get("a_1.ops")).toMatchObject({
        state: "closed",
        lastPhase: "held",
        sentCount: 1,
        remote: { ts: "1" },
      });
    });

    it("are postponed, given back, given up and tried again", async () => {
      await outbox.add([message("a_1"), message("a_2"), message("a_3")]);
      await take("n_1");
      expect(await outbox.postpone("a_1.ops", "n_1", now + 500, failure)).toBe(true);
      expect(await outbox.release("a_2.ops", "n_1")).toBe(true);
      expect(await outbox.deadLetter("a_3.ops", "n_1", failure)).toBe(true);
      expect(await outbox.get("a_1.ops")).toMatchObject({
        state: "waiting",
        attempts: 1,
        due: now + 500,
        error: "answered 500",
        errorAt: now,
      });
      expect(await outbox.get("a_2.ops")).toMatchObject({ state: "waiting", attempts: 0, due: now });
      expect((await outbox.dead(9)).map(({ id, attempts }) => [id, attempts])).toEqual([["a_3.ops", 1]]);
      expect([await outbox.requeue("a_3.ops", now + 7), await outbox.requeue("a_3.ops", now)]).toEqual([true, false]);
      expect(await outbox.get("a_3.ops")).toMatchObject({ state: "waiting", attempts: 0, due: now + 7 });
    });

    it("are reopened and closed only when they are settled", async () => {
      await outbox.add([message("a_1")]);
      const change = async () => [await outbox.reopen("a_1.ops", now + 5), await outbox.close("a_1.ops")];
      expect(await change()).toEqual([false, false]);
      await take("n_1");
      await outbox.settle("a_1.ops", "n_1", sent);
      expect(await change()).toEqual([true, false]);
      await take("n_2", now + 5);
      await outbox.settle("a_1.ops", "n_2", sent);
      expect([await outbox.close("a_1.ops"), await stateOf("a_1.ops")]).toEqual([true, "closed"]);
    });

    it("that are dead are listed from the newest failure, at most so many", async () => {
      await outbox.add([message("a_1"), message("a_2"), message("a_3")]);
      await take("n_1");
      for (const [n, at] of [
        [1, 20],
        [2, 30],
        [3, 10],
      ])
        await outbox.deadLetter(`a_${n}.ops`, "n_1", { error: "no", at: at! });
      expect((await outbox.dead(2)).map(({ id }) => id)).toEqual(["a_2.ops", "a_1.ops"]);
    });

    it("are counted by channel: those that are due, and those that are dead", async () => {
      await outbox.add([
        message("a_1"),
        message("a_2"),
        message("a_3", { due: now + 1 }),
        message("a_4", { channel: "mail" }),
      ]);
      await outbox.take("mail", now, now + 1_000, 1, "n_1");
      await outbox.deadLetter("a_4.mail", "n_1", failure);
      const counts = (await outbox.counts(now)).toSorted((one, other) => one.channel.localeCompare(other.channel));
      expect(counts).toEqual([
        { channel: "mail", state: "dead", count: 1 },
        { channel: "ops", state: "waiting", count: 2 },
      ]);
    });

    it("that a crash left undone are found: of held items without any, and of items that changed after they were settled", async () => {
      const { approvals } = shared.store;
      for (const id of ["a_none", "a_new", "a_told", "a_moved"])
        await approvals.insert(sampleApproval({ id, created: now }));
      await outbox.add([message("a_new"), message("a_told"), message("a_moved")]);
      await take("n_1");
      const said = { ...sent, at: now + 50 };
      for (const id of ["a_told", "a_moved"]) await outbox.settle(`${id}.ops`, "n_1", said);
      // In the same millisecond: what changed may not have been said.
      const set = { resolved_at: now + 50, outcome: "not needed" };
      await approvals.move("a_moved", { from: "held", to: "cancelled", set }, now + 50);
      expect((await outbox.behind()).toSorted()).toEqual(["a_moved", "a_none"]);
    });

    it("are durable when the call resolves, and another connection sees them", async () => {
      const other = await shared.again();
      await outbox.add([message("a_1")]);
      expect(await other.store.outbox.of("a_1")).toHaveLength(1);
      await other.close();
    });
  });
}
