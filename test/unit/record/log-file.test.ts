import { appendFileSync, constants, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LogMark } from "../../../gateway/domain/ports.ts";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { TreeFollower } from "../../../gateway/record/tree/tree-follower.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { logMarks } from "../../../gateway/store/store-marks.ts";
import { TestClock } from "../../support/builders.ts";
import { eventually } from "../../support/eventually.ts";
import { decision, TestLog, testTree, write } from "../../support/record/test-log.ts";

let here: TestLog;
beforeEach(() => {
  here = new TestLog();
});
afterEach(() => here.remove());

const ids = (): string[] => here.lines().flatMap(({ decision_id }) => decision_id ?? []);
const lost = (cause: Error): never => {
  throw cause;
};

/** The next write to the log waits until it is let go or fails; those after it do not. */
function slowWrites() {
  const [begun, room] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isFirst = true;
  const [atClose, follower] = [Promise.withResolvers<string[]>(), testTree(here.log)];
  const close = () => (atClose.resolve(ids()), TreeFollower.prototype.close.call(follower));
  const tree = Object.assign(follower, {
    close,
    room: async () => {
      begun.resolve();
      if (isFirst) await room.promise.finally(() => (isFirst = false));
    },
  });
  return {
    target: here.writer({ tree }),
    begun: begun.promise,
    atClose: atClose.promise,
    letGo: room.resolve,
    fail: room.reject,
  };
}

describe("records that nobody waits for and that come while a write is under way", () => {
  it("follow by themselves", async () => {
    const { target, begun, letGo } = slowWrites();
    target.keep(decision(1), lost);
    await begun;
    target.keep(decision(2), lost);
    letGo();
    await eventually("both records on disk", () => (ids().length === 2 ? true : null));
    await target.close();
  });

  it("are on disk before the log is closed", async () => {
    const { target, begun, letGo, atClose } = slowWrites();
    target.keep(decision(1), lost);
    await begun;
    target.keep(decision(2), lost);
    const closed = target.close();
    letGo();
    await closed;
    expect(await atClose).toEqual(["d_1", "d_2"]);
  });

  it("stay behind those of that write when it fails", async () => {
    const { target, begun, fail } = slowWrites();
    target.keep(decision(1), lost);
    await begun;
    target.keep(decision(2), lost);
    fail(new Error("no room"));
    await eventually("both records on disk", () => (ids().length === 2 ? true : null));
    expect(ids()).toEqual(["d_1", "d_2"]);
    await target.close();
  });
});

describe("a log that goes on after numbers could not be reserved", () => {
  const [reserveFails, works] = [new Error("disk full"), null];
  let failure: Error | null = works;

  /** Three decisions, then a write that needs more numbers than there are. */
  async function failing(): Promise<LogWriter> {
    const marks = logMarks(here.store, "p_folder");
    failure = works;
    const reserve = (mark: LogMark) => (failure === null ? marks.reserve(mark) : Promise.reject(failure));
    const target = here.writer({ marks: { ...marks, reserve } });
    for (const n of [1, 2, 3]) await write(target, n);
    failure = reserveFails;
    const many = await Promise.allSettled(Array.from({ length: 8_192 }, () => write(target, 4)));
    expect(many.every(({ status }) => status === "rejected")).toBe(true);
    failure = works;
    return target;
  }

  it("has no number below those that were given, also when its file says less", async () => {
    const target = await failing();
    writeFileSync(here.first, readFileSync(here.first, "utf8").replace('{"seq":4,', '{"seq":3,'));
    await write(target, 5);
    await target.close();
    expect(here.lines().at(-1)?.seq).toBeGreaterThan(5);
  });

  it("takes a line into its tree that is in the file after all", async () => {
    const target = await failing();
    appendFileSync(here.first, `{"seq":5${decision(4)}}\n`);
    await write(target, 5);
    await target.close();
    expect(ids()).toEqual(["d_1", "d_2", "d_3", "d_4", "d_5"]);
    expect(await here.verified(false)).toMatchObject({ ok: true, problems: [] });
  });

  it("leaves its file alone when that ends in what is no record, and tells", async () => {
    const target = await failing();
    appendFileSync(here.first, "somebody was here\n");
    const left = readFileSync(here.first, "utf8");
    await write(target, 5);
    expect(target.findings()).toMatchObject([
      { name: "decision-log-changed", problem: expect.stringContaining("is no record of the gateway") },
    ]);
    await target.close();
    expect(readFileSync(here.first, "utf8")).toBe(left);
    expect(here.linesOf("decisions-000002.jsonl")).toMatchObject([{ kind: "interruption" }, { decision_id: "d_5" }]);
  });
});

