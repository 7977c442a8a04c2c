import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReachedSegment } from "../../../../gateway/domain/ports.ts";
import { proveAction } from "../../../../gateway/record/audit/prove.ts";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import { compressSegment } from "../../../../gateway/record/retention/compress-segment.ts";
import { LogKeeper, type Retention } from "../../../../gateway/record/retention/log-keeper.ts";
import { decisionSearch } from "../../../../gateway/record/search.ts";
import { segmentFiles } from "../../../../gateway/record/segment-files.ts";
import { decisionIndex } from "../../../../gateway/store/decision-index.ts";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { quiet } from "../../../support/quiet.ts";
import { roomy, TestLog, write } from "../../../support/record/test-log.ts";

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

type Others = Partial<ConstructorParameters<typeof LogKeeper>[0]>;

function keeper(retention: Retention, compress: "gzip" | "zstd" | null = null, others: Others = {}): LogKeeper {
  const given = { dir: here.log, clock: systemClock, writer, tree: here.tree, space: roomy, index };
  return new LogKeeper({ ...given, compress, retention, ...others });
}

const half = (): Retention => ({ ageMs: null, totalBytes: Math.floor(bytes() / 2) });
const bytes = (): number => files().reduce((sum, name) => sum + statSync(join(here.log, name)).size, 0);
const path = (name = ""): string => join(here.log, name);
const prunedRecords = () => here.lines().filter(({ kind }) => kind === "pruned");

const files = (): string[] => readdirSync(here.log).filter((name) => name.startsWith("decisions-"));
const search = () => decisionSearch(here.log, index, quiet);

async function verified() {
  await here.tree.cover();
  const { ok, pruned, problems } = await here.verified(true);
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
    expect((await proveAction(here.log, "d_3")).lines.length).toBe(1);
    await keeper(keepAll, kind).keep();
    expect(await verified()).toMatchObject({ ok: true });
  },
);

test("the oldest segments go when all take too much, a record says which, and what remains verifies", async () => {
  await search().search({ limit: 1 });
  await keeper(half()).keep();
  const [told] = prunedRecords() as unknown as [{ segments: { name: string; from_leaf: number; to_leaf: number }[] }];
  expect(told.segments[0]).toMatchObject({ name: "decisions-000001.jsonl", from_leaf: 0 });
  expect(files()).not.toContain(told.segments.at(-1)?.name);
  expect(await verified()).toEqual({ ok: true, pruned: told.segments.at(-1)?.to_leaf, problems: [] });
  expect(await search().get("d_0")).toBeNull();
  expect((await search().get("d_59"))?.decision["decision_id"]).toBe("d_59");
  expect((await proveAction(here.log, "d_59")).lines).toHaveLength(1);
});

test("segments that fit when they are compressed stay, and go as they are when there is little room", async () => {
  const before = files().length;
  const low = { isLow: true };
  await keeper(half(), "zstd", { space: low }).keep();
  const left = files();
  expect(left.length).toBeLessThan(before);
  await keeper(half(), "zstd").keep();
  expect(files()).toEqual([...left.slice(0, -1).map((name) => `${name}.zst`), left.at(-1)]);
  expect(prunedRecords().length).toBe(1);
  await keeper({ ageMs: null, totalBytes: 1 }, "zstd").keep();
  expect(files()).toEqual(left.slice(-1));
  expect(await verified()).toMatchObject({ ok: true, problems: [] });
});

test("segments that go for their age are not compressed before", async () => {
  const before = files();
  const clock = { ...systemClock, now: () => Date.now() + 11 * DAY };
  // Whoever compresses it fails.
  const part = `${before[0]}.zst.part`;
  mkdirSync(path(part));
  await keeper({ ageMs: 10 * DAY, totalBytes: 1e9 }, "zstd", { clock }).keep();
  expect(files()).toEqual([part, ...before.slice(-1)].toSorted());
});

