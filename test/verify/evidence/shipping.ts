import { type ChildProcessByStdio, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { segmentFiles } from "../../../gateway/record/segment-files.ts";
import { segmentLines } from "../../../gateway/record/segment-lines.ts";
import { pause } from "../../support/eventually.ts";
import { Collector } from "../../support/ship/collector.ts";
import { idsFrom } from "../../support/ship/ship-log.ts";
import type { Check, CheckContext, Random, Tried } from "../check.ts";
import { Failures } from "../check.ts";
import { logFolder } from "./made-log.ts";

const child = fileURLToPath(new URL("./ship-until-killed.ts", import.meta.url));
/** An hour of the child's clock. */
const AWAY_MS = 3_600;
const RUN_MS = 900;
/** Calls that a process writes before it tells of them. */
const TOGETHER = 20;

/** What goes on in one folder. */
interface World {
  readonly dir: string;
  readonly collector: Collector;
  readonly port: number;
  /** The next call. */
  calls: number;
  /** Decisions that are known to have been on disk. */
  readonly told: Set<string>;
  /** How long the collector was away while the gateway ran. */
  awayMs: number;
  isAway: boolean;
}

/**
 * A process that writes, sends, compresses and removes is killed so often. Meanwhile its collector is away for an hour, refuses and breaks
 * off; its cursor cannot be written, is cut, or is lost. At the end each decision has arrived, and none with two contents.
 */
export const shipping: Check = { name: "shipping", full: 60, quick: 8, run };

async function run({ count, random, progress }: CheckContext): Promise<Tried> {
  const collector = await new Collector().listen();
  const dir = mkdtempSync(join(tmpdir(), "shipping-"));
  const world: World = { dir, collector, port: collector.port, calls: 0, told: new Set(), awayMs: 0, isAway: false };
  mkdirSync(logFolder(dir), { recursive: true });
  collector.choose = () =>
    random.chance(0.15) ? random.pick([{ status: 503 }, "reset", "half", { status: 429 }]) : null;
  const failures = new Failures();
  try {
    for (let kill = 0; kill < count; kill += 1) {
      await turns(world, kill, count);
      await lived(world, random);
      damage(world, random);
      progress(kill);
    }
    await back(world);
    collector.choose = () => null;
    const missed = await drained(world);
    const arrived = collector.byId();
    const expected = await idsOf(world);
    for (const id of expected) if (!arrived.has(id)) failures.add(`${id} has not arrived`);
    for (const [id, texts] of arrived)
      if (texts.size > 1) failures.add(`${id} has arrived with ${texts.size} contents`);
    if (missed > 0) failures.add(`${missed} records were gone before they were sent`);
    if (world.awayMs < AWAY_MS) failures.add(`the collector was away for ${world.awayMs} s only`);
    const figures = { calls: expected.size, events: collector.events.length, kills: count, awaySeconds: world.awayMs };
    return { count: expected.size, failures: failures.list(), figures };
  } finally {
    if (!world.isAway) await collector.close();
    rmSync(dir, { recursive: true });
  }
}

/** The collector goes after a quarter of the kills, and comes back after an hour of the gateway's clock. */
async function turns(world: World, kill: number, count: number): Promise<void> {
  if (!world.isAway && world.awayMs === 0 && kill >= count / 4) {
    await world.collector.close();
    world.isAway = true;
  } else if (world.awayMs >= AWAY_MS) await back(world);
}

async function back(world: World): Promise<void> {
  if (world.isAway) await world.collector.listen(world.port);
  world.isAway = false;
}

function started({ dir, port, calls }: World, mode: string): ChildProcessByStdio<null, Readable, null> {
  const args = [child, dir, `http://127.0.0.1:${port}`, String(calls), mode];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
}

/** Runs the gateway for a while that nobody knows, and kills it. */
async function lived(world: World, random: Random): Promise<void> {
  const process = started(world, "write");
  let told = "";
  process.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const closed = new Promise((done) => process.once("close", done));
  while (!told.includes("open\n") && process.exitCode === null) await pause(5);
  const ms = world.isAway ? Math.min(AWAY_MS, RUN_MS * 2) : random.below(RUN_MS);
  await pause(ms);
  process.kill("SIGKILL");
  await closed;
  if (world.isAway) world.awayMs += ms;
  const numbers = told.split("\n").slice(1, -1).map(Number);
  const end = numbers.at(-1) ?? world.calls;
  for (const id of idsFrom(world.calls, end - world.calls)) world.told.add(id);
  // Lines of the batch that was under way may be on disk too: their numbers are not given again.
  world.calls = end + TOGETHER;
}

/** The cursor cannot be written while the next process runs, is cut, or is gone; then the disk is back. */
function damage({ dir }: World, random: Random): void {
  const folder = join(dir, "ship");
  const cursor = join(folder, "siem.json");
  const aside = join(dir, "ship-aside");
  if (existsSync(aside)) {
    rmSync(folder);
    renameSync(aside, folder);
    return;
  }
  if (!existsSync(cursor) || !random.chance(0.4)) return;
  const how = random.below(3);
  if (how === 0) truncateSync(cursor, random.below(readFileSync(cursor).length));
  else if (how === 1) rmSync(cursor);
  else {
    renameSync(folder, aside);
    writeFileSync(folder, "no folder");
  }
}

/** Has what is left sent. @returns how many records were missed */
async function drained(world: World): Promise<number> {
  damageOver(world);
  const process = started(world, "drain");
  let told = "";
  process.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
  await new Promise((done) => process.once("close", done));
  const { missed } = JSON.parse(told.split("\n")[1] ?? "") as { missed: number };
  return missed;
}

function damageOver({ dir }: World): void {
  const aside = join(dir, "ship-aside");
  if (!existsSync(aside)) return;
  rmSync(join(dir, "ship"));
  renameSync(aside, join(dir, "ship"));
}

/** Decisions that the process has told of, and those that the log has besides. */
async function idsOf({ dir, told }: World): Promise<Set<string>> {
  const found = new Set(told);
  for (const segment of await segmentFiles(logFolder(dir)))
    for await (const line of segmentLines(logFolder(dir), segment)) {
      const id = /"kind":"decision","decision_id":"(\w+)"/.exec(line)?.[1];
      if (id !== undefined) found.add(id);
    }
  return found;
}
