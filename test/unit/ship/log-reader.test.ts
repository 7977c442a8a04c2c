import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { compressSegment } from "../../../gateway/record/retention/compress-segment.ts";
import { segmentFiles } from "../../../gateway/record/segment-files.ts";
import { type Break, LogReader } from "../../../gateway/ship/log-reader.ts";
import { CursorDamaged, CursorFile, type Position } from "../../../gateway/ship/position.ts";
import { TestLog } from "../../support/record/test-log.ts";
import { idsFrom, writeCalls } from "../../support/ship/ship-log.ts";

let here: TestLog;
let writer: LogWriter;
let breaks: Break[];
beforeEach(() => {
  here = new TestLog();
  writer = here.writer({ segmentBytes: 20_000 });
  breaks = [];
});
afterEach(async () => {
  await writer.close();
  here.remove();
});

const reader = (position: Position | null) => new LogReader(here.log, position, (found) => void breaks.push(found));

/** Reads to the end of the log, at most so many lines. @returns ids of decisions, and the position */
async function readOn(from: LogReader | Position | null, most = Infinity, bytes = 5_000) {
  const log = from instanceof LogReader ? from : reader(from);
  const ids: string[] = [];
  let left = most;
  for (let batch = await log.next(bytes); batch !== null && left > 0; batch = left > 0 ? await log.next(bytes) : null) {
    const lines = batch.lines.slice(0, left);
    left -= lines.length;
    ids.push(...lines.flatMap((line) => /"kind":"decision","decision_id":"(\w+)"/.exec(line)?.[1] ?? []));
    log.sent(lines.length);
  }
  log.close();
  return { ids, position: log.position as Position };
}

/** So many calls in some segments, half of which were read. */
async function halfRead(count = 60) {
  await writeCalls(writer, idsFrom(0, count));
  return readOn(null, count);
}

const names = () => readdirSync(here.log).filter((name) => name.startsWith("decisions-"));

test("reads every line once, over segments, in batches, and goes on where it was left", async () => {
  const { ids, position } = await halfRead();
  expect(names().length).toBeGreaterThan(3);
  const rest = await readOn(position);
  expect([...ids, ...rest.ids]).toEqual(idsFrom(0, 60));
  expect(await readOn(rest.position)).toEqual({ ids: [], position: rest.position });
  await writeCalls(writer, idsFrom(60, 30));
  expect((await readOn(rest.position)).ids).toEqual(idsFrom(60, 30));
  expect(breaks).toEqual([]);
});

test("a reader that stays open sees what is appended, and the segments after", async () => {
  const log = reader(null);
  for (let round = 0; round < 5; round += 1) {
    await writeCalls(writer, idsFrom(round * 20, 20));
    expect((await readOn(log)).ids).toEqual(idsFrom(round * 20, 20));
  }
});

test("the end of the log is told of the log as it is then: what was appended while a batch was sent comes before it", async () => {
  await writeCalls(writer, idsFrom(0, 3));
  const log = reader(null);
  const batch = await log.next(1e6);
  await writeCalls(writer, idsFrom(3, 2));
  log.sent(batch?.lines.length ?? 0);
  const more = await log.next(1e6);
  expect(more?.lines.map((line) => /"decision_id":"(\w+)"/.exec(line)?.[1])).toEqual(["d_3", "d_3", "d_4", "d_4"]);
  log.sent(more?.lines.length ?? 0);
  expect(await log.next(1e6)).toBeNull();
  log.close();
});

test("a segment that is gone from the midst of the log is told, also while nothing before it is", async () => {
  await writeCalls(writer, idsFrom(0, 60));
  const [, second = "", third = ""] = names();
  const lost = here.linesOf(second);
  rmSync(join(here.log, second));
  const { ids } = await readOn(null);
  expect(breaks).toEqual([{ what: `${second} is gone; it goes on with ${third}`, missed: lost.length }]);
  expect(ids.length).toBe(60 - lost.filter(({ kind }) => kind === "decision").length);
});

test("a segment that was not listed while its file was renamed is read before the one after it", async () => {
  await writeCalls(writer, idsFrom(0, 60));
  const [log, second] = [reader(null), names()[1] as string];
  const [there, away] = [join(here.log, second), join(here.dir, second)];
  renameSync(there, away);
  await log.next(1);
  renameSync(away, there);
  expect((await readOn(log)).ids).toEqual(idsFrom(0, 60));
  expect(breaks).toEqual([]);
});

test("a segment that holds nothing, as a crash leaves it, is no gap", async () => {
  await writeCalls(writer, idsFrom(0, 10));
  await writer.close();
  const number = names().length + 1;
  writeFileSync(join(here.log, `decisions-${String(number).padStart(6, "0")}.jsonl`), "");
  writer = here.writer({ segmentBytes: 20_000 });
  await writer.open();
  await writeCalls(writer, idsFrom(10, 30));
  expect((await readOn(null)).ids).toEqual(idsFrom(0, 40));
  expect(breaks).toEqual([]);
});