test("segments go for their age, which their files do not say, and the one that is written stays", async () => {
  await keeper(keepAll, "gzip").keep();
  const before = files();
  const old = new Date(Date.now() - 10 * DAY);
  for (const name of before) utimesSync(path(name), old, old);
  const tenDays: Retention = { ageMs: 10 * DAY, totalBytes: null };
  await keeper(tenDays).keep();
  expect(files()).toEqual(before);
  const clock = { ...systemClock, now: () => Date.now() + 11 * DAY };
  await keeper(tenDays, null, { clock }).keep();
  expect(files()).toEqual(before.slice(-1));
  await keeper({ ageMs: 10 * DAY, totalBytes: 1 }, null, { clock }).keep();
  expect(await verified()).toMatchObject({ ok: true });
});

test("a segment that is gone from the middle is still missed when those around it are removed and told", async () => {
  const [, , third] = files();
  rmSync(path(third));
  await keeper(half()).keep();
  expect(prunedRecords()).toMatchObject([
    { segments: expect.arrayContaining([expect.objectContaining({ name: "decisions-000004.jsonl" })]) },
  ]);
  expect(await verified()).toMatchObject({ ok: false, problems: [{ code: "missing" }] });
});

test.each([
  ["has other lines", (text: string) => text.replace('"d_', '"d-'), "is not the one of the tree"],
  ["lacks its last line", (text: string) => text.replace(/[^\n]+\n$/, ""), "begins with line"],
])("a segment that %s stays, with all behind it, and that is a failure", async (_what, change, problem) => {
  const [first, second] = files();
  writeFileSync(path(second), change(readFileSync(path(second), "utf8")));
  await expect(keeper(half()).keep()).rejects.toThrow(problem);
  expect([files().includes(first ?? ""), files()[0]]).toEqual([false, second]);
  expect(prunedRecords()).toMatchObject([{ segments: [{ name: first }] }]);
  await expect(keeper(half()).keep()).rejects.toThrow(problem);
  expect(prunedRecords().length).toBe(1);
});

test("segments of the log that was in the folder before go as well, and are told as its own", async () => {
  const before = files();
  await writer.close();
  rmSync(path("tlog"), { recursive: true });
  writer = here.writer({ segmentBytes: 1_500 });
  for (let n = 60; n < 90; n += 1) await write(writer, n);
  await keeper({ ageMs: null, totalBytes: 1 }).keep();
  expect(files()).toHaveLength(1);
  const [{ segments }] = prunedRecords() as unknown as [{ readonly segments: object[] }];
  expect(segments.slice(0, before.length)).toEqual(before.map((name) => ({ name, log: expect.any(String) })));
});

test("a record that tells what went and goes itself is told again, so that what remains verifies", async () => {
  for (let n = 60; n < 150; n += 30) {
    await keeper(half()).keep();
    for (let more = n; more < n + 30; more += 1) await write(writer, more);
  }
  await keeper({ ageMs: null, totalBytes: 1 }).keep();
  expect(files().length).toBe(1);
  const [told] = prunedRecords() as unknown as [{ segments: { from_leaf: number }[]; earlier: object[] }];
  expect(told.earlier).toEqual([{ from_leaf: 0, to_leaf: told.segments[0]?.from_leaf }]);
  expect(await verified()).toMatchObject({ ok: true });
});

test("what was told and cannot be removed is not told again with every look", async () => {
  let isBroken = true;
  const prune = () => (isBroken ? Promise.reject(new Error("the index cannot be written")) : Promise.resolve());
  const kept = keeper(half(), null, { index: { prune } });
  for (let look = 0; look < 3; look += 1) await expect(kept.keep()).rejects.toThrow("the index");
  expect(prunedRecords().length).toBe(1);
  isBroken = false;
  await kept.keep();
  expect(await verified()).toMatchObject({ ok: true });
});

test("nothing is written and nothing goes while no checkpoint can cover it", async () => {
  const before = files();
  const tree = { cover: () => Promise.reject(new Error("its thread has ended")) };
  for (let look = 0; look < 3; look += 1)
    await expect(keeper(half(), null, { tree }).keep()).rejects.toThrow("its thread has ended");
  expect([files(), prunedRecords()]).toEqual([before, []]);
});

