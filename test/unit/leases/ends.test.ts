import { RevocableCall } from "../../../gateway/domain/revocation.ts";
import type { Matches } from "../../../gateway/domain/ports.ts";
import { subject, toolCall } from "../../support/builders.ts";
import { lease, leaseLimits, taskFact } from "../../support/tasks/leases.ts";
import { leaseWorld } from "../../support/tasks/world.ts";

const end = { at: 0, kind: "closed", by: "ann", reason: "done" } as const;

test("ends what is due, once, and what other processes read of it says why", async () => {
  const { ends, store, clock, ended, ledger } = leaseWorld();
  await store.insert(lease({ limits: leaseLimits({ until: clock.now() + 1 }) }), 10, clock.now());
  await ends.due(clock.now());
  expect(ended).toEqual([]);
  clock.advance(1);
  await ends.due(clock.now());
  await ends.due(clock.now());
  expect(ended).toEqual([{ kind: "task", id: "t_1", reason: "the time of the task is over" }]);
  const late = async () => ledger.of(subject({ task: "t_1" }), "t_1", clock.now());
  await expect(late()).rejects.toMatchObject({ code: "task_expired" });
});

test("cuts calls of the task and of all tasks below it, and no other", async () => {
  const matching: Matches[] = [];
  const { ends, store, clock } = leaseWorld({ cut: (matches) => void matching.push(matches) });
  await store.insert(lease(), 10, clock.now());
  await ends.end("t_1", end);
  const session = { id: "s", trust: "none" } as const;
  const calls = [{ id: "t_1" }, { id: "t_2", within: ["t_1"] }, { id: "t_3", within: ["t_9"] }].map(
    (task) => new RevocableCall(subject(), toolCall(), session, taskFact(task)),
  );
  expect(calls.map((call) => matching[0]?.(call))).toEqual([true, true, false]);
  expect(matching[0]?.(new RevocableCall(subject(), toolCall(), session))).toBe(false);
});

test("ends nothing twice", async () => {
  const { ends, store, clock, ended } = leaseWorld();
  await store.insert(lease(), 10, clock.now());
  expect((await ends.end("t_1", end))?.ids).toEqual(["t_1"]);
  expect([await ends.end("t_1", end), await ends.end("t_none", end)]).toEqual([null, null]);
  expect(ended).toHaveLength(1);
});

test("tries again to cut what could not be cut, while the task has ended for every call to come", async () => {
  let isBroken = true;
  function cut(): void {
    if (isBroken) throw new Error("disk full");
  }
  const { ends, store, clock, ended, ledger } = leaseWorld({ cut });
  await store.insert(lease(), 10, clock.now());
  expect(await ends.end("t_1", end)).toEqual({ ids: ["t_1"], durable: true, cut: null });
  const of = async () => ledger.of(subject({ task: "t_1" }), "t_1", clock.now());
  await expect(of()).rejects.toMatchObject({ code: "task_closed" });
  await ends.due(clock.now());
  expect(ended).toEqual([]);
  isBroken = false;
  await ends.due(clock.now());
  await ends.due(clock.now());
  expect(ended).toEqual([{ kind: "task", id: "t_1", reason: "done" }]);
});

test("ends a task in this process at once while the store cannot be written, and writes it when it can", async () => {
  const { ends, store, clock, ended, ledger, database } = leaseWorld();
  await store.insert(lease(), 10, clock.now());
  const of = async () => ledger.of(subject({ task: "t_1" }), "t_1", clock.now());
  await of();
  database.exec("PRAGMA query_only = ON");
  expect(await ends.end("t_1", end)).toMatchObject({ ids: ["t_1"], durable: false, cut: { calls: 1, unanswered: 0 } });
  await expect(of()).rejects.toMatchObject({ code: "task_closed" });
  await expect(ends.due(clock.now())).rejects.toThrow("1 tasks have ended in this process only");
  database.exec("PRAGMA query_only = OFF");
  await ends.due(clock.now());
  await ends.due(clock.now());
  expect(ended).toEqual([{ kind: "task", id: "t_1", reason: "done" }]);
  expect((await store.chains(["t_1"], clock.now()))[0]?.[0]?.lease.end).toMatchObject(end);
});

test("ends all that is due in this process while the store cannot be written, and tries to write one of them at a time", async () => {
  const { ends, store, clock, ended, database } = leaseWorld();
  const limits = leaseLimits({ until: clock.now() + 1 });
  for (const id of ["t_1", "t_2", "t_3"]) await store.insert(lease({ id, limits }), 10, clock.now());
  clock.advance(1);
  database.exec("PRAGMA query_only = ON");
  let tries = 0;
  const end = store.end;
  store.end = (...of) => ((tries += 1), end(...of));
  for (const round of [1, 2]) {
    await expect(ends.due(clock.now())).rejects.toThrow("3 tasks have ended in this process only");
    expect(tries).toBe(round);
  }
  database.exec("PRAGMA query_only = OFF");
  await ends.due(clock.now());
  expect(ended.map(({ id }) => id).sort()).toEqual(["t_1", "t_2", "t_3"]);
});

test("ends a task that memory does not know in this process too", async () => {
  const { ends, store, clock, ledger, database } = leaseWorld();
  await store.insert(lease(), 10, clock.now());
  database.exec("PRAGMA query_only = ON");
  await ends.end("t_1", end);
  await expect((async () => ledger.of(subject({ task: "t_1" }), "t_1", clock.now()))()).rejects.toMatchObject({
    code: "task_closed",
  });
});
