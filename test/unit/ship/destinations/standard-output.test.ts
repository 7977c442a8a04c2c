import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync, spawn } from "node:child_process";
import type { LogWriter } from "../../../../gateway/record/log-writer.ts";
import { StandardOutput } from "../../../../gateway/ship/destinations/standard-output.ts";
import { eventually } from "../../../support/eventually.ts";
import { TestLog } from "../../../support/record/test-log.ts";
import { idsFrom, writeCalls } from "../../../support/ship/ship-log.ts";
import { sender, shipperOf } from "../../../support/ship/shipped.ts";

let here: TestLog;
let writer: LogWriter;
beforeEach(() => {
  here = new TestLog();
  writer = here.writer();
});
afterEach(async () => {
  await writer.close();
  here.remove();
});

const target = { kind: "stdout", format: "record" } as const;

test("writes each record as a line of JSON", async () => {
  await writeCalls(writer, idsFrom(0, 20));
  const path = join(here.dir, "out");
  const descriptor = openSync(path, "w");
  const destination = new StandardOutput(target, sender, descriptor);
  expect(await shipperOf(here, target, { destination }).drain()).toBe(true);
  closeSync(descriptor);
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(here.lines());
});

test("a full pipe takes the rest of a line later, and no line twice", async () => {
  await writeCalls(writer, idsFrom(0, 200));
  const fifo = join(here.dir, "fifo");
  execFileSync("mkfifo", [fifo]);
  const descriptor = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const destination = new StandardOutput(target, sender, descriptor);
  const shipper = shipperOf(here, target, { destination });
  const drained = shipper.drain();
  // A pipe holds 64 KiB, and the log has more: nobody reads yet.
  await eventually("it is written to", async () => ((await shipper.state()).sent > 0 ? true : null));
  const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "ignore"] });
  let got = "";
  reader.stdout.on("data", (chunk: Buffer) => (got += chunk.toString()));
  expect(await drained).toBe(true);
  closeSync(descriptor);
  await new Promise((done) => reader.once("close", done));
  const lines = got.split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(here.lines());
});
