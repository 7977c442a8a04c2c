import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { LogKeeper } from "../../../../gateway/record/retention/log-keeper.ts";
import { placedSegments } from "../../../../gateway/record/tree/line-walk.ts";
import { roomy, TestLog, write } from "../../../support/record/test-log.ts";

let here: TestLog;
beforeEach(async () => {
  here = new TestLog();
  const writer = here.writer({ segmentBytes: 1_500 });
  for (let n = 0; n < 60; n += 1) await write(writer, n);
  await writer.close();
});
afterEach(() => here.remove());

/** Verifies the log, and calls once when its reading has begun. */
async function verified(isLive: boolean, meanwhile: () => void) {
  let hasBegun = false;
  const progress = (): void => {
    if (!hasBegun) meanwhile();
    hasBegun = true;
  };
  const report = await here.verified(isLive, progress);
  return report.problems.map(({ code }) => code);
}

function compress(name: string): void {
  const file = join(here.log, name);
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
  rmSync(file);
}

test("segments may be compressed while a log is verified or its folder is listed", async () => {
  const [, second = "", third = ""] = here.names();
  expect(await verified(true, () => compress(second))).toEqual([]);
  const listing = placedSegments(here.log);
  compress(third);
  expect((await listing).every(({ header }) => header !== null)).toBe(true);
});

test("segments may be removed by retention while a log is verified that is written; of one that is not they are missed", async () => {
  const [before, after] = ["before", "after"].map((name) => join(here.dir, name)) as [string, string];
  cpSync(here.log, before, { recursive: true });
  const writer = here.writer({ segmentBytes: 1_500 });
  const retention = { ageMs: null, totalBytes: 5_000 };
  const index = { prune: () => Promise.resolve() };
  const given = { dir: here.log, clock: systemClock, writer, tree: here.tree, space: roomy, index, compress: null };
  await writer.open();
  await new LogKeeper({ ...given, retention }).keep();
  await writer.close();
  cpSync(here.log, after, { recursive: true });
  const put = (state: string): void => {
    for (const name of readdirSync(here.log)) rmSync(join(here.log, name), { recursive: true });
    cpSync(state, here.log, { recursive: true });
  };
  put(before);
  expect(await verified(true, () => put(after))).toEqual([]);
  put(before);
  expect(await verified(false, () => put(after))).toContain("missing");
});

test("what is wrong with a log that is written is told though it moves meanwhile", async () => {
  const [first = "", second = "", third = ""] = here.names();
  writeFileSync(join(here.log, first), readFileSync(join(here.log, first), "utf8").replace("d_1", "d_x"));
  expect(await verified(true, () => compress(third))).toContain("line");
  rmSync(join(here.log, second));
  expect(await verified(true, () => undefined)).toEqual(expect.arrayContaining(["line", "missing"]));
});
