import { parseCheckpoint } from "../../../../gateway/lib/tlog/checkpoint.ts";
import { type SaidByLines, type ScanJob, scanSegment } from "../../../../gateway/record/audit/scan-segment.ts";
import { placedSegments } from "../../../../gateway/record/tree/line-walk.ts";
import { TreeFolder } from "../../../../gateway/record/tree/tree-folder.ts";
import { TestLog, write } from "../../../support/record/test-log.ts";

let here: TestLog;
beforeEach(() => (here = new TestLog()));
afterEach(() => here.remove());

/** What the lines of the first segment say. */
async function said(reads: ScanJob["reads"]) {
  const [segment] = await placedSegments(here.log);
  const { size = 0 } = parseCheckpoint(new TreeFolder(here.log).read("checkpoint") ?? "") ?? {};
  if (segment === undefined) throw new Error("there is no segment");
  const heard: SaidByLines[] = [];
  const scan = await scanSegment(
    { dir: here.log, size, segment, from: 0, reads },
    { said: (lines) => void heard.push(lines), progress: () => undefined },
  );
  return { scan, records: heard.map(({ records }) => records).join(""), texts: heard.flatMap(({ texts }) => texts) };
}

test("for removals no line is read but those that tell of one, and every line is compared with its leaf", async () => {
  const writer = here.writer();
  const append = (text: string) =>
    new Promise<void>((done, failed) => writer.append(text, (error) => (error === null ? done() : failed(error))));
  await write(writer, 1);
  await append(',"kind":"pruned","log":"another"');
  await append(',"kind":"receipt","approval_id":"a_1"');
  // It refers to what is not there.
  await append(`,"kind":"decision","decision_id":"d_2","like":["${"g".repeat(43)}"],"said":"\\"kind\\":\\"pruned\\""`);
  await writer.close();
  const pruned = expect.stringMatching(/^\{"seq":\d+,"kind":"pruned","log":"another"\}$/);
  const whole = await said("records");
  expect(whole.texts).toEqual([pruned, expect.stringContaining("a_1")]);
  expect(whole.records.split("\n")).toHaveLength(whole.scan.right + 1);
  expect(whole.scan.problems.count).toBe(1);
  const removals = await said("removals");
  expect(removals).toMatchObject({ records: "", texts: [pruned] });
  expect(removals.scan).toEqual({ ...whole.scan, problems: { kept: [], count: 0 } });
});
