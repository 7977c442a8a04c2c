import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "../../../gateway/domain/ports.ts";
import { LogWriter } from "../../../gateway/record/log-writer.ts";
import { decisionSearch } from "../../../gateway/record/search.ts";
import { type Database, openDatabase } from "../../../gateway/store/database.ts";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";
import { logMarks } from "../../../gateway/store/log-marks.ts";
import { systemClock } from "../../../gateway/system.ts";
import { eventually } from "../../support/eventually.ts";

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const first = "decisions-000001.jsonl";
let dir: string;
let log: string;
let store: Database;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "log-"));
  log = join(dir, "log");
  store = openDatabase(join(dir, "store.db"));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

function writer(): LogWriter {
  const marks = logMarks(store, "p_folder");
  return new LogWriter({ dir: log, clock: systemClock, logger: quiet, marks, segmentBytes: 1e6, queueRecords: 100 });
}

function decision(n: number): string {
  const result = { effect: "allow", reasons: [], obligations: [], doubt: null, detail: null };
  const record = {
    kind: "decision",
    decision_id: `d_${n}`,
    timestamp: "2026-11-26T08:00:00.000Z",
    bundles: {},
    result,
  };
  return `,${JSON.stringify(record).slice(1, -1)}`;
}

const write = (target: LogWriter, n: number): Promise<void> =>
  new Promise((written, unwritten) =>
    target.append(decision(n), (error) => (error === null ? written() : unwritten(error))),
  );

interface Line {
  readonly seq: number;
  readonly kind: string;
  readonly decision_id?: string;
  readonly problem?: string;
}

function lines(file: string): Line[] {
  const texts = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return texts.flatMap((text) => {
    try {
      return [JSON.parse(text) as Line];
    } catch {
      return [];
    }
  });
}

/** What is left of the log, in order. */
function left(): Line[] {
  const names = readdirSync(log).filter((name) => name.endsWith(".jsonl"));
  return names.toSorted().flatMap((name) => lines(join(log, name)));
}

const path = (): string => join(log, first);

const changes: readonly [what: string, change: () => void, problem: RegExp][] = [
  ["deleted", () => rmSync(path()), /is not in its place any more \(ENOENT\)/],
  ["renamed", () => renameSync(path(), `${path()}.old`), /is not in its place any more \(ENOENT\)/],
  ["emptied", () => truncateSync(path(), 0), /was cut: it has \d+ bytes instead of \d+/],
  ["cut", () => truncateSync(path(), 120), /was cut: it has \d+ bytes instead of \d+/],
  [
    "replaced by a copy",
    () => {
      const copy = readFileSync(path());
      rmSync(path());
      writeFileSync(path(), copy);
    },
    /was replaced by another file/,
  ],
  ["appended to", () => appendFileSync(path(), "{}\n"), /was written to by another program/],
  ["lost with its folder", () => rmSync(log, { recursive: true }), /is not in its place any more \(ENOENT\)/],
];

describe.each(changes)("a log whose file is %s while the gateway writes it", (_what, change, problem) => {
  it("refuses the first record after it, tells, and goes on in a new file without giving a number twice", async () => {
    const target = writer();
    await target.open();
    for (const n of [1, 2, 3]) await write(target, n);
    change();
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
    const newest = readdirSync(log)
      .filter((name) => name.endsWith(".jsonl"))
      .toSorted()
      .at(-1) as string;
    expect(newest).toBe("decisions-000002.jsonl");
    expect(lines(join(log, newest)).map(({ seq, kind }) => [seq, kind])).toEqual([
      [5, "interruption"],
      [6, "decision"],
    ]);
    expect(lines(join(log, newest))[0]?.problem).toMatch(problem);
  });
});

test("a log that failed recovers without a call", async () => {
  const target = writer();
  await write(target, 1);
  renameSync(log, `${log}-away`);
  writeFileSync(log, "");
  await expect(write(target, 2)).rejects.toThrow();
  rmSync(log);
  renameSync(`${log}-away`, log);
  await eventually("the log is written again", () => (target.failure === null ? true : null));
  await target.close();
});

test("keeps what nobody waits for until the log can be written again", async () => {
  const target = writer();
  await write(target, 1);
  rmSync(path());
  expect(target.enqueue(decision(2))).toBe(true);
  await eventually("the record in the new file", () =>
    left().some((line) => line.decision_id === "d_2") ? true : null,
  );
  await target.close();
});

