import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { onThisThread, type SegmentScans, ThreadScans } from "../../../../gateway/record/audit/segment-scans.ts";
import { verifyLog } from "../../../../gateway/record/audit/verify-log.ts";
import { decision, TestLog, write } from "../../../support/record/test-log.ts";

let here: TestLog;
beforeEach(async () => {
  here = new TestLog();
  const writer = here.writer({ segmentBytes: 1_500 });
  for (let n = 0; n < 80; n += 1) await write(writer, n);
  await writer.close();
});
afterEach(() => here.remove());

const fileOf = (at: number): string => join(here.log, here.names().at(at) ?? "");

function edit(at: number, change: (lines: string[]) => string[]): void {
  writeFileSync(fileOf(at), change(readFileSync(fileOf(at), "utf8").split("\n")).join("\n"));
}

const damages: readonly [what: string, damage: () => void, code: string | null][] = [
  ["is as it was written", () => undefined, null],
  ["has a changed line", () => edit(2, (lines) => lines.with(3, (lines[3] ?? "").replace("allow", "denys"))), "line"],
  ["lacks a line", () => edit(1, (lines) => lines.toSpliced(2, 1)), "line"],
  ["has a line twice", () => edit(1, (lines) => lines.toSpliced(2, 0, lines[2] ?? "")), "line"],
  ["lacks the first line of a segment", () => edit(3, (lines) => lines.slice(1)), "missing"],
  ["lacks a segment", () => rmSync(fileOf(1)), "missing"],
  ["has two segments exchanged", exchange, "line"],
  ["has an empty segment", () => truncateSync(fileOf(2), 0), "missing"],
  ["is cut at its end", () => truncateSync(fileOf(-1), 50), "missing"],
  ["has more lines than its tree", () => appendFileSync(fileOf(-1), '{"seq":999}\n'), "uncovered"],
  ["has a segment that cannot be read", garble, "line"],
];

function garble(): void {
  const [file, header = ""] = [fileOf(1), readFileSync(fileOf(1), "utf8").split("\n", 1)[0]];
  rmSync(file);
  const whole = gzipSync(`${header}\n${"x".repeat(100_000)}\n`, { level: 0 });
  writeFileSync(`${file}.gz`, whole.subarray(0, 50_000));
}

function exchange(): void {
  const [one, other] = [fileOf(1), fileOf(3)];
  renameSync(one, `${one}.aside`);
  renameSync(other, one);
  renameSync(`${one}.aside`, other);
}

const threads = 2;
const given = { keys: [], kept: [], isLive: false, witness: null, authorities: null, receipt: null };
const verified = (scans: SegmentScans) =>
  verifyLog({ ...given, dir: here.log, scans: () => scans, progress: () => undefined });

test.each(damages)("threads find the same as one thread in a log that %s", async (_what, damage, code) => {
  damage();
  const [one, several] = [await verified(onThisThread), await verified(new ThreadScans(threads))];
  expect(several).toEqual(one);
  expect(one.ok).toBe(code === null);
  if (code !== null) expect(one.problems.map((problem) => problem.code)).toContain(code);
});

test("a thread that fails takes one segment with it, and the report tells it", async () => {
  const failsAtThird = new URL("../../../support/record/failing-scan-thread.ts", import.meta.url);
  const failsAlways = new URL('data:text/javascript,throw new Error("this thread fails")');
  const problem = (at: number) => ({
    code: "line",
    place: here.names().at(at),
    detail: "cannot be read to its end: this thread fails",
  });
  const one = await verified(new ThreadScans(threads, { entry: failsAtThird }));
  expect(one.problems.filter(({ code }) => code === "line")).toEqual([problem(2)]);
  expect(one.lines).toBe((await verified(onThisThread)).lines - here.linesOf(here.names()[2] ?? "").length);
  const all = await verified(new ThreadScans(threads, { entry: failsAlways }));
  expect(all.problems.filter(({ code }) => code === "line")).toEqual(here.names().map((_, at) => problem(at)));
  expect(all).toMatchObject({ ok: false, lines: 0 });
});

test("what lines say is heard in parts and in order, of more than a thread may be ahead", async () => {
  const writer = here.writer({ segmentBytes: 3_000_000 });
  const long = `,"said":"${"x".repeat(10_000)}"`;
  const append = (n: number) =>
    new Promise<void>((done, failed) =>
      writer.append(decision(n) + long, (error) => (error === null ? done() : failed(error))),
    );
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => append(80 + n)));
  await writer.close();
  // A block of a compressed segment is small.
  for (const name of here.names().slice(0, -1)) {
    writeFileSync(join(here.log, `${name}.gz`), gzipSync(readFileSync(join(here.log, name))));
    rmSync(join(here.log, name));
  }
  const inParts = (scans: SegmentScans): SegmentScans => ({
    ahead: scans.ahead,
    scan: (job, listener) => scans.scan({ ...job, handedLines: 1 }, listener),
    close: () => scans.close(),
  });
  const one = await verified(onThisThread);
  expect(one).toMatchObject({ ok: true, decisions: 1_280 });
  expect(await verified(inParts(onThisThread))).toEqual(one);
  expect(await verified(inParts(new ThreadScans(threads, { mostUnheard: 3 })))).toEqual(one);
});