test("nothing goes before a checkpoint covers the record that tells it, which is written once", async () => {
  const before = files();
  let calls = 0;
  const full = () => Promise.reject(new Error("the disk of the tree is full"));
  const tree = { cover: () => (++calls % 2 === 1 ? here.tree.cover() : full()) };
  const kept = keeper(half(), null, { tree });
  for (let look = 0; look < 2; look += 1) await expect(kept.keep()).rejects.toThrow("the disk of the tree is full");
  expect([files(), calls, prunedRecords().length]).toEqual([before, 4, 1]);
});

test("the index forgets what goes before it goes", async () => {
  const prune = () => Promise.reject(new Error("the index cannot be written"));
  const before = files();
  await expect(keeper(half(), null, { index: { prune } }).keep()).rejects.toThrow("the index");
  expect(files()).toEqual(before);
});

test("a segment that cannot be compressed keeps no other from it, and none from being removed", async () => {
  const middle = files()[Math.floor(files().length / 2) + 2] ?? "";
  mkdirSync(path(`${middle}.gz.part`));
  await expect(keeper({ ageMs: null, totalBytes: 4_000 }, "gzip").keep()).rejects.toThrow();
  expect(prunedRecords().length).toBe(1);
  expect(files().filter((name) => name.endsWith(".jsonl"))).toEqual([middle, here.names().at(-1)]);
});

test("nothing is compressed while there is little room, or when the gateway ends", async () => {
  const before = files();
  await keeper(keepAll, "gzip", { space: { isLow: true } }).keep();
  await keeper(keepAll, "gzip").keep(AbortSignal.abort());
  expect(files()).toEqual(before);
  const ending = new AbortController();
  const kept = keeper(keepAll, "gzip").keep(ending.signal);
  ending.abort();
  await kept;
  expect(files()).toEqual(before);
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

test("a segment that a destination has not had stays, until it was waited for as long as it is told", async () => {
  const before = files();
  const third = { name: "siem", reached: () => reached("decisions-000003.jsonl"), retainMs: null };
  const now = Date.now();
  const later = { now: () => now + DAY, monotonic: () => 0 };
  await keeper(half(), null, { consumers: [third] }).keep();
  expect(files()).toEqual(before.slice(2));
  expect(prunedRecords()).toEqual([expect.not.objectContaining({ unsent: expect.anything() })]);
  const waiting = { consumers: [{ ...third, retainMs: 2 * DAY }], clock: later };
  await keeper(half(), null, waiting).keep();
  expect(files()).toEqual(before.slice(2));
  const over = { consumers: [third, { name: "archive", reached: () => null, retainMs: DAY / 2 }], clock: later };
  await keeper(half(), null, over).keep();
  expect(files()).toEqual(before.slice(2));
  await keeper(half(), null, { ...over, consumers: [{ ...third, retainMs: DAY / 2 }] }).keep();
  expect(files().length).toBeLessThan(before.length - 2);
  expect(prunedRecords().at(-1)).toMatchObject({ unsent: ["siem"] });
  expect(await verified()).toMatchObject({ ok: true, problems: [] });
});

test.each<[string, (own: ReachedSegment) => ReachedSegment]>([
  ["has read another log", (own) => ({ ...own, log: "example.com/gw-2/0" })],
  ["is in a segment that is not there", (own) => ({ ...own, segment: "decisions-000999.jsonl" })],
])("a destination that %s has had nothing of this one", async (_what, changed) => {
  const before = files();
  const own = reached(before.at(-1) ?? "");
  await keeper(half(), null, { consumers: [{ name: "siem", reached: () => changed(own), retainMs: null }] }).keep();
  expect(files()).toEqual(before);
  await keeper(half(), null, { consumers: [{ name: "siem", reached: () => own, retainMs: null }] }).keep();
  expect(files().length).toBeLessThan(before.length);
});

/** A destination that has had all before a segment of this log. */
function reached(segment: string): ReachedSegment {
  const [header] = here.linesOf(here.names()[0] ?? "") as unknown as { readonly log: string }[];
  return { segment, log: header?.log ?? null };
}

test("retention removes nothing while nobody knows what a destination has had", async () => {
  const before = files();
  const unreadable = () => {
    throw new Error("EIO");
  };
  const consumers = [{ name: "siem", reached: unreadable, retainMs: null }];
  await expect(keeper(half(), null, { consumers }).keep()).rejects.toThrow("EIO");
  expect(files()).toEqual(before);
});
