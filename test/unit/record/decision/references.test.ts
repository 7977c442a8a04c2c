import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseVkey } from "../../../../gateway/lib/tlog/note.ts";
import { outcome } from "../../../../gateway/domain/decision-record.ts";
import { proveAction } from "../../../../gateway/record/audit/prove.ts";
import { verifyProofsOf } from "../../../../gateway/record/audit/verify-proof.ts";
import {
  digestOfMembers,
  likeText,
  type RecordText,
  SharedRecord,
} from "../../../../gateway/record/decision/shared-record.ts";
import { OutcomeTexts } from "../../../../gateway/record/decision/outcome-text.ts";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import { BrokenReference, WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";
import { BatchReader, SharedLines } from "../../../../gateway/record/decision-batches.ts";
import { decisionBatches, decisionLines, decisionRecords } from "../../../../gateway/record/read-decisions.ts";
import { damages, decision, TestLog } from "../../../support/record/test-log.ts";
import { otherVerifier } from "../../../support/record/other-verifier.ts";

let here: TestLog;
beforeEach(() => (here = new TestLog()));
afterEach(() => here.remove());

const subject = '{"subject":"refund-bot","input":{"subject":{"id":"refund-bot"}}}';
const tool = '{"tool":"payments/create_refund","input":{"subject":null,"n":0}}';
const made = () => {
  const parts = [new SharedRecord(tool), new SharedRecord(subject)];
  return [...parts, new SharedRecord(`{${likeText(parts).slice(1)}}`)];
};

function referring(
  writer: LogWriter,
  n: number,
  shared: readonly SharedRecord[],
  like = shared.slice(-1),
): Promise<void> {
  const members = `,"kind":"decision","decision_id":"d_${n}"${likeText(like)},"timestamp":"2026-11-26T08:00:00.000Z","input":{"n":${n}}`;
  return new Promise((written, failed) =>
    writer.append(members, (error) => (error === null ? written() : failed(error)), shared),
  );
}

/** Read by two readers in turn, each of which is given the shared lines that it does not know. */
async function inBatches(): Promise<unknown[]> {
  const readers = [0, 1].map(() => ({ shared: new SharedLines(), reader: new BatchReader() }));
  const records: unknown[] = [];
  let at = 0;
  for await (const batch of decisionBatches(here.log, { last: 1_000 }, 2)) {
    const { shared, reader } = readers[at++ % 2] as (typeof readers)[number];
    const { isNew, lines } = shared.of(batch);
    for (const { record } of reader.read({ ...batch, shared: lines }, isNew)) records.push(record);
  }
  return records;
}

const wholeOf = async (): Promise<object[]> => {
  const found: object[] = [];
  for await (const line of decisionLines(here.log, { last: 1_000 })) found.push(JSON.parse(line) as object);
  const records: unknown[] = [];
  for await (const { record, whole } of decisionRecords(here.log, { last: 1_000 })) {
    const { input_digest: _digest, ...same } = JSON.parse(whole()) as { readonly input_digest?: string };
    expect(record).toEqual(same);
    records.push(record);
  }
  expect(records).toHaveLength(found.length);
  expect(await inBatches()).toEqual(records);
  return found;
};

const expected = (n: number): object =>
  expect.objectContaining({
    decision_id: `d_${n}`,
    tool: "payments/create_refund",
    subject: "refund-bot",
    input: { subject: { id: "refund-bot" }, n },
  }) as object;

test("what records refer to is written once a segment, before them, and each segment stands for itself", async () => {
  const writer = here.writer({ segmentBytes: 2_000 });
  await writer.open();
  const shared = made();
  for (let n = 0; n < 40; n += 1) await referring(writer, n, shared);
  await writer.close();
  expect(here.names().length).toBeGreaterThan(2);
  for (const name of here.names())
    expect(here.linesOf(name).filter(({ kind }) => kind === "shared")).toHaveLength(shared.length);
  expect(await wholeOf()).toEqual(Array.from({ length: 40 }, (_, n) => expected(n)));
  expect(await here.verified(false)).toMatchObject({ ok: true, decisions: 40 });
  expect(otherVerifier(here.log, "--live")).toMatchObject({ ok: true });
});

test("a gateway that starts again, and one whose segment was changed, writes it again before it refers to it", async () => {
  const shared = made();
  for (const n of [0, 1]) {
    const writer = here.writer();
    await writer.open();
    await referring(writer, n, shared);
    await writer.close();
    // Those of a new process are other objects.
    for (const one of shared) one.writtenIn = null;
  }
  const writer = here.writer();
  await writer.open();
  const [, damage] = damages.find(([what]) => what === "appended to") ?? fail();
  damage(here);
  await referring(writer, 2, shared).catch(() => undefined);
  await referring(writer, 3, shared);
  await writer.close();
  const last = here.linesOf(here.names().at(-1) ?? "").map(({ kind }) => kind);
  expect(last).toEqual(["interruption", "shared", "shared", "shared", "decision"]);
  expect((await wholeOf()).at(-1)).toEqual(expected(3));
});

const fail = (): never => {
  throw new Error("there is no such damage");
};

test.each<[string, (shared: SharedRecord[]) => readonly [SharedRecord[], SharedRecord[]], RegExp]>([
  [
    "of which there are many",
    (shared) => {
      const one = shared[0] as SharedRecord;
      return [[one], [...Array.from({ length: 8 }, () => one), new SharedRecord('{"nowhere":1}')]];
    },
    /d_7 refers to the shared members .*not before it in/,
  ],
  ["that are nowhere", (shared) => [[], shared.slice(-1)], /d_7 refers to the shared members .*not before it in/],
  [
    "that refer to some that are nowhere",
    (shared) => [shared.slice(-1), shared.slice(-1)],
    /record \d+ refers to the shared members .*not before it in/,
  ],
  [
    "that are not what their digest says",
    ([first]) => {
      const changed = { ...first, line: first?.line.replace("create_refund", "list_refunds") } as SharedRecord;
      return [[changed], [first as SharedRecord]];
    },
    /are not what their digest says/,
  ],
])(
  "a reference to shared members %s is a named failure of both verifiers, and no record is made of it",
  async (_what, change, problem) => {
    const writer = here.writer();
    await writer.open();
    const [written, like] = change(made());
    await referring(writer, 7, written, like);
    await writer.close();
    const { problems } = await here.verified(false);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["reference"]));
    expect(problems.map(({ place, detail }) => `${place} ${detail}`).join("\n")).toMatch(problem);
    expect(otherVerifier(here.log, "--live").problems.join("\n")).toMatch(
      new RegExp(problem.source.replace(" in", "")),
    );
    await expect(wholeOf()).rejects.toThrow("cannot be made whole");
  },
);

