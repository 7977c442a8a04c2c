import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { recordsBefore } from "../../../../gateway/record/decision/records-before.ts";
import { likeText, SharedRecord } from "../../../../gateway/record/decision/shared-record.ts";
import { WholeRecords } from "../../../../gateway/record/decision/whole-records.ts";
import { TestLog } from "../../../support/record/test-log.ts";

let here: TestLog;
const { note } = WholeRecords.prototype;
beforeEach(() => (here = new TestLog()));
afterEach(() => {
  WholeRecords.prototype.note = note;
  here.remove();
});

test("arguments that look like shared members are not read for some", async () => {
  const shared = new SharedRecord('{"tool":"a"}');
  const alike = Array.from({ length: 2_000 }, () => `{"seq":1${shared.line}}`).join(",");
  const text = [
    `{"seq":1,"kind":"decision","decision_id":"d_1","input":[${alike}]}`,
    `{"seq":2${shared.line}}`,
    `{"seq":3,"kind":"outcome","decision_id":"d_1","about":[${alike}]}`,
    "",
  ].join("\n");
  const file = "decisions-000001.jsonl";
  mkdirSync(here.log);
  writeFileSync(join(here.log, file), text);
  let decoded = 0;
  WholeRecords.prototype.note = function counted(line) {
    decoded += line.length;
    return note.call(this, line);
  };
  const records = await recordsBefore(
    here.log,
    { name: file, file, number: 1, compressed: null },
    Buffer.byteLength(text),
  );
  expect(decoded).toBeLessThan(1_000);
  const line = `{"seq":4,"kind":"decision","decision_id":"d_2"${likeText([shared])},"input":{}}`;
  expect(JSON.parse(records.whole(line))).toMatchObject({ decision_id: "d_2", tool: "a" });
});
