import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Lease } from "../../../gateway/domain/lease.ts";
import type { EvaluatedCall } from "../../../gateway/domain/exchange.ts";
import { leaseLedger } from "../../../gateway/leases/ledger.ts";
import { catalogFact, evaluated, facts, subject, toolCall } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { endNotice, lease, leaseLimits, taskFact } from "../../support/tasks/leases.ts";
import { leaseWorld } from "../../support/tasks/world.ts";

const agent = subject({ task: "t_1" });
const call = (changes: Partial<EvaluatedCall> = {}) =>
  evaluated({ subject: agent, facts: facts({ task: taskFact() }), ...changes });

async function world(changes: Partial<Lease> = {}) {
  const made = leaseWorld();
  await made.store.insert(lease(changes), 10, made.clock.now());
  const take = (one = call()) => Promise.resolve(made.ledger.take(one));
  const use = async () => (await made.store.chains(["t_1"], made.clock.now()))[0]?.[0]?.use;
  const refused = (one?: EvaluatedCall) =>
    take(one).then(
      () => "taken",
      ({ code, hint }: { code: string; hint: string }) => `${code} (${hint})`,
    );
  return { ...made, take, use, refused };
}

describe("the task of a call", () => {
  it("is found for those who may use it, from memory at the second call, and for nobody else", async () => {
    const { ledger, clock } = await world();
    const found = await ledger.of(agent, "t_1", clock.now());
    expect(found[0].lease.id).toBe("t_1");
    expect(ledger.of(agent, "t_1", clock.now())).toBe(found);
    expect(ledger.fact(found, toolCall(), catalogFact(), clock.now())).toMatchObject({ id: "t_1", outside: [] });
    for (const [who, id] of [
      [subject({ id: "other", clientId: null }), "t_1"],
      [agent, "t_none"],
    ] as const)
      await expect((async () => ledger.of(who, id, clock.now()))()).rejects.toMatchObject({ code: "task_foreign" });
  });

  it("is refused once it, or one above it, has ended", async () => {
    const { ledger, store, ends, clock } = await world();
    await store.insert(lease({ id: "t_2", parent: "t_1" }), 10, clock.now());
    await ledger.of(agent, "t_2", clock.now());
    const of = async () => ledger.of(agent, "t_2", clock.now());
    await ends.end("t_1", { at: clock.now(), kind: "closed", by: "ann", reason: "done" });
    await expect(of()).rejects.toMatchObject({ code: "task_closed", hint: "t_1 ended: done" });
  });

  it("is over when its time is, whether or not anybody has written that", async () => {
    const { ledger, clock } = await world();
    await ledger.of(agent, "t_1", clock.now());
    const late = lease().limits.until;
    await expect((async () => ledger.of(agent, "t_1", late))()).rejects.toMatchObject({ code: "task_expired" });
  });
});

