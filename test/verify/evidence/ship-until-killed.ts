/**
 * Child process: writes calls to the log in a folder, sends them, compresses and removes segments, until it is killed. Arguments: folder,
 * URL of the collector, first call, `write` or `drain`. It tells the number of each call that is on disk. A second of its clock takes a
 * millisecond.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ShipSettings } from "../../../gateway/domain/shipping.ts";
import { LogKeeper } from "../../../gateway/record/retention/log-keeper.ts";
import { openLogKey } from "../../../gateway/record/tree/log-keys.ts";
import { createDestination } from "../../../gateway/ship/destinations/create-destination.ts";
import { CursorFile } from "../../../gateway/ship/position.ts";
import { Shipper } from "../../../gateway/ship/shipper.ts";
import { logConsumers } from "../../../gateway/ship/unsent.ts";
import { quiet } from "../../support/quiet.ts";
import { roomy } from "../../support/record/test-log.ts";
import { idsFrom, writeCalls } from "../../support/ship/ship-log.ts";
import { opaTarget, sender } from "../../support/ship/shipped.ts";
import { logFolder, openLog } from "./made-log.ts";

const SCALE = 1_000;
const KEEP_MS = 100;

const [dir = "", url = "", first = "", mode] = process.argv.slice(2);
const log = logFolder(dir);
const cursors = join(dir, "ship");
const began = Date.now();
const clock = { now: () => began + (Date.now() - began) * SCALE, monotonic: () => performance.now() * SCALE };

const settings: ShipSettings = {
  name: "siem",
  to: { ...opaTarget(url), token: null } as ShipSettings["to"],
  everyMs: 1_000,
  timeoutMs: 30_000,
  degradedAfterMs: 1,
  unreadyAfterMs: null,
  retainMs: null,
  retry: { firstMs: 500, longestMs: 60_000 },
};
const shipper = new Shipper({
  dir: log,
  settings,
  clock,
  logger: quiet,
  random: Math.random,
  destination: createDestination(settings, { dir: log, sender, clock, secret: () => "" }),
  cursor: new CursorFile(cursors, settings.name),
  sleep: (ms, signal) => pause(ms / SCALE, undefined, { signal }).catch(() => undefined),
});

const { writer, tree } = openLog({ dir, segmentBytes: 200_000, key: openLogKey(join(dir, "key.pem")) });
await writer.open();
process.stdout.write("open\n");

if (mode === "drain") {
  await writer.close();
  while (!(await shipper.drain())) await pause(20);
  process.stdout.write(`${JSON.stringify(await shipper.state())}\n`);
} else {
  const keeper = new LogKeeper({
    dir: log,
    clock,
    writer,
    tree,
    space: roomy,
    compress: "zstd",
    index: { prune: () => Promise.resolve() },
    retention: { ageMs: null, totalBytes: 300_000 },
    consumers: logConsumers(cursors, [settings]),
  });
  shipper.start();
  // What retention cannot do now it does later.
  const keep = async (): Promise<void> => {
    await keeper.keep().catch(() => undefined);
    setTimeout(() => void keep(), KEEP_MS);
  };
  void keep();
  for (let from = Number(first); ; from += 20) {
    await writeCalls(writer, idsFrom(from, 20));
    process.stdout.write(`${from + 20}\n`);
  }
}
