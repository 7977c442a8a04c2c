import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { proveAction } from "../../../../gateway/record/audit/prove.ts";
import { verifyLog } from "../../../../gateway/record/audit/verify-log.ts";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import { compressSegment } from "../../../../gateway/record/retention/compress-segment.ts";
import { LogKeeper, type Retention } from "../../../../gateway/record/retention/log-keeper.ts";
import { decisionSearch } from "../../../../gateway/record/search.ts";
import { segmentFiles } from "../../../../gateway/record/segment-files.ts";
import { decisionIndex } from "../../../../gateway/store/decision-index.ts";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { quiet } from "../../../support/quiet.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";

const DAY = 86_400_000;
const keepAll: Retention = { ageMs: null, totalBytes: null };

let here: TestLog;
let writer: LogWriter;
let index: ReturnType<typeof decisionIndex>;
beforeEach(async () => {
  here = new TestLog();
  writer = here.writer({ segmentBytes: 1_500 });
  for (let n = 0; n < 60; n += 1) await write(writer, n);
  index = decisionIndex(join(here.dir, "index.db"));
});
afterEach(async () => {
  await writer.close();
  index.close();
  here.remove();
});

function keeper(retention: Retention, compress: "gzip" | "zstd" | null = null): LogKeeper {
  return new LogKeeper({ dir: here.log, clock: systemClock, writer, tree: here.tree, index, compress, retention });
}

const files = (): string[] => readdirSync(here.log).filter((name) => name.startsWith("decisions-"));
const search = () => decisionSearch(here.log, index, quiet);

async function verified() {
  await here.tree.cover();
  const options = { dir: here.log, keys: [], kept: [], isLive: true, receipt: null, progress: () => undefined };
  const { ok, pruned, problems } = await verifyLog(options);
  return { ok, pruned, problems };
}

test.each(["gzip", "zstd"] as const)(
  "closed segments are kept with %s, and searched, proved and verified as before",
  async (kind) => {
    expect((await search().search({ limit: 100 })).rows.length).toBe(60);
    const before = files();
    await keeper(keepAll, kind).keep();
    const newest = before.at(-1);
    expect(files()).toEqual(
      before.map((name) => (name === newest ? name : `${name}.${kind === "gzip" ? "gz" : "zst"}`)),
    );
    expect(await verified()).toMatchObject({ ok: true, pruned: 0 });
    expect((await search().search({ limit: 100 })).rows.length).toBe(60);
    await index.clear();
    expect((await search().search({ limit: 100 })).rows.length).toBe(60);
    expect((await search().get("d_3"))?.decision["decision_id"]).toBe("d_3");
    expect((await proveAction(here.log, "d_3")).length).toBe(1);
    await keeper(keepAll, kind).keep();
    expect(await verified()).toMatchObject({ ok: true });
  },
);

test("the oldest segments go when all take too much, a record says which, and what remains verifies", async () => {
  await search().search({ limit: 1 });
  const total = files().reduce((sum, name) => sum + statSync(join(here.log, name)).size, 0);
  await keeper({ ageMs: null, totalBytes: Math.floor(total / 2) }).keep();
  const told = here.lines().find(({ kind }) => kind === "pruned") as unknown as { segments: string[]; to_leaf: number };
  expect(told.segments[0]).toBe("decisions-000001.jsonl");
  expect(files()).not.toContain(told.segments.at(-1));
  expect(await verified()).toEqual({ ok: true, pruned: told.to_leaf, problems: [] });
  expect(await search().get("d_0")).toBeNull();
  expect((await search().get("d_59"))?.decision["decision_id"]).toBe("d_59");
  await expect(proveAction(here.log, "d_59")).resolves.toHaveLength(1);
});

test("segments go for their age, which compression does not change, and the one that is written stays", async () => {
  await keeper(keepAll, "gzip").keep();
  const [first = "", ...others] = files();
  const old = new Date(Date.now() - 10 * DAY);
  utimesSync(join(here.log, first), old, old);
  await keeper({ ageMs: 9 * DAY, totalBytes: null }).keep();
  expect(files()).toEqual(others);
  for (const name of files()) utimesSync(join(here.log, name), old, old);
  await keeper({ ageMs: 9 * DAY, totalBytes: 1 }).keep();
  expect(files().length).toBe(1);
  await keeper({ ageMs: 9 * DAY, totalBytes: 1 }).keep();
  expect(await verified()).toMatchObject({ ok: true });
});

test("a segment that somebody removes besides is missed", async () => {
  await keeper({ ageMs: null, totalBytes: 8_000 }).keep();
  const [, second] = await segmentFiles(here.log);
  rmSync(join(here.log, second?.file ?? ""));
  expect(await verified()).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([expect.objectContaining({ code: "missing" })]),
  });
});

test("what a crash left of a compression is removed, and the segment compressed", async () => {
  writeFileSync(join(here.log, "decisions-000001.jsonl.gz.part"), "half");
  await keeper(keepAll, "gzip").keep();
  expect(files().filter((name) => name.endsWith(".part"))).toEqual([]);
  expect(await verified()).toMatchObject({ ok: true });
});

test("a segment that cannot be compressed stays as it is", async () => {
  const [first] = await segmentFiles(here.log);
  if (first === undefined) throw new Error("no segment");
  mkdirSync(join(here.log, `${first.file}.gz`, "x"), { recursive: true });
  await expect(compressSegment(here.log, first, "gzip")).rejects.toThrow();
  expect(files()).toContain(first.file);
});