describe("a call that is about to leave", () => {
  it("is counted, and by how much is known at once", async () => {
    const { take, use, ledger, clock } = await world({ limits: leaseLimits({ calls: 3 }) });
    await Promise.all([take(), take()]);
    expect(await use()).toMatchObject({ calls: 2 });
    const [known] = await ledger.of(agent, "t_1", clock.now());
    expect(known.use.calls).toBe(2);
  });

  it("is not counted without a task, nor as a message to a server", async () => {
    const { ledger } = await world();
    expect(ledger.take(evaluated())).toBeNull();
    const message = toolCall({ resourceType: "server", name: "payments" });
    expect(ledger.take(call({ call: message }))).toBeNull();
  });

  it("is refused where the task has used up what it was given, and told of what", async () => {
    const { take, refused } = await world({ limits: leaseLimits({ calls: 1 }) });
    await take();
    expect(await refused()).toBe("task_used_up (t_1: calls)");
    const priced = await world({ limits: leaseLimits({ spend: { EUR: "100" } }) });
    const catalog = catalogFact({ price: { EUR: "/amount" } });
    const costs = (amount: unknown) =>
      call({ call: toolCall({ arguments: { amount } as never }), facts: facts({ task: taskFact(), catalog }) });
    expect(await priced.refused(costs(100))).toBe("taken");
    expect(await priced.refused(costs(0.01))).toBe("task_used_up (t_1: EUR)");
    expect(await priced.refused(costs("much"))).toMatch(/task_used_up \(t_1: the arguments do not say/);
    expect(await priced.refused(costs(0))).toBe("taken");
  });

  it("is given back when nothing of it left, and counts when something did", async () => {
    const { take, use } = await world({ limits: leaseLimits({ calls: 1 }) });
    (await take())?.ended(false);
    await nextTurn();
    expect(await use()).toMatchObject({ calls: 0 });
    (await take())?.ended(true);
    await nextTurn();
    expect(await use()).toMatchObject({ calls: 1 });
  });

  it("waits for another to end where only so many may be under way, and takes its place then", async () => {
    const { take, refused, use } = await world({ limits: leaseLimits({ concurrent: 2 }) });
    const [first, second] = await Promise.all([take(), take()]);
    expect(await refused()).toBe("task_busy (t_1)");
    first?.ended(true);
    const third = await take();
    expect(await refused()).toBe("task_busy (t_1)");
    for (const one of [second, third]) one?.ended(false);
    await nextTurn();
    expect(await use()).toMatchObject({ calls: 1, concurrent: 0 });
    expect(await refused()).toBe("taken");
  });

  it("is refused in a task that was closed since it was judged, and where nothing can be counted", async () => {
    const { store, refused, clock, known, counters } = await world();
    await store.end("t_1", { at: clock.now(), kind: "closed", by: "ann", reason: "done" }, endNotice("t_1"));
    // As this process still knows it.
    expect(await refused()).toBe("task_closed (done)");
    const broken = { ...counters, count: () => Promise.reject(new Error("disk full")) };
    const open = await world();
    const failing = leaseLedger({ known: open.known, counters: broken, clock, logger: quiet });
    await expect(failing.take(call())).rejects.toMatchObject({ code: "task_unavailable", status: 503 });
    expect(known.own.size).toBe(0);
  });
});

test("calls that come while a step is under way are one step together, however many turns of the event loop that is", async () => {
  const { known, clock, counters, store } = leaseWorld();
  await store.insert(lease({ limits: leaseLimits({ calls: 3 }) }), 10, clock.now());
  const steps: number[] = [];
  const slow = Promise.withResolvers<void>();
  const count: typeof counters.count = async (work, own, now) => {
    steps.push(work.wishes.length);
    if (steps.length === 1) await slow.promise;
    return counters.count(work, own, now);
  };
  const ledger = leaseLedger({ known, counters: { ...counters, count }, clock, logger: quiet });
  const taken = [];
  for (let at = 0; at < 4; at += 1) {
    taken.push(Promise.resolve(ledger.take(call())));
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  }
  expect(steps).toEqual([1]);
  slow.resolve();
  const results = await Promise.allSettled(taken);
  expect([steps, results.map(({ status }) => status)]).toEqual([
    [1, 3],
    ["fulfilled", "fulfilled", "fulfilled", "rejected"],
  ]);
});

/** Two processes that share a store on disk. */
function twoProcesses() {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-ledger-"));
  const file = join(dir, "store.db");
  const [one, other] = [leaseWorld({ file }), leaseWorld({ file, process: "p_2" })];
  const close = () => {
    for (const { database } of [one, other]) database.close();
    rmSync(dir, { recursive: true });
  };
  return { one, other, close };
}

test("a task that another process has ended is over here at the next call", async () => {
  const { one, other, close } = twoProcesses();
  await one.store.insert(lease(), 10, one.clock.now());
  const of = async () => one.ledger.of(agent, "t_1", one.clock.now());
  expect((await of())[0].lease.end).toBeNull();
  await other.ends.end("t_1", { at: other.clock.now(), kind: "closed", by: "ann", reason: "done" });
  await expect(of()).rejects.toMatchObject({ code: "task_closed" });
  close();
});

test("two processes let exactly as many calls leave as there may be", async () => {
  const { one, other, close } = twoProcesses();
  await one.store.insert(lease({ limits: leaseLimits({ calls: 150, concurrent: 1_000 }) }), 10, one.clock.now());
  const all = Array.from({ length: 400 }, async (_, at) => {
    // Turns of the event loop, so that they do not all come at once.
    for (let turn = 0; turn < at % 7; turn += 1) await nextTurn();
    return (at % 2 === 0 ? one : other).ledger.take(call());
  });
  const results = await Promise.allSettled(all);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(150);
  const codes = results.flatMap((one) => (one.status === "rejected" ? [(one.reason as { code: string }).code] : []));
  expect(new Set(codes)).toEqual(new Set(["task_used_up"]));
  close();
});
