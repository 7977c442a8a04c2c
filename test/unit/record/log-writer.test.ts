import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger, LogMark } from "../../../gateway/domain/ports.ts";
import { LogWriter } from "../../../gateway/record/log-writer.ts";
import { decisionSearch } from "../../../gateway/record/search.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";
import { logMarks } from "../../../gateway/store/store-marks.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { eventually } from "../../support/eventually.ts";
import { roomy, testTree } from "../../support/record/test-log.ts";

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let dir: string;
let log: string;
let store: Connection;

beforeEach(() => {
  store = new Connection(openDatabase(":memory:"));
  dir = mkdtempSync(join(tmpdir(), "log-"));
  log = join(dir, "log");
});
afterEach(() => rmSync(dir, { recursive: true }));

function writer(changes: Partial<ConstructorParameters<typeof LogWriter>[0]> = {}): LogWriter {
  return new LogWriter({
    dir: log,
    clock: systemClock,
    logger: quiet,
    marks: logMarks(store, "p_folder"),
    tree: testTree(log),
    space: roomy,
    segmentBytes: 1e6,
    segmentAgeMs: null,
    queueRecords: 1e4,
    ...changes,
  });
}

const append = (target: LogWriter, text: string): Promise<void> =>
  new Promise((written, unwritten) => target.append(text, (error) => (error === null ? written() : unwritten(error))));

/** As the recorder hands them over: with a comma in front, and no braces. */
const members = (record: object): string => `,${JSON.stringify(record).slice(1, -1)}`;

const numbers = (): number[] => lines().map(({ seq }) => seq);

/** Without the first lines of segments. */
const records = (): ReturnType<typeof lines> => lines().filter(({ kind }) => kind !== "segment");

