import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SignalNotice } from "../../../gateway/domain/ports.ts";
import { accessJournal } from "../../../gateway/record/access-journal.ts";
import { receiptJournal } from "../../../gateway/record/receipt-journal.ts";
import { signalRecorder } from "../../../gateway/record/signal-recorder.ts";
import { testIds, TestClock } from "../../support/builders.ts";
import { revocation } from "../../support/endings.ts";
import { eventually } from "../../support/eventually.ts";
import { damages, decision, TestLog, write } from "../../support/record/test-log.ts";
import { quiet } from "../../support/quiet.ts";
import { removeAtOnce } from "../../support/remove-at-once.ts";

const loggedOut: SignalNotice = {
  transmitter: "https://idp.example",
  way: "logout",
  jti: "j_1",
  events: ["logout"],
  effect: "ended",
  code: null,
  detail: null,
  targets: [],
  unused: [],
  revocations: [],
};

let here: TestLog;
beforeEach(() => {
  here = new TestLog();
});
afterEach(() => here.remove());

describe.each(damages)("a log whose file is %s while the gateway writes it", (_what, damage, problem) => {
  it("refuses the first record after it, tells, and goes on in a new file without giving a number twice", async () => {
    const target = here.writer();
    await target.open();
    for (const n of [1, 2, 3]) await write(target, n);
    damage(here);
    await expect(write(target, 4)).rejects.toThrow(problem);
    expect(target.findings().map(({ name, severity }) => [name, severity])).toEqual([
      ["decision-log", "unready"],
      ["decision-log-changed", "degraded"],
    ]);
    await write(target, 5);
    expect(target.findings()).toEqual([
      expect.objectContaining({
        name: "decision-log-changed",
        problem: expect.stringMatching(problem),
        severity: "degraded",
      }),
    ]);
    await target.close();
    const newest = here.names().at(-1) as string;
    expect(newest).toBe("decisions-000002.jsonl");
    expect(here.linesOf(newest).map(({ seq, kind }) => [seq, kind])).toEqual([
      [6, "interruption"],
      [7, "decision"],
    ]);
    expect(here.linesOf(newest)[0]?.problem).toMatch(problem);
  });
});

test("a log that failed recovers without a call", async () => {
  const target = here.writer();
  await write(target, 1);
  renameSync(here.log, `${here.log}-away`);
  writeFileSync(here.log, "");
  await expect(write(target, 2)).rejects.toThrow();
  rmSync(here.log);
  renameSync(`${here.log}-away`, here.log);
  await eventually("the log is written again", () => (target.failure === null ? true : null));
  await target.close();
});

test("keeps what nobody waits for until the log can be written again", async () => {
  const target = here.writer();
  await write(target, 1);
  rmSync(here.first);
  expect(target.enqueue(decision(2))).toBe(true);
  await eventually("the record in the new file", () =>
    here.lines().some((line) => line.decision_id === "d_2") ? true : null,
  );
  await target.close();
});

test("gives up at the end what cannot be written, and says so to whoever made the record", async () => {
  const target = here.writer();
  await write(target, 1);
  removeAtOnce(here.log);
  writeFileSync(here.log, "");
  expect(target.enqueue(decision(2))).toBe(true);
  const lost: string[] = [];
  target.keep(decision(3), ({ message }) => lost.push(message));
  await target.close();
  expect(target.failure).not.toBeNull();
  expect(lost).toEqual([target.failure?.message]);
});

describe("a log whose folder was put aside, with a file in its place", () => {
  const aside = (): string => `${here.log}-away`;
  const putAside = (): void => {
    renameSync(here.log, aside());
    writeFileSync(here.log, "");
  };
  const putBack = (): void => {
    rmSync(here.log);
    renameSync(aside(), here.log);
  };

  it("has what was done meanwhile when it is back: ends of access, their lifts, receipts and signals, in their order", async () => {
    const target = here.writer();
    await write(target, 1);
    putAside();
    const about = { writer: target, clock: new TestClock(), logger: quiet };
    const journal = accessJournal({ ...about, labels: "{}" });
    const ended = revocation({ id: "k_1", kind: "subject", target: "bot" });
    journal.note({ action: "revoked", revocation: ended, by: "carol", matched: null });
    await expect(write(target, 2)).rejects.toThrow("is not in its place any more (ENOTDIR)");
    journal.note({ action: "lifted", revocation: ended, by: "carol", matched: null });
    receiptJournal(about)("a_1", "e30.e30.e30", undefined);
    signalRecorder({ ...about, ids: testIds(), labels: "{}" }).note(loggedOut);
    await expect(write(target, 3)).rejects.toThrow();
    expect(target.findings()).toContainEqual(
      expect.objectContaining({
        name: "decision-log-waiting",
        problem: expect.stringMatching(/^4 records of what was done already .*wait in memory/),
        severity: "degraded",
      }),
    );
    putBack();
    await eventually("the log is written again", () => (target.failure === null ? true : null));
    expect(target.findings().map(({ name }) => name)).toEqual(["decision-log-changed"]);
    await target.close();
    expect(here.lines()).toMatchObject([
      { kind: "segment" },
      { decision_id: "d_1" },
      { kind: "interruption", problem: expect.stringContaining("is not in its place any more (ENOTDIR)") },
      { kind: "access", action: "revoked", id: "k_1" },
      { kind: "access", action: "lifted", id: "k_1" },
      { kind: "receipt", approval_id: "a_1" },
      { kind: "signal", way: "logout", jti: "j_1" },
    ]);
  });

  it("takes no more than so many records meanwhile, and tells of each that is one too many", async () => {
    const target = here.writer();
    await write(target, 1);
    putAside();
    await expect(write(target, 2)).rejects.toThrow();
    const lost: number[] = [];
    for (let n = 0; n < 10_102; n += 1) target.keep(decision(n), () => lost.push(n));
    expect(lost).toEqual([10_100, 10_101]);
    putBack();
    await eventually("the log is written again", () => (target.failure === null ? true : null));
    expect(target.findings()).toContainEqual(
      expect.objectContaining({
        name: "decision-log-records-lost",
        problem: expect.stringMatching(/^2 records of what was done are not in the decision log/),
      }),
    );
    expect(target.lag().records).toBe(0);
    await target.close();
  });
});