describe("a log whose end was lost", () => {
  /** Two decisions, the second of which is cut off before the next start. */
  async function shortened(): Promise<void> {
    const before = here.writer();
    for (const n of [1, 2]) await write(before, n);
    await before.close();
    here.cut(1);
  }

  it("goes on above every number that was given when the tree alone knows of the end", async () => {
    await shortened();
    const after = here.writer();
    await write(after, 3);
    await after.close();
    expect(here.lines().slice(-2)).toMatchObject([{ kind: "interruption", why: "problem" }, { decision_id: "d_3" }]);
    expect(here.lines().at(-2)?.seq).toBeGreaterThan(3);
  });

  it("goes on above its own numbers when the store knows nothing of it", async () => {
    await shortened();
    const after = here.writer({ marks: logMarks(new Connection(openDatabase(":memory:")), "p_folder") });
    await write(after, 3);
    await after.close();
    const numbers = here.lines().map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
  });
});

test("a file that was renamed and written to by another program is told", async () => {
  const target = here.writer();
  await write(target, 1);
  renameSync(here.first, `${here.first}.1`);
  appendFileSync(`${here.first}.1`, "somebody was here\n");
  await expect(write(target, 2)).rejects.toThrow("is not in its place any more");
  await target.close();
});

test("a log whose first line is empty and which has no record is left alone", async () => {
  const before = here.writer();
  await before.open();
  await before.close();
  writeFileSync(here.first, "\nsomebody was here\n");
  const after = here.writer();
  await write(after, 1);
  const problem = expect.stringContaining("ends in a line that is no record of the gateway");
  expect(after.findings()).toMatchObject([{ name: "decision-log-changed", problem }]);
  await after.close();
  expect(readFileSync(here.first, "utf8")).toBe("\nsomebody was here\n");
  expect(ids()).toEqual(["d_1"]);
});

test("each write returns when its data is on disk, in a segment that was begun and in one that goes on", async () => {
  for (const n of [1, 2]) {
    const target = here.writer();
    await write(target, n);
    expect(flagsOf(here.first)).toEqual([constants.O_DSYNC | constants.O_APPEND]);
    await target.close();
  }
});

/** Of the descriptors of this process that can write the file. */
function flagsOf(file: string): number[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      if (readlinkSync(join("/proc/self/fd", fd)) !== file) return [];
    } catch {
      return []; // of the listing itself
    }
    const flags = /^flags:\t(\d+)$/m.exec(readFileSync(join("/proc/self/fdinfo", fd), "utf8"))?.[1] ?? "";
    const all = Number.parseInt(flags, 8);
    return (all & constants.O_WRONLY) === 0 ? [] : [all & (constants.O_DSYNC | constants.O_APPEND)];
  });
}

test("the mark is noted when records came, reserved every ten seconds and when half of the numbers are given", async () => {
  const clock = new TestClock();
  const marks = logMarks(here.store, "p_folder");
  const calls: unknown[] = [];
  const reserve = (mark: LogMark) => (calls.push(mark), marks.reserve(mark));
  const note = (last: number) => (calls.push(last), marks.note(last));
  const target = here.writer({
    clock: { now: () => clock.now(), monotonic: () => clock.monotonic() },
    marks: { ...marks, reserve, note },
  });
  await write(target, 1);
  const opened = { last: 0, reserved: 8_192 };
  await target.keepMark();
  await target.keepMark();
  expect(calls).toEqual([opened, 2]);
  clock.advance(10_001);
  await write(target, 2);
  await target.keepMark();
  expect(calls.slice(2)).toEqual([{ last: 3, reserved: 8_195 }]);
  await Promise.all(Array.from({ length: 4_097 }, (_, n) => write(target, n)));
  await target.keepMark();
  expect(calls.slice(3)).toEqual([{ last: 4_100, reserved: 12_292 }]);
  await target.close();
});
