import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { likeText, SharedRecord } from "../../../gateway/record/decision/shared-record.ts";
import { decisionLines, type DecisionRange, hasInput } from "../../../gateway/record/read-decisions.ts";

const dir = mkdtempSync(join(tmpdir(), "sallyport-decisions-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const at = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;
const record = (seq: number, kind: string, minute: number) =>
  `{"seq":${seq},"kind":"${kind}","decision_id":"d_${seq}","timestamp":"${at(minute)}"}`;

beforeAll(() => {
  const first = [record(1, "segment", 0), record(2, "decision", 0), record(3, "outcome", 1), record(4, "decision", 2)];
  writeFileSync(join(dir, "decisions-000001.jsonl.gz"), gzipSync(`${first.join("\n")}\n`));
  const second = [record(5, "segment", 3), record(6, "decision", 3), record(7, "decision", 4)];
  // The last line was not written to its end.
  writeFileSync(join(dir, "decisions-000002.jsonl"), `${second.join("\n")}\n${record(8, "decision", 5).slice(0, -9)}`);
});

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

async function ids(range: DecisionRange, wanted?: (line: string) => boolean): Promise<string[]> {
  const lines = await all(decisionLines(dir, range, wanted));
  return lines.map((line) => (JSON.parse(line) as { readonly decision_id: string }).decision_id);
}

test.each([
  [{ last: 1 }, ["d_7"]],
  [{ last: 3 }, ["d_4", "d_6", "d_7"]],
  [{ last: 99 }, ["d_2", "d_4", "d_6", "d_7"]],
  [{ since: at(2) }, ["d_4", "d_6", "d_7"]],
  [{ since: at(4) }, ["d_7"]],
  [{ since: at(9) }, []],
])("of %j are the decisions %j, oldest first, whatever is compressed", async (range, expected) => {
  expect(await ids(range)).toEqual(expected);
});

test("a record that has its time without a name is found by it, and not by a time in its arguments", async () => {
  const shared = new SharedRecord('{"input":null,"own":{"timestamp":"time","input":"json"}}', "names");
  const own = (seq: number, minute: number) =>
    `{"seq":${seq},"kind":"decision","decision_id":"d_${seq}"${likeText([shared])},"own":[${Date.parse(at(minute))},{"timestamp":"${at(minute === 1 ? 9 : 1)}"}]}`;
  const other = mkdtempSync(join(tmpdir(), "sallyport-own-"));
  try {
    const lines = [record(1, "segment", 0), `{"seq":2${shared.line}}`, own(3, 1), own(4, 2), own(5, 3)];
    writeFileSync(join(other, "decisions-000001.jsonl"), `${lines.join("\n")}\n`);
    const found = await all(decisionLines(other, { since: at(2) }));
    expect(found.map((line) => JSON.parse(line) as object)).toMatchObject([
      { decision_id: "d_4", timestamp: at(2) },
      { decision_id: "d_5", timestamp: at(3) },
    ]);
  } finally {
    rmSync(other, { recursive: true });
  }
});

test("a record whose time is not to be read is told, and not left out as one of an earlier time", async () => {
  const other = mkdtempSync(join(tmpdir(), "sallyport-null-"));
  const names = new SharedRecord('{"own":{"timestamp":"time"}}', "names");
  const lines = [record(1, "segment", 0), `{"seq":2${names.line}}`, record(3, "decision", 2)];
  const changed = (own: string) => `{"seq":4,"kind":"decision","decision_id":"d_4"${likeText([names])}${own}}`;
  try {
    for (const own of [',"own":["x"]', ',"own":[]', ""]) {
      writeFileSync(join(other, "decisions-000001.jsonl"), `${[...lines, changed(own)].join("\n")}\n`);
      await expect(all(decisionLines(other, { since: at(1) }))).rejects.toThrow(
        "decisions-000001.jsonl has a record that cannot be made whole: record 4",
      );
    }
  } finally {
    rmSync(other, { recursive: true });
  }
});

test("what is not wanted is not counted", async () => {
  expect(await ids({ last: 2 }, (line) => !line.includes('"d_6"'))).toEqual(["d_4", "d_7"]);
});

test("a folder without segments, or none, has no decisions", async () => {
  expect(await all(decisionLines(join(dir, "none"), { last: 5 }))).toEqual([]);
});

test("tells whether something of the input was kept", () => {
  expect([hasInput('{"seq":1,"input":null}'), hasInput('{"seq":1,"input":{"contract":1}}')]).toEqual([false, true]);
});