describe("a log that is put back as it was after the gateway has missed it", () => {
  const pairs: readonly [what: string, from: () => string][] = [
    ["file", () => here.first],
    ["folder", () => here.log],
  ];

  it.each(pairs)("holds, and has no line of what was refused: its %s", async (_what, from) => {
    const away = join(here.dir, "away");
    const target = here.writer();
    await write(target, 1);
    renameSync(from(), away);
    await expect(write(target, 2)).rejects.toThrow("the lines of the refused write were cut off again");
    renameSync(away, from());
    await write(target, 3);
    expect(here.lines()).toMatchObject([
      { kind: "segment" },
      { decision_id: "d_1" },
      { kind: "interruption", leaf: 2, problem: expect.stringContaining("were cut off again") },
      { decision_id: "d_3" },
    ]);
    renameSync(join(here.log, "decisions-000002.jsonl"), join(here.log, "decisions-000002.jsonl.1"));
    for (const n of [4, 5]) await write(target, n);
    await target.close();
    expect(here.linesOf("decisions-000003.jsonl")[0]).toMatchObject({ kind: "segment", leaf: 5 });
    expect(await here.verified(false)).toMatchObject({ ok: true, problems: [] });
  });

  it("keeps what somebody else has written to it", async () => {
    const target = here.writer();
    await write(target, 1);
    appendFileSync(here.first, "somebody was here\n");
    await expect(write(target, 2)).rejects.toThrow(
      /was written to by another program: it has \d+ bytes instead of \d+$/,
    );
    await target.close();
    expect(readFileSync(here.first, "utf8")).toContain("somebody was here\n");
  });
});

test.each([
  ["is gone", () => removeAtOnce(here.log)],
  ["was emptied", () => truncateSync(here.first, 0)],
  ["lost its end", () => truncateSync(here.first, 100)],
  ["lost as much as one record that was noted", () => here.cut(2)],
])("goes on above every number that was given when the log %s at the start, and tells", async (_what, lose) => {
  const before = here.writer();
  await before.open();
  for (const n of [1, 2, 3]) await write(before, n);
  await before.keepMark();
  await write(before, 4);
  await before.close();
  lose();
  const after = here.writer();
  await after.open();
  expect(after.findings()).toEqual([expect.objectContaining({ name: "decision-log-changed", severity: "degraded" })]);
  await write(after, 5);
  await after.close();
  const [messageSent, written] = here.lines().slice(-2);
  expect([messageSent?.kind, written?.decision_id]).toEqual(["interruption", "d_5"]);
  expect(messageSent?.why).toBe("problem");
  expect(messageSent?.problem).toContain("and 4 or more were written");
  expect(messageSent?.seq).toBeGreaterThan(5);
  const again = here.writer();
  await again.open();
  expect(again.findings()).toEqual([]);
  await again.close();
});

test("leaves a file alone that ends in what is no record, and goes on in a new one", async () => {
  const before = here.writer();
  await write(before, 1);
  await before.close();
  appendFileSync(here.first, "somebody was here\n");
  const left = readFileSync(here.first, "utf8");
  const after = here.writer();
  await write(after, 2);
  const problem = expect.stringContaining("decisions-000001.jsonl ends in a line that is no record of the gateway");
  expect(after.findings()).toEqual([expect.objectContaining({ name: "decision-log-changed", problem })]);
  await after.close();
  expect([here.names().length, readFileSync(here.first, "utf8")]).toEqual([2, left]);
  expect(here.lines().map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, "segment"],
    [2, "decision"],
    [3, "interruption"],
    [4, "decision"],
  ]);
});

test("a file that was renamed, as logrotate does, has what was written, and the next lines are in another one", async () => {
  const target = here.writer();
  await target.open();
  await write(target, 1);
  renameSync(here.first, `${here.first}.1`);
  await write(target, 2);
  await write(target, 3);
  expect(target.findings()).toEqual([]);
  await target.close();
  expect(here.names()).toEqual(["decisions-000002.jsonl"]);
  expect(here.linesOf("decisions-000002.jsonl")).toMatchObject([
    { kind: "segment", why: "moved", after: "decisions-000001.jsonl", leaf: 3 },
    { decision_id: "d_3" },
  ]);
  expect(here.linesOf("decisions-000001.jsonl.1").map(({ decision_id }) => decision_id)).toEqual([
    undefined,
    "d_1",
    "d_2",
  ]);
  renameSync(join(here.log, "decisions-000002.jsonl"), join(here.log, "decisions-000002.jsonl.1"));
  const after = here.writer();
  await write(after, 4);
  await after.close();
  expect(after.findings()).toEqual([]);
  expect(here.linesOf("decisions-000003.jsonl")[0]).toMatchObject({ kind: "segment", why: "moved", seq: 6, leaf: 5 });
});