test.each(["gzip", "zstd"] as const)(
  "goes on in the midst of a segment that was compressed with %s since",
  async (kind) => {
    const { ids, position } = await halfRead();
    for (const segment of (await segmentFiles(here.log)).slice(0, -1)) await compressSegment(here.log, segment, kind);
    const rest = await readOn(position);
    expect([...ids, ...rest.ids]).toEqual(idsFrom(0, 60));
    expect((await readOn(null)).ids).toEqual(idsFrom(0, 60));
    expect(breaks).toEqual([]);
  },
);

test("goes on in a segment that was renamed", async () => {
  const { ids, position } = await halfRead();
  renameSync(join(here.log, position.segment), join(here.log, `${position.segment}.1`));
  expect([...ids, ...(await readOn(position)).ids]).toEqual(idsFrom(0, 60));
  expect(breaks).toEqual([]);
});

test("what retention has removed is told with how many records it was at most, and nothing else is left out", async () => {
  const { position } = await halfRead();
  const gone = names().filter((name) => name <= position.segment);
  const { ids: before } = await readOn(null);
  for (const name of gone) rmSync(join(here.log, name));
  const { ids } = await readOn(position);
  expect(ids).toEqual(before.slice(before.length - ids.length));
  expect(breaks).toEqual([
    { what: expect.stringContaining("are gone; it goes on with decisions-"), missed: expect.any(Number) },
  ]);
  expect(breaks[0]?.missed).toBeGreaterThanOrEqual(1);
});

test("a segment that was read whole and removed since is missed by nobody", async () => {
  await writeCalls(writer, idsFrom(0, 60));
  const { position } = await readOn(null);
  await writeCalls(writer, idsFrom(60, 40));
  for (const name of names().filter((one) => one < position.segment)) rmSync(join(here.log, name));
  expect((await readOn(position)).ids).toEqual(idsFrom(60, 40));
  expect(breaks).toEqual([]);
});

test("a segment that was cut before what was read is read again from its begin, and so are those after", async () => {
  const { position } = await halfRead();
  truncateSync(join(here.log, position.segment), position.offset - 10);
  const { ids } = await readOn(position);
  expect(ids.at(-1)).toBe("d_59");
  expect(breaks).toEqual([
    { what: `${position.segment} was changed or cut; it is sent again from its begin`, missed: 0 },
  ]);
});

test("a position ahead of the log waits at its end, and what is written then is read", async () => {
  await writeCalls(writer, idsFrom(0, 60));
  const { position } = await readOn(null);
  await writer.close();
  rmSync(join(here.log, position.segment));
  const behind = await readOn(position);
  expect(behind.ids).toEqual([]);
  expect(breaks).toEqual([{ what: expect.stringContaining("the log ends before what was sent"), missed: 0 }]);
  writer = here.writer({ segmentBytes: 20_000 });
  await writer.open();
  await writeCalls(writer, idsFrom(60, 10));
  expect((await readOn(behind.position)).ids).toEqual(idsFrom(60, 10));
  // Also when nobody has looked meanwhile, and the gateway has begun a segment under the same name.
  expect(names().at(-1)).toBe(position.segment);
  expect((await readOn(position)).ids).toEqual(idsFrom(60, 10));
});

test("another log in the folder is read whole", async () => {
  await writeCalls(writer, idsFrom(0, 60));
  const { position } = await readOn(null);
  await writer.close();
  const other = new TestLog();
  const otherWriter = other.writer({ segmentBytes: 20_000 });
  await writeCalls(otherWriter, idsFrom(500, 50));
  await otherWriter.close();
  rmSync(here.log, { recursive: true });
  cpSync(other.log, here.log, { recursive: true });
  other.remove();
  expect((await readOn(position)).ids).toEqual(idsFrom(500, 50));
  expect(breaks).toEqual([{ what: "the folder has another log; all of it is sent", missed: 0 }]);
});

test("a cursor is kept whole, and one that was cut or written by somebody else is refused by name", async () => {
  const { position } = await halfRead();
  const dir = join(here.dir, "ship");
  const cursor = new CursorFile(dir, "siem");
  expect(cursor.read()).toBeNull();
  cursor.write(position);
  expect(new CursorFile(dir, "siem").read()).toEqual(position);
  const path = join(dir, "siem.json");
  const whole = readFileSync(path, "utf8");
  for (const text of [whole.slice(0, 20), "", "{}", whole.replace('"version":1', '"version":2')]) {
    writeFileSync(path, text);
    expect(() => cursor.read()).toThrow(CursorDamaged);
  }
  rmSync(path);
  mkdirSync(path);
  expect(() => cursor.read()).toThrow("EISDIR");
});
