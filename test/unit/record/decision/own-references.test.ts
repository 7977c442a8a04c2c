import { join } from "node:path";
import { readFileSync } from "node:fs";
import { parseVkey } from "../../../../gateway/lib/tlog/note.ts";
import { proveAction } from "../../../../gateway/record/audit/prove.ts";
import { verifyProofsOf } from "../../../../gateway/record/audit/verify-proof.ts";
import { likeText, SharedRecord } from "../../../../gateway/record/decision/shared-record.ts";
import { decisionLines, type DecisionRange, decisionRecords } from "../../../../gateway/record/read-decisions.ts";
import { decisionSearch } from "../../../../gateway/record/search.ts";
import { decisionIndex } from "../../../../gateway/store/decision-index.ts";
import { quiet } from "../../../support/quiet.ts";
import { openLogs } from "../../../support/record/open-logs.ts";
import { otherVerifier } from "../../../support/record/other-verifier.ts";
import { Collector } from "../../../support/ship/collector.ts";
import { appended, callMembers, idsFrom, ReferringCalls } from "../../../support/ship/ship-log.ts";
import { opaTarget, shipperOf } from "../../../support/ship/shipped.ts";

const log = openLogs();

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const ms = 1_795_910_400_123;
const digest = "A".repeat(43);
const names = new SharedRecord('{"n":0,"own":{"timestamp":"time","judged_digest":"sha256","n":"json"}}', "names");
const plain = new SharedRecord('{"n":0}');
const twice = new SharedRecord('{"own":{"timestamp":"time","m":"json"}}', "names");
const together = new SharedRecord(`{${likeText([plain, names]).slice(1)}}`);
const line = (own: string, like: readonly SharedRecord[] = [names], id = "d_1"): string =>
  `,"kind":"decision","decision_id":"${id}"${likeText(like)}${own}`;
const fits = `,"own":[${ms},"${digest}",{"a":["]",1]}]`;

test("values that fit what the record refers to are no fault for either verifier", async () => {
  await appended(log.writer, line(fits, [names], "d_1"), [names]);
  await appended(log.writer, line(`${fits},"more":{"own":[1]}`, [together], "d_2"), [plain, names, together]);
  await appended(log.writer, line(',"input":{"own":[1]}', [plain], "d_3"), [plain]);
  // Written again, as after a start.
  await appended(log.writer, names.line);
  await appended(log.writer, together.line);
  await appended(log.writer, line(fits, [together, names], "d_4"));
  await log.writer.close();
  expect(await log.here.verified(false)).toMatchObject({ ok: true, decisions: 4 });
  expect(otherVerifier(log.here.log)).toMatchObject({ ok: true, problems: [] });
});

test.each<[string, string, readonly SharedRecord[]]>([
  ["none", "", [names]],
  ["none, by way of a reference", ',"n":1', [plain, names, together].slice(2)],
  ["too few", `,"own":[${ms},"${digest}"]`, [names]],
  ["too many", `,"own":[${ms},"${digest}",1,2]`, [names]],
  ["a time that is none", `,"own":["x","${digest}",1]`, [names]],
  ["a digest that is none", `,"own":[${ms},"abc",1]`, [names]],
  ["no list", ',"own":null', [names]],
  ["a list in another place", `,"n":1${fits}`, [names]],
  ["values and no names for them", fits, [plain]],
  ["names twice", fits, [names, twice]],
])("values that do not fit are a named failure of both verifiers, and no record is made of them: %s", async (...of) => {
  const [, own, like] = of;
  await appended(log.writer, line(own, like), [plain, names, twice, together]);
  await log.writer.close();
  const { problems } = await log.here.verified(false);
  expect(problems.map(({ code, place }) => [code, place])).toEqual([["reference", "d_1"]]);
  expect(otherVerifier(log.here.log).problems).toEqual([
    expect.stringMatching(/d_1 (has values that do not fit|refers to names twice)/),
  ]);
  const reading = [decisionLines(log.here.log, { last: 9 }), decisionRecords(log.here.log, { last: 9 })];
  // Of which segment, and which record there.
  for (const records of reading)
    await expect(all<unknown>(records)).rejects.toThrow(
      /^decisions-000001\.jsonl has a record .*: record 6 (has|refers to) /,
    );
});

test.each<[string, SharedRecord, RegExp]>([
  ["names as a line of kind shared", new SharedRecord(names.members), /are of another kind/],
  ["a line of kind names without names", new SharedRecord('{"n":1}', "names"), /are of another kind/],
  ["names that do not begin with the time", new SharedRecord('{"own":{"n":"json"}}', "names"), /do not say where/],
  [
    "names of what a line begins with",
    new SharedRecord('{"own":{"timestamp":"time","decision_id":"json"}}', "names"),
    /do not say where/,
  ],
  [
    "names of a form that nobody knows",
    new SharedRecord('{"own":{"timestamp":"time","n":"hex"}}', "names"),
    /do not say where/,
  ],
])("shared members are a named failure of both verifiers that are %s", async (_what, record, problem) => {
  await appended(log.writer, record.line);
  await log.writer.close();
  const { problems } = await log.here.verified(false);
  expect(problems.map(({ code, detail }) => `${code} ${detail}`)).toEqual([expect.stringMatching(problem)]);
  expect(otherVerifier(log.here.log).problems).toEqual([expect.stringMatching(problem)]);
});