function lines(): { seq: number; n?: number; kind?: string; problem?: string; why?: string; leaf?: number }[] {
  const names = readdirSync(log)
    .filter((name) => name.endsWith(".jsonl"))
    .sort();
  return names.flatMap((name) =>
    readFileSync(join(log, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );
}

test("writes what arrives at once as whole lines in order, numbered without a gap", async () => {
  const target = writer();
  await target.open();
  await Promise.all(Array.from({ length: 500 }, (_, n) => append(target, members({ n }))));
  expect(records().map(({ seq, n }) => [seq, n])).toEqual(Array.from({ length: 500 }, (_, n) => [n + 2, n]));
  await target.close();
});

test("writes what nobody waits for with the next that somebody does, or by itself, or at the end", async () => {
  const target = writer();
  await target.open();
  expect(target.enqueue(',"n":1')).toBe(true);
  await append(target, ',"n":2');
  expect(records().map(({ n }) => n)).toEqual([1, 2]);
  target.enqueue(',"n":3');
  await eventually("the third record on disk", () => (records().length === 3 ? true : null));
  target.enqueue(',"n":4');
  await target.close();
  expect(records().map(({ seq, n }) => [seq, n])).toEqual([1, 2, 3, 4].map((n) => [n + 1, n]));
});

test("writes lines of more bytes than characters whole", async () => {
  const target = writer();
  const pad = "€".repeat(300_000);
  await append(target, members({ pad }));
  await target.close();
  expect(records()).toMatchObject([{ pad }]);
});

test("goes on after the last number of the log that is there", async () => {
  const first = writer();
  await append(first, ',"n":1');
  await first.close();
  const second = writer();
  await append(second, ',"n":2');
  await second.close();
  expect(numbers()).toEqual([1, 2, 3]);
});

test("moves a torn last line out of the log and keeps it beside", async () => {
  const first = writer();
  await append(first, ',"n":1');
  await first.close();
  appendFileSync(join(log, "decisions-000001.jsonl"), '{"seq":2,"n":');
  const second = writer();
  await append(second, ',"n":3');
  await second.close();
  expect(records().map(({ seq, n }) => [seq, n])).toEqual([
    [2, 1],
    [3, 3],
  ]);
  appendFileSync(join(log, "decisions-000001.jsonl"), "{");
  const third = writer();
  await third.open();
  await third.close();
  expect(readFileSync(join(log, "decisions-000001.jsonl.torn"), "utf8")).toBe('{"seq":2,"n":{');
});

test("begins a new segment when one is full, says so in its first line, and numbers go on", async () => {
  const target = writer({ segmentBytes: 300 });
  for (let n = 0; n < 6; n++) await append(target, members({ n, pad: "x".repeat(40) }));
  await target.close();
  expect(records().map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(numbers()).toEqual(numbers().map((_seq, at) => at + 1));
  const heads = lines().filter(({ kind }) => kind === "segment");
  expect(heads.length).toBeGreaterThan(2);
  expect(heads.map(({ why }) => why)).toEqual(["first", ...heads.slice(1).map(() => "full")]);
  // The tree has every line, the first ones of segments as well.
  expect(heads.map(({ leaf }) => leaf)).toEqual(heads.map(({ seq }) => seq - 1));
});

test("begins a new segment when one is old, and not before anything was written to it", async () => {
  let now = 0;
  const target = writer({ segmentAgeMs: 60_000, clock: { ...systemClock, monotonic: () => now } });
  await target.open();
  now = 60_001;
  await append(target, ',"n":1');
  await append(target, ',"n":2');
  await append(target, ',"n":3');
  await target.close();
  expect(lines().map(({ n, why }) => n ?? why)).toEqual(["first", 1, "old", 2, 3]);
});

test("goes on numbering when the newest segment is still empty", async () => {
  const first = writer();
  await append(first, ',"n":1');
  await first.close();
  writeFileSync(join(log, "decisions-000002.jsonl"), "");
  const second = writer();
  await append(second, ',"n":2');
  await second.close();
  expect(numbers()).toEqual([1, 2, 3, 4]);
});

test("rejects every append while the folder cannot be written, and recovers when it can be again", async () => {
  const target = writer();
  await append(target, ',"n":1');
  renameSync(log, `${log}-away`);
  writeFileSync(log, "a file where the folder was");
  await expect(append(target, ',"n":2')).rejects.toThrow("is not in its place any more (ENOTDIR)");
  expect(target.failure).not.toBeNull();
  expect(target.enqueue(',"n":3')).toBe(false);
  await expect(append(target, ',"n":3')).rejects.toThrow();
  rmSync(log);
  renameSync(`${log}-away`, log);
  await append(target, ',"n":4');
  expect(target.failure).toBeNull();
  // The third was written, refused and cut off again.
  expect(numbers()).toEqual([1, 2, 4, 5]);
  expect(records().map(({ kind, n }) => n ?? kind)).toEqual([1, "interruption", 4]);
  await target.close();
});

test("refuses buffered records beyond the cap instead of dropping them", async () => {
  const target = writer({ queueRecords: 4 });
  const taken = Array.from({ length: 50 }, (_, n) => target.enqueue(members({ n, pad: "x".repeat(20) })));
  expect(taken.indexOf(false)).toBe(4);
  await target.close();
  expect(records().length).toBe(taken.filter(Boolean).length);
});

test("finds decisions by effect, tool, code, time and text, with the outcome, page by page", async () => {
  const target = writer();
  const timeOf = (n: number): string => `2026-11-24T12:00:0${n}.000Z`;
  const line = (n: number, effect: string, tool: string, code: string) =>
    members({
      kind: "decision",
      decision_id: `d_${n}`,
      timestamp: timeOf(n),
      tool,
      subject: "refund-bot",
      session: null,
      protocol: "http",
      bundles: { sallyport: { revision: "r1" } },
      result: { effect, reasons: code === "" ? [] : [{ code, message: "why" }] },
    });
  for (let n = 1; n <= 9; n++)
    await append(
      target,
      line(n, n % 3 === 0 ? "deny" : "allow", `payments/t${n % 2}`, n % 3 === 0 ? "ARGUMENT_LIMIT" : ""),
    );
  await append(
    target,
    members({ kind: "outcome", decision_id: "d_3", outcome: "refused", status: 403, duration_ms: 2 }),
  );
  await target.close();
  const search = decisionSearch(log, decisionIndex(join(dir, "index.db")), quiet);
  const ids = async (query: object) =>
    (await search.search({ limit: 10, ...query })).rows.map((row) => row.decision_id);
  expect(await ids({ effect: "deny" })).toEqual(["d_9", "d_6", "d_3"]);
  expect(await ids({ effect: "deny", tool: "payments/t1" })).toEqual(["d_9", "d_3"]);
  expect(await ids({ code: "ARGUMENT_LIMIT", text: "T0" })).toEqual(["d_6"]);
  expect(await ids({ code: "ARGUMENT" })).toEqual([]);
  expect(await ids({ since: timeOf(4), until: timeOf(7) })).toEqual(["d_6", "d_5", "d_4"]);
  const page = await search.search({ limit: 4 });
  expect(page.rows.map((row) => row.decision_id)).toEqual(["d_9", "d_8", "d_7", "d_6"]);
  expect((await search.search({ limit: 4, after: page.next ?? "" })).rows.map((row) => row.decision_id)).toEqual([
    "d_5",
    "d_4",
    "d_3",
    "d_2",
  ]);
  expect(await search.get("d_3")).toMatchObject({
    decision: { decision_id: "d_3" },
    outcome: { outcome: "refused", status: 403 },
  });
  expect(await search.get("d_unknown")).toBeNull();
});

describe("numbers", () => {
  /** Marks whose reservations are on disk when they are let go. */
  function slowMarks() {
    const marks = logMarks(store, "p_folder");
    const waiting: (() => void)[] = [];
    async function reserve(mark: LogMark): Promise<void> {
      await new Promise<void>((resolve) => waiting.push(resolve));
      await marks.reserve(mark);
    }
    async function letGo(): Promise<void> {
      while (waiting.length === 0) await new Promise(setImmediate);
      waiting.shift()?.();
    }
    return { marks: { ...marks, reserve }, letGo };
  }

  test("are not given when they could not be reserved, and the records are refused", async () => {
    const marks = logMarks(store, "p_folder");
    let full = false;
    const reserve = (mark: LogMark) => (full ? Promise.reject(new Error("disk full")) : marks.reserve(mark));
    const target = writer({ marks: { ...marks, reserve } });
    await target.open();
    full = true;
    // With the first line of the segment one more than was reserved when the log was opened.
    const many = Array.from({ length: 8_192 }, (_, n) => append(target, members({ n })));
    const told = await Promise.allSettled(many);
    expect([told.every(({ status }) => status === "rejected"), records()]).toEqual([true, []]);
    full = false;
    await append(target, members({ n: "after" }));
    expect(records()).toMatchObject([{ kind: "interruption" }, { n: "after" }]);
    await target.close();
  });

  test("of records that come while one is reserved follow in the next batch, in order", async () => {
    const { marks, letGo } = slowMarks();
    const target = writer({ marks });
    const written = [append(target, members({ n: 0 }))];
    while ((await marks.read()).reserved > 0) await new Promise(setImmediate);
    written.push(append(target, members({ n: 1 })));
    await letGo();
    await Promise.all(written);
    expect(records().map(({ seq, n }) => [seq, n])).toEqual([
      [2, 0],
      [3, 1],
    ]);
    await target.close();
  });
});
