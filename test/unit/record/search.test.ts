import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { likeText, SharedRecord } from "../../../gateway/record/decision/shared-record.ts";
import { WholeRecords } from "../../../gateway/record/decision/whole-records.ts";
import { decisionSearch } from "../../../gateway/record/search.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";
import { appended } from "../../support/ship/ship-log.ts";
import { damages, decision, TestLog, write } from "../../support/record/test-log.ts";

let here: TestLog;
beforeEach(() => {
  here = new TestLog();
});
afterEach(() => here.remove());

describe("search over a log that was changed", () => {
  const ids = async (search: ReturnType<typeof decisionSearch>): Promise<string[]> =>
    (await search.search({ limit: 10 })).rows.map((row) => row.decision_id);

  it.each(damages)("finds what there is when its file is %s, without being told", async (_what, damage) => {
    const index = decisionIndex(join(here.dir, "index.db"));
    const search = decisionSearch(here.log, index, quiet);
    const target = here.writer();
    for (const n of [1, 2, 3]) await write(target, n);
    expect(await ids(search)).toEqual(["d_3", "d_2", "d_1"]);
    damage(here);
    await expect(write(target, 4)).rejects.toThrow();
    await write(target, 5);
    expect((await ids(search))[0]).toBe("d_5");
    await target.close();
    index.close();
  });

  it("looks again through an index that was made anew meanwhile", async () => {
    const index = decisionIndex(join(here.dir, "index.db"));
    const target = here.writer();
    for (const n of [1, 2, 3]) await write(target, n);
    await target.close();
    let isFirst = true;
    const search = async (query: Parameters<typeof index.search>[0]) => {
      if (isFirst) await index.clear();
      isFirst = false;
      return index.search(query);
    };
    expect(await ids(decisionSearch(here.log, { ...index, search }, quiet))).toEqual(["d_3", "d_2", "d_1"]);
    index.close();
  });

  it("answers while the folder is gone, and while a file is in its place", async () => {
    const index = decisionIndex(join(here.dir, "index.db"));
    const search = decisionSearch(here.log, index, quiet);
    const target = here.writer();
    await write(target, 1);
    await target.close();
    expect(await ids(search)).toEqual(["d_1"]);
    rmSync(here.log, { recursive: true });
    expect(await ids(search)).toEqual(["d_1"]);
    writeFileSync(here.log, "");
    expect(await ids(search)).toEqual(["d_1"]);
    index.close();
  });

  it("makes an index anew whose file is damaged, at the start and while it runs", async () => {
    const target = here.writer();
    for (const n of [1, 2, 3]) await write(target, n);
    await target.close();
    const file = join(here.dir, "index.db");
    writeFileSync(file, "no database at all".repeat(500));
    const index = decisionIndex(file);
    const search = decisionSearch(here.log, index, quiet);
    expect(await ids(search)).toEqual(["d_3", "d_2", "d_1"]);
    index.close();
    const page = Buffer.alloc(4_096, 0xff);
    const bytes = readFileSync(file);
    // Every page but the first, which says that it is a database.
    for (let at = 4_096; at < bytes.length; at += 4_096) page.copy(bytes, at);
    writeFileSync(file, bytes);
    const damaged = decisionIndex(file);
    expect(await ids(decisionSearch(here.log, damaged, quiet))).toEqual(["d_3", "d_2", "d_1"]);
    damaged.close();
  });

  const columns = "decision_id, seq, timestamp, effect, line";
  it.each([
    ["lost", "DELETE FROM decisions WHERE decision_id = 'd_2'"],
    ["got", `INSERT INTO decisions (${columns}) SELECT 'd_9', seq + 9, timestamp, effect, line FROM decisions LIMIT 1`],
  ])("makes an index anew that has %s a decision while the gateway was down, and tells", async (_what, edit) => {
    const target = here.writer();
    for (const n of [1, 2, 3]) await write(target, n);
    await target.close();
    const file = join(here.dir, "index.db");
    const told: string[] = [];
    const logger = { ...quiet, warn: (text: string) => void told.push(text) };
    for (const made of [0, 1]) {
      const index = decisionIndex(file);
      const search = decisionSearch(here.log, index, logger);
      expect(await search.count({}, ["effect"])).toMatchObject({ total: 3 });
      expect([await ids(search), index.generation()]).toEqual([["d_3", "d_2", "d_1"], made]);
      index.close();
      const database = openDatabase(file);
      database.exec(edit);
      database.close();
    }
    expect(told).toEqual([expect.stringContaining("does not have as many decisions as were put into it")]);
  });

  it("keeps an index whose oldest decisions went with their segment", async () => {
    const target = here.writer();
    for (const n of [1, 2, 3]) await write(target, n);
    await target.close();
    const file = join(here.dir, "index.db");
    const before = decisionIndex(file);
    await ids(decisionSearch(here.log, before, quiet));
    await before.prune(3);
    before.close();
    const index = decisionIndex(file);
    expect([await ids(decisionSearch(here.log, index, quiet)), index.generation()]).toEqual([["d_3", "d_2"], 0]);
    index.close();
  });

  it("reads a record that is longer than what it reads at once", async () => {
    const index = decisionIndex(join(here.dir, "index.db"));
    const target = here.writer();
    await write(target, 1);
    const long = `${decision(2)},"input":"${"x".repeat(3_000_000)}"`;
    await new Promise((done) => target.append(long, done));
    await write(target, 3);
    await target.close();
    expect(await ids(decisionSearch(here.log, index, quiet))).toEqual(["d_3", "d_2", "d_1"]);
    index.close();
  });
});