test("the proof of a record whose values do not fit says so, and asks for no more proofs", async () => {
  await appended(log.writer, line(`,"own":[${ms}]`), [names]);
  await log.writer.close();
  const keys = [parseVkey(readFileSync(join(log.here.log, "tlog", "keys"), "utf8").split("\n")[2] ?? "")];
  const texts = (await proveAction(log.here.log, "d_1")).lines.map(({ proof }) => proof);
  expect(verifyProofsOf(texts, keys).map((one) => (one.ok ? "" : one.problem))).toEqual([
    "",
    "its record has values that do not fit what it refers to",
  ]);
  expect(verifyProofsOf(texts.slice(1), keys)).toMatchObject([
    { problem: expect.stringMatching(/not before it: give the proofs of kind shared and names too$/) as unknown },
  ]);
});

describe("a log that the version before began and this one goes on with", () => {
  const subject = new SharedRecord('{"subject":"refund-bot","input":{"contract":1,"n":0}}');
  const began = Date.UTC(2026, 10, 26, 8);
  const at = (ms: number): string => new Date(ms).toISOString();

  /** As it wrote them: names in each line, and outcomes whole. */
  async function before(ids: readonly string[]): Promise<void> {
    for (const [n, id] of ids.entries()) {
      const [, outcome = ""] = callMembers(id, began + n);
      const own = `,"timestamp":"${at(began + n)}","monotonic_ms":1.000,"result":{"effect":"allow","reasons":[]},"input":{"n":${n}}`;
      await appended(log.writer, `,"kind":"decision","decision_id":"${id}"${likeText([subject])}${own}`, [subject]);
      await appended(log.writer, outcome);
    }
  }

  const ids = idsFrom(0, 9);
  const later = began + 60_000;
  beforeEach(async () => {
    await before(ids.slice(0, 4));
    await log.writer.close();
    log.writer = log.here.writer();
    await log.writer.open();
    await new ReferringCalls().write(log.writer, ids.slice(4), later, { timestamp: at(0) });
    await log.writer.keepMark();
    await log.writer.close();
  });

  it("holds for both verifiers, and each of its calls can be proved", async () => {
    expect(log.here.names()).toHaveLength(1);
    expect(log.here.lines().filter(({ kind }) => kind === "names").length).toBeGreaterThan(1);
    expect(await log.here.verified(false)).toMatchObject({ ok: true, decisions: ids.length, unfinished: 0 });
    expect(otherVerifier(log.here.log)).toMatchObject({ ok: true, unfinished: 0 });
    const keys = [parseVkey(readFileSync(join(log.here.log, "tlog", "keys"), "utf8").split("\n")[2] ?? "")];
    for (const id of ids) {
      const { lines: proved } = await proveAction(log.here.log, id);
      const found = verifyProofsOf(
        proved.map(({ proof }) => proof),
        keys,
      );
      expect(found.filter(({ ok }) => !ok)).toEqual([]);
      expect(found.at(-1)).toMatchObject({ record: { kind: "outcome", decision_id: id, status: 200 } });
    }
  });

  it("is read whole, and since a time", async () => {
    const idsSince = async (range: DecisionRange): Promise<unknown[]> =>
      (await all(decisionLines(log.here.log, range))).map(
        (text) => (JSON.parse(text) as { decision_id: string }).decision_id,
      );
    expect(await idsSince({ last: 100 })).toEqual(ids);
    expect(await idsSince({ since: at(began + 2) })).toEqual(ids.slice(2));
    expect(await idsSince({ since: at(later) })).toEqual(ids.slice(4));
    expect(await idsSince({ since: at(later + 1) })).toEqual([]);
    for (const { record, whole } of await all(decisionRecords(log.here.log, { last: 100 })))
      expect({ ...record, input_digest: null }).toEqual({ ...(JSON.parse(whole()) as object), input_digest: null });
  });

  it("is searched with its outcomes", async () => {
    const index = decisionIndex(join(log.here.dir, "index.db"));
    const { rows } = await decisionSearch(log.here.log, index, quiet).search({ limit: 100 });
    expect(rows.map(({ decision_id, outcome, status }) => [decision_id, outcome, status])).toEqual(
      ids.toReversed().map((id) => [id, "forwarded", 200]),
    );
    expect((await index.count({ since: at(later) }, [])).total).toBe(5);
    index.close();
  });

  it("is sent whole", async () => {
    const collector = await new Collector().listen();
    const shipper = shipperOf(log.here, opaTarget(collector.url));
    expect(await shipper.drain()).toBe(true);
    expect(collector.events.map(({ decision_id: id, timestamp, input }) => [id, timestamp, input])).toEqual(
      ids.map((id, n) => [id, at(n < 4 ? began + n : later), expect.objectContaining({ contract: 1 })]),
    );
    await collector.close();
  });
});
