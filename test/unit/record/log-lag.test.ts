import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogWriter } from "../../../gateway/record/log-writer.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { logMarks } from "../../../gateway/store/store-marks.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { roomy, testTree } from "../../support/record/test-log.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "lag-"))));
afterEach(() => rmSync(dir, { recursive: true }));

test("records that are not on disk are told with the age of the oldest, and each batch with its time", async () => {
  const clock = new TestClock();
  const written: number[] = [];
  const tree = testTree(dir);
  const [writing, room] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const marks = logMarks(new Connection(openDatabase(":memory:")), "p_folder");
  const writer = new LogWriter({
    clock: { now: () => clock.now(), monotonic: () => clock.monotonic() },
    dir,
    logger: quiet,
    marks,
    space: roomy,
    segmentBytes: 1e6,
    segmentAgeMs: null,
    queueRecords: 100,
    tree: {
      open: () => tree.open(),
      append: (lines: Buffer) => tree.append(lines),
      close: () => tree.close(),
      isToBeOpened: false,
      findings: () => [],
      room: () => {
        writing.resolve();
        return room.promise;
      },
    },
    written: (seconds) => void written.push(seconds),
  });
  expect(writer.lag()).toEqual({ records: 0, seconds: 0 });
  const first = append(writer);
  clock.advance(2_000);
  const second = append(writer);
  clock.advance(1_000);
  expect(writer.lag()).toEqual({ records: 2, seconds: 3 });
  await writing.promise;
  const third = append(writer);
  clock.advance(1_000);
  expect(writer.lag()).toEqual({ records: 3, seconds: 4 });
  room.resolve();
  await Promise.all([first, second, third]);
  expect(writer.lag()).toEqual({ records: 0, seconds: 0 });
  expect(written).toEqual([4, 1]);
  await writer.close();
});

function append(writer: LogWriter): Promise<void> {
  return new Promise((done, failed) => writer.append(',"n":1', (error) => (error === null ? done() : failed(error))));
}
