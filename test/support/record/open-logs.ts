import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { TestLog } from "./test-log.ts";

interface OpenLog {
  here: TestLog;
  writer: LogWriter;
}

/** A log with an open writer, another one for each test of the file. */
export function openLogs(): OpenLog {
  const log = {} as OpenLog;
  beforeEach(async () => {
    log.here = new TestLog();
    log.writer = log.here.writer();
    await log.writer.open();
  });
  afterEach(async () => {
    await log.writer.close();
    log.here.remove();
  });
  return log;
}
