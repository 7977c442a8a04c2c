import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { verifyLog } from "../../../../gateway/record/audit/verify-log.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";

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

test.each(damages)("threads find the same as one thread in a log that %s", async (_what, damage, code) => {
  damage();
  const given = { dir: here.log, keys: [], kept: [], isLive: false, witness: null, authorities: null, receipt: null };
  const verified = (threadsFrom: number) => verifyLog({ ...given, threadsFrom, progress: () => undefined });
  const [one, several] = [await verified(Infinity), await verified(0)];
  expect(several).toEqual(one);
  expect(one.ok).toBe(code === null);
  if (code !== null) expect(one.problems.map((problem) => problem.code)).toContain(code);
});