test.each(["{,}", "[1]", "null", '"x"', "1", '{"a":1'])(
  "shared members %s are broken, whatever their digest is",
  (members) => {
    const records = new WholeRecords();
    const shared = new SharedRecord(members);
    expect(() => records.note(`{"seq":1${shared.line}}`)).toThrow(BrokenReference);
    const line = `{"seq":2,"kind":"decision","decision_id":"d_1"${likeText([shared])},"input":{}}`;
    expect(() => records.whole(line)).toThrow(BrokenReference);
  },
);

test("references to references are followed once each", () => {
  const records = new WholeRecords();
  let last = [new SharedRecord('{"a":1,"b":{"c":2}}'), new SharedRecord('{"b":{"d":3}}')];
  for (const { line } of last) records.note(`{"seq":1${line}}`);
  // Followed each time, they would be 2^60.
  for (let depth = 0; depth < 60; depth += 1) {
    const like = new SharedRecord(`{${likeText(last).slice(1)}}`);
    records.note(`{"seq":1${like.line}}`);
    last = [like, like];
  }
  const line = `{"seq":2,"kind":"decision","decision_id":"d_1"${likeText(last)},"b":{"e":4}}`;
  expect(records.object(line)).toMatchObject({ a: 1, b: { c: 2, d: 3, e: 4 } });
});

test("records as objects have what their texts have, and cannot change what others share with them", () => {
  const records = new WholeRecords();
  const base = new SharedRecord('{"a":{"b":{"c":1},"d":[1]},"e":{"__proto__":{"x":1},"toString":1}}');
  records.note(`{"seq":1${base.line}}`);
  const members = ',"a":{"d":[2],"f":{}},"e":{"__proto__":{"y":2},"valueOf":{}},"g":null';
  const line = `{"seq":2,"kind":"decision","decision_id":"d_1"${likeText([base])}${members}}`;
  const same = JSON.parse(records.whole(line)) as Record<string, unknown>;
  const record = records.shared(line);
  // In the same order.
  for (const name of ["a", "e", "g"]) expect(JSON.stringify(record?.[name])).toBe(JSON.stringify(same[name]));
  expect(Object.getPrototypeOf(record?.["e"])).toBe(Object.prototype);
  expect(() => Object.assign((record?.["a"] as { readonly b: object }).b, { c: 2 })).toThrow(TypeError);
  expect(records.shared('{"seq":3,"kind":"decision","decis')).toBeNull();
});

