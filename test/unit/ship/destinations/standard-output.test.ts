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

test("what was begun is counted as it was, also when the log has grown before its rest is taken", async () => {
  const fifo = join(here.dir, "fifo");
  execFileSync("mkfifo", [fifo]);
  const descriptor = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const destination = new StandardOutput(target, sender, descriptor);
  const record = JSON.stringify({ seq: 1, kind: "outcome", text: "x".repeat(150_000) });
  const batch = (lines: readonly string[]) => ({ segment: "s", log: null, offset: 0, lines, whole: () => lines });
  await expect(destination.send(batch([record]), AbortSignal.timeout(100))).rejects.toThrow("abort");
  const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "ignore"] });
  reader.stdout.resume();
  const grown = batch([record, '{"seq":2,"kind":"outcome"}']);
  expect(await destination.send(grown, new AbortController().signal)).toEqual({ lines: 1, reduced: 0 });
  closeSync(descriptor);
  await new Promise((done) => reader.once("close", done));
});
