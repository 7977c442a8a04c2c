/** Two processes that share a store on disk. */
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import type { CallUnderWay } from "../../../gateway/domain/ports.ts";
import type { EndedBy } from "../../../gateway/domain/revocation.ts";
import { CallsUnderWay } from "../../../gateway/endings/calls-under-way.ts";
import { AccessEndings } from "../../../gateway/endings/endings.ts";
import { StoreSharedEndings } from "../../../gateway/endings/shared-endings.ts";
import { endNoticeStore } from "../../../gateway/store/end-notices.ts";
import { processStore } from "../../../gateway/store/processes.ts";
import { subject, testIds } from "../../support/builders.ts";
import { revocable } from "../../support/endings.ts";
import { quiet } from "../../support/quiet.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

const by: EndedBy = { kind: "task", id: "t_1", reason: "closed" };
const task = { kind: "task", issuer: null, target: "t_1" } as const;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const stores = sqliteStores((connection) => ({
  notices: endNoticeStore(connection),
  processes: processStore(connection),
}));

/** Processes by name; each looks for the others' notices as soon as it may, when it is told to. */
async function world(...names: readonly string[]) {
  const first = await stores();
  closing.push(() => first.close());
  const ids = testIds();
  const all = [];
  for (const process of names) {
    const { store, close } = await first.again();
    closing.push(close);
    await store.processes.beat(process, systemClock.now());
    const clock = { ...systemClock, ahead: 0, monotonic: () => systemClock.monotonic() + clock.ahead };
    const underWay = new CallsUnderWay(clock);
    const endings = new AccessEndings(underWay);
    const shared = await StoreSharedEndings.open({
      store: store.notices,
      endings,
      processes: store.processes,
      process,
      clock,
      ids,
      logger: quiet,
    });
    const looks = { on: true };
    const timer = setInterval(() => looks.on && void shared.look().catch(() => undefined), 10);
    closing.push(() => clearInterval(timer));
    all.push({ underWay, endings, shared, looks, clock, beat: store.processes.beat });
  }
  return all as [(typeof all)[number], (typeof all)[number]];
}

function enter(underWay: CallsUnderWay, changes: Partial<CallUnderWay> = {}): EndedBy[] {
  const cuts: EndedBy[] = [];
  underWay.enter({
    what: revocable({ task: "t_1" }),
    subject: subject(),
    since: systemClock.monotonic(),
    isStream: false,
    stopListening: () => undefined,
    cut: (end) => void cuts.push(end),
    ...changes,
  });
  return cuts;
}

test("an end in one process cuts what the other has under way, and counts it", async () => {
  const [one, two] = await world("p_1", "p_2");
  const [here, there, other] = [
    enter(one.underWay),
    enter(two.underWay, { isStream: true }),
    enter(two.underWay, { what: revocable() }),
  ];
  expect(await one.shared.end(task, by)).toMatchObject({ calls: 1, streams: 1, unanswered: 0 });
  expect([here, there, other]).toEqual([[by], [by], []]);
});

test("what was judged before in the other process is not sent there afterwards", async () => {
  const [one, two] = await world("p_1", "p_2");
  const judged = systemClock.monotonic();
  await one.shared.end(task, by);
  const late = { what: revocable({ task: "t_1" }), since: judged };
  expect([two.underWay.endedSince(late), one.underWay.endedSince(late)]).toEqual([by, by]);
});

test("a process that stood still looks for what others have ended before it sends anything", async () => {
  const [one, two] = await world("p_1", "p_2");
  two.looks.on = false;
  const late = { what: revocable({ task: "t_1" }), since: systemClock.monotonic() };
  expect(await one.shared.end(task, by)).toMatchObject({ unanswered: 1 });
  expect(two.underWay.endedSince(late)).toBeNull();
  expect(await two.shared.upToDate()).toBe(true);
  expect(two.underWay.endedSince(late)).toEqual(by);
  expect(two.shared.upToDate()).toBeNull();
});

