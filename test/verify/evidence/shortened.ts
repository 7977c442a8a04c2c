import { rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { LogKeeper } from "../../../gateway/record/retention/log-keeper.ts";
import { segmentFiles } from "../../../gateway/record/segment-files.ts";
import { roomy } from "../../support/record/test-log.ts";
import type { Random } from "../check.ts";
import { logFolder, type LogShape, openLog } from "./made-log.ts";

/** Lets retention remove the oldest segments of an open log until all take no more than so many bytes. */
export async function shorten(
  dir: string,
  { writer, tree }: ReturnType<typeof openLog>,
  totalBytes: number,
  compress: "gzip" | "zstd" | null = null,
): Promise<void> {
  const retention = { ageMs: null, totalBytes };
  const given = { dir: logFolder(dir), clock: systemClock, space: roomy, index: { prune: () => Promise.resolve() } };
  await new LogKeeper({ ...given, writer, tree, compress, retention }).keep();
}

/** Somebody removes a segment that is not the first, and retention then all but the newest. */
export async function shortenPastRemoved(shape: LogShape, random: Random): Promise<void> {
  const log = logFolder(shape.dir);
  const segments = await segmentFiles(log);
  rmSync(join(log, random.pick(segments.slice(1, -1)).file));
  const opened = openLog(shape);
  await opened.writer.open();
  await shorten(shape.dir, opened, 1);
  await opened.writer.close();
  const left = (await segmentFiles(log)).length;
  // The record that tells of it may begin another one.
  if (left > 2) throw new Error(`retention left ${left} segments instead of the newest`);
}
