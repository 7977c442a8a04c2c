import { ApprovalEndings, reportInterrupted, startExpiry } from "../../../gateway/approvals/expiry.ts";
import { Background } from "../../../gateway/compose/background.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";

async function releasedBy(process: string) {
  const made = testApprovals({ process });
  const item = await made.holds.open(holdRequest());
  await made.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  await made.holds.consume(item.id);
  return { ...made, item };
}

test("takes nothing from a process that starts while what dead ones left is looked for", async () => {
  const { approvals, item, clock } = await releasedBy("p_2");
  let looks = 0;
  const processes = {
    ...approvals.processes,
    alive: async (now: number, silentMs: number) => {
      const found = await approvals.processes.alive(now, silentMs);
      if (++looks === 1) await approvals.processes.beat("p_2", clock.now());
      return found;
    },
  };
  const told: string[] = [];
  await (
    await reportInterrupted({ ...approvals, process: "p_1", processes }, ({ id }) => told.push(id))
  )();
  expect(told).toEqual([]);
  expect((await approvals.store.get(item.id))?.state).toBe("released");
  await approvals.processes.leave("p_2");
  await (
    await reportInterrupted({ ...approvals, process: "p_1" }, ({ id }) => told.push(id))
  )();
  expect(told).toEqual([item.id]);
});

test("settles what an earlier life of this process released, also when the store fails at first", async () => {
  const { approvals, item } = await releasedBy("p_1");
  let moves = 0;
  const store = {
    ...approvals.store,
    move: (...given: Parameters<typeof approvals.store.move>) =>
      ++moves === 1 ? Promise.reject(new Error("it took too long")) : approvals.store.move(...given),
  };
  const told: string[] = [];
  const stop = await startExpiry({ ...approvals, store }, new Background(quiet), ({ id }) => told.push(id));
  await eventually("it is settled", async () =>
    (await approvals.store.get(item.id))?.state === "unknown" ? true : null,
  );
  await stop();
  expect([told, moves]).toEqual([[item.id], 2]);
});

test("tells changes of other processes that could not be read at first", async () => {
  const { approvals, holds } = testApprovals();
  const item = await holds.open(holdRequest());
  let [changed, reads] = [true, 0];
  const store = {
    ...approvals.store,
    changedElsewhere: () => {
      const was = changed;
      changed = false;
      return was;
    },
    changedSince: (at: number) =>
      ++reads === 1 ? Promise.reject(new Error("locked")) : approvals.store.changedSince(at),
  };
  const told: string[] = [];
  approvals.events.watch(({ id }) => void told.push(id));
  const stop = await startExpiry({ ...approvals, store }, new Background(quiet), () => undefined);
  await eventually("the change is told", () => (told.length > 0 ? true : null));
  await stop();
  expect([told, reads]).toEqual([[item.id], 2]);
});

describe("endings of approved calls", () => {
  /** ApprovalEndings that fail as long as the store is locked. */
  function world() {
    const endings = new ApprovalEndings(quiet);
    const written: string[] = [];
    const state = { locked: true };
    const ending = (name: string) => async () => {
      await Promise.resolve();
      if (state.locked) throw new Error("locked");
      written.push(name);
    };
    return { endings, written, state, ending };
  }

  test("are written later, also one that comes meanwhile", async () => {
    const { endings, written, state, ending } = world();
    await endings.write(ending("one"));
    await endings.write(ending("two"));
    await expect(endings.retry()).rejects.toThrow("locked");
    state.locked = false;
    const retrying = endings.retry();
    state.locked = true;
    const third = endings.write(ending("three"));
    await expect(retrying).rejects.toThrow("locked");
    await third;
    state.locked = false;
    await endings.retry();
    expect(written.toSorted()).toEqual(["one", "three", "two"]);
  });

  test("are written together, and those that cannot be are kept", async () => {
    const { endings, written, state, ending } = world();
    const turn = Promise.withResolvers<void>();
    let isTaken = false;
    const waitsForTurn = async () => {
      await ending("waits")();
      await turn.promise;
    };
    const takesTurn = async () => {
      await ending("takes")();
      isTaken = true;
      turn.resolve();
    };
    await endings.write(waitsForTurn);
    await endings.write(takesTurn);
    let failures = 2;
    await endings.write(async () => {
      if (failures-- > 0) throw new Error("not yet");
      written.push("later");
    });
    state.locked = false;
    await expect(endings.retry()).rejects.toThrow("not yet");
    expect([written, isTaken]).toEqual([["waits", "takes"], true]);
    await endings.retry();
    expect(written).toEqual(["waits", "takes", "later"]);
  });

  test("do not stop those behind them when they fail again and again", async () => {
    const { endings, written, state, ending } = world();
    const fails = () => Promise.reject(new Error("for ever"));
    for (let count = 0; count < 40; count++) await endings.write(fails);
    await endings.write(ending("behind"));
    state.locked = false;
    await expect(endings.retry()).rejects.toThrow("for ever");
    await expect(endings.retry()).rejects.toThrow("for ever");
    expect(written).toEqual(["behind"]);
  });

  test("are awaited before the store is closed", async () => {
    const endings = new ApprovalEndings(quiet);
    const store = Promise.withResolvers<void>();
    const writing = endings.write(() => store.promise);
    let idle = false;
    const waiting = endings.idle().then(() => (idle = true));
    await new Promise(setImmediate);
    expect(idle).toBe(false);
    store.resolve();
    await Promise.all([writing, waiting]);
  });
});