test("a look that is asked for while one is under way begins behind it", async () => {
  const { store, close } = await stores();
  closing.push(close);
  const held = Promise.withResolvers<void>();
  let reads = 0;
  const since = async (last: number) => {
    reads += 1;
    if (reads === 1) await held.promise;
    return { notices: [], last };
  };
  const notices = { ...store.notices, changedElsewhere: () => true, since };
  const endings = new AccessEndings(new CallsUnderWay(systemClock));
  const shared = await StoreSharedEndings.open({
    store: notices,
    endings,
    processes: store.processes,
    process: "p_1",
    clock: systemClock,
    ids: testIds(),
    logger: quiet,
  });
  const looks = [shared.look(), shared.look(), shared.lookAnew()];
  held.resolve();
  await Promise.all(looks);
  expect(reads).toBe(2);
});

test("a process that stood still for longer than notices are kept cuts all that it has under way", async () => {
  const [one, two] = await world("p_1", "p_2");
  two.looks.on = false;
  const [here, there] = [enter(one.underWay), enter(two.underWay)];
  two.clock.ahead = 600_000;
  await two.shared.look();
  expect([here, there]).toEqual([[], [expect.objectContaining({ kind: "limit" })]]);
  const next = enter(two.underWay, { since: two.clock.monotonic() });
  await two.shared.look();
  expect([next, two.underWay.size]).toEqual([[], 1]);
});

test("counting asks the other process too, and ends nothing", async () => {
  const [one, two] = await world("p_1", "p_2");
  const self = { sessionTrust: "self", task: "t_1" } as const;
  enter(one.underWay);
  const there = enter(two.underWay, { what: revocable(self) });
  expect(await one.shared.count(task)).toMatchObject({
    calls: 2,
    streams: 0,
    callers: [{ issuer: "https://idp.example", subject: "refund-bot", acting_for: "alice@example.com" }],
  });
  expect([there, two.underWay.size]).toEqual([[], 1]);
});

test("a process that is thought alive and does not answer is told", async () => {
  const [one, two] = await world("p_1", "p_2");
  two.looks.on = false;
  enter(one.underWay);
  expect(await one.shared.end(task, by)).toMatchObject({ calls: 1, unanswered: 1 });
});

test("a process that was silent for a while and has not left is told as one that has not answered", async () => {
  const [one, two] = await world("p_1", "p_2");
  two.looks.on = false;
  await one.beat("p_2", systemClock.now() - 60_000);
  expect(await one.shared.end(task, by)).toMatchObject({ unanswered: 1 });
  expect(await one.shared.count(task)).toMatchObject({ calls: 0, unanswered: 1 });
  await one.beat("p_2", systemClock.now() - 2 * 3_600_000);
  expect(await one.shared.end(task, by)).toMatchObject({ unanswered: 0 });
});

test("what could not be ended there is tried again, and later notices do not wait for it", async () => {
  const [one, two] = await world("p_1", "p_2");
  let failures = 2;
  two.endings.onEnd(() => {
    failures -= 1;
    return failures >= 0 ? Promise.reject(new Error("locked")) : Promise.resolve({ credentials: 1 });
  });
  const cuts = enter(two.underWay);
  expect(await one.shared.end(task, by)).toMatchObject({ credentials: 1, unanswered: 0 });
  expect(cuts).toEqual([by]);
});

test("a process that begins later carries nothing out that was announced before it", async () => {
  const [one] = await world("p_1");
  await one.shared.end(task, by);
  const first = await world("p_3");
  const cuts = enter(first[0].underWay);
  await first[0].shared.look();
  expect(cuts).toEqual([]);
});

test("a store that cannot be written keeps no end from this process", async () => {
  const { store, close } = await stores();
  closing.push(close);
  const underWay = new CallsUnderWay(systemClock);
  const notices = { ...store.notices, announce: () => Promise.reject(new Error("disk full")) };
  const shared = await StoreSharedEndings.open({
    store: notices,
    endings: new AccessEndings(underWay),
    processes: store.processes,
    process: "p_1",
    clock: systemClock,
    ids: testIds(),
    logger: quiet,
  });
  const cuts = enter(underWay);
  await expect(shared.end(task, by)).rejects.toThrow("disk full");
  expect(cuts).toEqual([by]);
});