test("gives up at the end what cannot be written", async () => {
  const target = writer();
  await write(target, 1);
  rmSync(log, { recursive: true });
  writeFileSync(log, "");
  expect(target.enqueue(decision(2))).toBe(true);
  await target.close();
  expect(target.failure).not.toBeNull();
});

test.each([
  ["is gone", () => rmSync(log, { recursive: true })],
  ["was emptied", () => truncateSync(path(), 0)],
  ["lost its end", () => truncateSync(path(), 100)],
])("goes on above every number that was given when the log %s at the start, and tells", async (_what, lose) => {
  const before = writer();
  await before.open();
  for (const n of [1, 2, 3]) await write(before, n);
  before.keepMark();
  await before.close();
  lose();
  const after = writer();
  await after.open();
  expect(after.findings()).toEqual([expect.objectContaining({ name: "decision-log-changed", severity: "degraded" })]);
  await write(after, 4);
  await after.close();
  const [told, written] = left().slice(-2);
  expect([told?.kind, written?.decision_id]).toEqual(["interruption", "d_4"]);
  expect(told?.problem).toContain("and 3 or more were written");
  expect(told?.seq).toBeGreaterThan(3);
  const again = writer();
  await again.open();
  expect(again.findings()).toEqual([]);
  await again.close();
});

test("leaves a file alone that ends in what is no record, and goes on in a new one", async () => {
  const before = writer();
  await write(before, 1);
  await before.close();
  appendFileSync(path(), "somebody was here\n");
  const after = writer();
  await write(after, 2);
  expect(after.findings()).toEqual([expect.objectContaining({ name: "decision-log-changed" })]);
  await after.close();
  expect(left().map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, "decision"],
    [2, "interruption"],
    [3, "decision"],
  ]);
});

describe("search over a log that was changed", () => {
  const ids = async (search: ReturnType<typeof decisionSearch>): Promise<string[]> =>
    (await search.search({ limit: 10 })).rows.map((row) => row.decision_id);

  it.each(changes)("finds what there is when its file is %s, without being told", async (_what, change) => {
    const index = decisionIndex(join(dir, "index.db"));
    const search = decisionSearch(log, index, quiet);
    const target = writer();
    for (const n of [1, 2, 3]) await write(target, n);
    expect(await ids(search)).toEqual(["d_3", "d_2", "d_1"]);
    change();
    await expect(write(target, 4)).rejects.toThrow();
    await write(target, 5);
    expect((await ids(search))[0]).toBe("d_5");
    await target.close();
    index.close();
  });

  it("answers while the folder is gone, and while a file is in its place", async () => {
    const index = decisionIndex(join(dir, "index.db"));
    const search = decisionSearch(log, index, quiet);
    const target = writer();
    await write(target, 1);
    await target.close();
    expect(await ids(search)).toEqual(["d_1"]);
    rmSync(log, { recursive: true });
    expect(await ids(search)).toEqual(["d_1"]);
    writeFileSync(log, "");
    expect(await ids(search)).toEqual(["d_1"]);
    index.close();
  });

  it("makes an index anew whose file is damaged, at the start and while it runs", async () => {
    const target = writer();
    for (const n of [1, 2, 3]) await write(target, n);
    await target.close();
    const file = join(dir, "index.db");
    writeFileSync(file, "no database at all".repeat(500));
    const index = decisionIndex(file);
    const search = decisionSearch(log, index, quiet);
    expect(await ids(search)).toEqual(["d_3", "d_2", "d_1"]);
    index.close();
    const page = Buffer.alloc(4_096, 0xff);
    const bytes = readFileSync(file);
    // Every page but the first, which says that it is a database.
    for (let at = 4_096; at < bytes.length; at += 4_096) page.copy(bytes, at);
    writeFileSync(file, bytes);
    const damaged = decisionIndex(file);
    expect(await ids(decisionSearch(log, damaged, quiet))).toEqual(["d_3", "d_2", "d_1"]);
    damaged.close();
  });

  it("reads a record that is longer than what it reads at once", async () => {
    const index = decisionIndex(join(dir, "index.db"));
    const target = writer();
    await write(target, 1);
    const long = `${decision(2)},"input":"${"x".repeat(3_000_000)}"`;
    await new Promise((done) => target.append(long, done));
    await write(target, 3);
    await target.close();
    expect(await ids(decisionSearch(log, index, quiet))).toEqual(["d_3", "d_2", "d_1"]);
    index.close();
  });
});