test("a record that is no JSON is broken", () => {
  const records = new WholeRecords();
  const shared = new SharedRecord("{}");
  records.note(`{"seq":1${shared.line}}`);
  const line = `{"seq":2,"kind":"decision","decision_id":"d_1"${likeText([shared])},"input":{,}}`;
  expect(() => records.whole(line)).toThrow(BrokenReference);
  expect(() => records.object(line)).toThrow(BrokenReference);
  expect(() => records.object("{,}")).toThrow(BrokenReference);
});

test("damaged shared members stop nobody who reads other records", async () => {
  const writer = here.writer();
  await writer.open();
  const broken = new SharedRecord("{,}");
  await referring(writer, 1, [broken], []);
  const shared = made();
  await referring(writer, 2, shared);
  await writer.close();
  const [name = ""] = here.names();
  const file = join(here.log, name);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace('"like":[],', ""));
  expect(await wholeOf()).toMatchObject([{ decision_id: "d_1" }, expected(2)]);
  // One byte of members that nobody asks for.
  writeFileSync(file, text.replace('"like":[],', "").replace('"subject":"refund-bot"', '"subject":"refund-bOt"'));
  const first: object[] = [];
  const wanted = (line: string): boolean => line.includes('"d_1"');
  for await (const line of decisionLines(here.log, { last: 1 }, wanted)) first.push(JSON.parse(line) as object);
  expect(first).toMatchObject([{ decision_id: "d_1" }]);
});

test("members that stand behind the record, or in the segment before it, are not there for it", async () => {
  const shared = made();
  const writer = here.writer({ segmentBytes: 1_000 });
  await writer.open();
  await referring(writer, 1, [], shared.slice(-1)).then(() => referring(writer, 2, shared));
  while (here.names().length < 2) await new Promise<void>((done) => writer.append(decision(9), () => done()));
  await referring(writer, 3, [], shared.slice(-1));
  await writer.close();
  const { problems } = await here.verified(false);
  expect(problems.filter(({ code }) => code === "reference").map(({ place }) => place)).toEqual(["d_1", "d_3"]);
});

test("an outcome refers as a decision does: both verifiers look for what it names, and its proof goes with it", async () => {
  const writer = here.writer();
  await writer.open();
  const [parts, texts] = [made(), new OutcomeTexts()];
  const ended = { outcome: outcome({ kind: "forwarded", status: 200 }), at: { now: 1, monotonic: 1 }, duration: 2 };
  const append = ({ members, shared }: RecordText, written = shared): Promise<void> =>
    new Promise((done, failed) =>
      writer.append(members, (error) => (error === null ? done() : failed(error)), written),
    );
  for (const n of [1, 2, 3]) {
    await referring(writer, n, parts);
    await append(texts.of({ ...ended, decisionId: `d_${n}` }));
  }
  await writer.keepMark();
  expect(await here.verified(true)).toMatchObject({ ok: true });
  await referring(writer, 4, parts);
  const missing = new OutcomeTexts();
  const refused = { ...ended, outcome: outcome({ kind: "refused", status: 403 }), decisionId: "d_4" };
  missing.of(refused);
  await append(missing.of(refused), []);
  await writer.close();
  const { lines: proved } = await proveAction(here.log, "d_3");
  expect(proved.map(({ kind }) => kind)).toEqual(["shared", "shared", "shared", "decision", "names", "outcome"]);
  const { problems } = await here.verified(false);
  expect(problems.map(({ code, place }) => [code, place])).toEqual([["reference", "d_4"]]);
  expect(otherVerifier(here.log, "--live").problems).toEqual([
    expect.stringMatching(/d_4 refers to the shared members/),
  ]);
});

test("the proof of a record goes with proofs of what it refers to, and does not hold without them", async () => {
  const writer = here.writer();
  await writer.open();
  const shared = made();
  for (let n = 0; n < 3; n += 1) await referring(writer, n, shared);
  await writer.close();
  const keys = [parseVkey(readFileSync(join(here.log, "tlog", "keys"), "utf8").split("\n")[2] ?? "")];
  const { lines: proved } = await proveAction(here.log, "d_1");
  expect(proved.map(({ kind }) => kind)).toEqual(["shared", "shared", "shared", "decision"]);
  const texts = proved.map(({ proof }) => proof);
  expect(verifyProofsOf(texts.toReversed(), keys)[0]).toMatchObject({ ok: true, record: expected(1) });
  for (const left of [0, 1, 2])
    expect(verifyProofsOf(texts.toSpliced(left, 1), keys).filter(({ ok }) => !ok).length).toBeGreaterThan(0);
  const [first = ""] = here.names();
  const file = join(here.log, first);
  writeFileSync(file, readFileSync(file, "utf8").replace(digestOfMembers(tool ?? ""), "A".repeat(43)));
  await expect(proveAction(here.log, "d_1")).rejects.toThrow(/refers to the shared members/);
});
