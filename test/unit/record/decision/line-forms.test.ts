import { likeText, SharedRecord } from "../../../../gateway/record/decision/shared-record.ts";
import { mayMisplace, referringIn } from "../../../../gateway/record/decision/referring-line.ts";
import { decisionLines, decisionRecords } from "../../../../gateway/record/read-decisions.ts";
import { openLogs } from "../../../support/record/open-logs.ts";
import { otherVerifier } from "../../../support/record/other-verifier.ts";
import { appended } from "../../../support/ship/ship-log.ts";

const log = openLogs();

const ms = 1_795_910_400_123;
const digest = "A".repeat(43);
const names = new SharedRecord(
  '{"n":0,"own":{"timestamp":"time","judged_digest":"sha256","é":"json","n":"json"}}',
  "names",
);
const same = new SharedRecord(names.members.replace('"n":0', '"n":1'), "names");
const plain = new SharedRecord('{"n":0,"timestamp":null}');
const fits = `,"own":[${ms},"${digest}",0,1]`;
const alone = ',"kind":"decision","decision_id":"d_1"';
const line = (own: string, like: readonly SharedRecord[] = [names]): string => `${alone}${likeText(like)}${own}`;
const time = ',"timestamp":"2026-11-29T00:00:00.000Z"';

async function failureOf(records: AsyncIterable<unknown>): Promise<string | null> {
  try {
    for await (const _record of records);
    return null;
  } catch (failure) {
    return (failure as Error).name;
  }
}

/** What both verifiers say, and what becomes of both readers and of one that looks for a time. */
async function saidOf(members: string) {
  for (const one of [names, same, plain]) await appended(log.writer, one.line);
  await appended(log.writer, members);
  await log.writer.close();
  const { problems } = await log.here.verified(false);
  const other = otherVerifier(log.here.log);
  const since = { since: "2026-01-01T00:00:00.000Z" };
  const reading = [
    decisionLines(log.here.log, { last: 9 }),
    decisionRecords(log.here.log, { last: 9 }),
    decisionLines(log.here.log, since),
    decisionRecords(log.here.log, since),
  ];
  return {
    ours: problems.map(({ code, place }) => `${code} ${place}`),
    other: other.problems.map((problem) => problem.split(" ").slice(0, 2).join(" ")),
    readers: await Promise.all(reading.map(failureOf)),
  };
}

test.each<[string, string]>([
  ["values as the gateway writes them", line(fits)],
  ["values with white space between them", line(`,"own":[ ${ms} , "${digest}" ,0, 1 ]`)],
  ["values, and members of other names behind them", line(`${fits},"more":"\\u00e9","input":{"own":1,"like":2,"n":3}`)],
  ["members alone, in a text that looks like values", line(`${time},"input":{"own":[1],"like":"\\u0041"}`, [plain])],
  ["no references, and an input that looks like some", `${alone}${time},"input":{"own":[1],"like":["a"]}`],
])("both verifiers and all readers take a line with %s", async (_what, members) => {
  expect(await saidOf(members)).toEqual({ ours: [], other: [], readers: [null, null, null, null] });
});

test.each<[string, string]>([
  ["values not behind what it is like, and no names", line(`${time},"x":1,"own":[1]`, [plain])],
  ["values without a reference", `${alone},"own":[${ms}]${time}`],
  ["values without a reference, behind other members", `${alone}${time},"own":[${ms}]`],
  ["values without a reference, in a name with an escape", `${alone}${time},"\\u006fwn":[${ms}]`],
  ["values twice, both of which fit", line(`${fits}${fits.replace(",1]", ",2]")}`)],
  ["values twice, one of which fits", line(`${fits},"own":[1]`)],
  ["values twice, once in a name with an escape", line(`${fits},"\\u006fwn":[1]`)],
  ["a member in the place of its time", line(`${fits}${time}`)],
  ["a member in the place of a value", line(`${fits},"n":2`)],
  ["a member in the place of a value whose name is not of ASCII", line(`${fits},"é":2`)],
  ["its number a second time", line(`${fits},"seq":5`)],
  ["what it is like twice", line(`${fits},"like":[]`)],
  ["what it is like twice, and no values", line(`${time},"like":[]`, [plain])],
  ["an escape in a digest", line(`,"own":[${ms},"\\u0041${digest.slice(1)}",0,1]`)],
  ["a time with an exponent", line(`,"own":[1e3,"${digest}",0,1]`)],
  ["a time with a fraction", line(`,"own":[1.0,"${digest}",0,1]`)],
  ["white space before its values", line(fits.replace(":[", ": ["))],
  ["white space behind its values", line(`${fits} ,"more":1`)],
  ["white space behind what it is like", line(` ${time}`, [plain])],
  ["a reference that is no digest", `${alone},"like":["abc"]${time}`],
  ["an empty list of references", `${alone},"like":[]${time}`],
  ["names twice that say the same", line(fits, [names, same])],
])("both verifiers and all readers refuse a line with %s", async (_what, members) => {
  const { ours, other, readers } = await saidOf(members);
  expect(ours).toEqual(["reference d_1"]);
  expect(other[0]).toBe("decisions-000001.jsonl: d_1");
  expect(readers).toEqual(Array.from({ length: 4 }, () => "BrokenReference"));
});

test.each([`${fits}x`, `${fits}"more":1`, `${fits},"more":`, `${fits}]`, `${fits},`])(
  "both verifiers and all readers refuse a line with a text behind its values that is no member: %s",
  async (own) => {
    const { ours, other, readers } = await saidOf(line(own));
    expect(ours).toEqual(["reference d_1"]);
    expect(other).toHaveLength(1);
    expect(readers).toEqual(Array.from({ length: 4 }, () => "BrokenReference"));
  },
);

test.each([`{"like":["${names.digest}"],"x":1}`, '{"like":[]}', '{"like":null}', `{ "like":["${names.digest}"]}`])(
  "shared members that refer to others have nothing else, for both verifiers and all readers: %s",
  async (members) => {
    const mixed = new SharedRecord(members);
    await appended(log.writer, names.line);
    await appended(log.writer, mixed.line);
    const { ours, other, readers } = await saidOf(line(time, [mixed]));
    expect(ours[0]).toBe("reference decisions-000001.jsonl");
    expect(other[0]).toBe("decisions-000001.jsonl: the");
    expect(readers).toEqual(Array.from({ length: 4 }, () => "BrokenReference"));
  },
);

test("a line that refers to others is taken apart without its values being changed", () => {
  const text = `{"seq":7${line(`,"own":[ 1.50 ,{"a":"]"}],"more":[1]`)}}`;
  expect(referringIn(text)).toEqual({
    references: [names.digest],
    frame: [
      ['"seq"', "7"],
      ['"kind"', '"decision"'],
      ['"decision_id"', '"d_1"'],
    ],
    values: ["1.50", '{"a":"]"}'],
    rest: '{"more":[1]}',
  });
  expect(referringIn(`{"seq":7${line("")}}`)).toMatchObject({ values: null, rest: "{}" });
  expect(referringIn(`{"seq":7${alone}}`)).toBeNull();
  expect([`{"seq":7${alone},"own":[1]}`, '{"seq":7,"kind":"signal","own":[1]}'].map(mayMisplace)).toEqual([
    true,
    false,
  ]);
});