test("search tells of records that cannot be made whole, and finds the others", async () => {
  const warnings: unknown[] = [];
  const logger = { ...quiet, warn: (...told: unknown[]) => void warnings.push(told) };
  const target = here.writer();
  await target.open();
  const names = new SharedRecord('{"result":{"effect":"allow","reasons":[]},"own":{"timestamp":"time"}}', "names");
  for (const [n, own] of ["1", "1,2", "2"].entries())
    await appended(target, `,"kind":"decision","decision_id":"d_${n}"${likeText([names])},"own":[${own}]`, [names]);
  await target.close();
  const index = decisionIndex(join(here.dir, "index.db"));
  const { rows } = await decisionSearch(here.log, index, logger).search({ limit: 10 });
  index.close();
  expect(rows.map((row) => row.decision_id)).toEqual(["d_2", "d_0"]);
  const first = expect.stringMatching(/^decisions-000001\.jsonl has a record .*: record 4 has values/) as unknown;
  expect(warnings).toEqual([[expect.stringContaining("cannot be made whole"), { count: 1, first }]]);
});

describe("search for records that refer to others", () => {
  const { note } = WholeRecords.prototype;
  afterEach(() => (WholeRecords.prototype.note = note));

  it.each([
    ["keeps what they refer to from search to search", 60_000],
    ["drops it when nobody searches for a while", 1],
  ])("%s, and finds them whole", async (_what, keptMs) => {
    let noted = 0;
    WholeRecords.prototype.note = function counted(line) {
      const isShared = note.call(this, line);
      if (isShared) noted += 1;
      return isShared;
    };
    const index = decisionIndex(join(here.dir, "index.db"));
    const search = decisionSearch(here.log, index, quiet, keptMs);
    const target = here.writer();
    await target.open();
    const shared = new SharedRecord('{"result":{"effect":"deny","reasons":[]},"tool":"payments/create_refund"}');
    let count = 0;
    const found = async (): Promise<number> => {
      count += 1;
      const members = `,"kind":"decision","decision_id":"d_${count}"${likeText([shared])},"timestamp":"2026-11-26T08:00:00.000Z"`;
      await new Promise<void>((written) => target.append(members, () => written(), [shared]));
      return (await search.search({ limit: 100, effect: "deny" })).rows.length;
    };
    for (const n of [1, 2, 3]) expect(await found()).toBe(n);
    if (keptMs > 1) expect(noted).toBe(1);
    else
      await eventually("it is read again", async () => {
        expect(await found()).toBe(count);
        return noted > 1 ? true : null;
      });
    await target.close();
    index.close();
  });
});
