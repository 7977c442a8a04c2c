import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseCheckpoint } from "../../../gateway/lib/tlog/checkpoint.ts";
import { noteKey } from "../../../gateway/lib/tlog/note.ts";
import { segmentFiles } from "../../../gateway/record/segment-files.ts";
import { openLogKey } from "../../../gateway/record/tree/log-keys.ts";
import { type Check, Failures, type Random } from "../check.ts";
import { otherWords, ownWord, type Trusted } from "./both-verifiers.ts";
import { logFolder, type LogShape, openLog, openWriter, writeCalls } from "./made-log.ts";
import { shorten } from "./shortened.ts";

const child = fileURLToPath(new URL("./write-until-killed.ts", import.meta.url));

/** What may happen to the gateway of a log. */
const steps = [
  "runs",
  "is killed",
  "starts and stops",
  "is kept short",
  "is renamed",
  "is verified meanwhile",
] as const;
type Step = (typeof steps)[number];

/** Tried first whatever the seed: small segments, and records that tell what went go themselves. */
const shortened: readonly Step[] = ["is kept short", "is kept short", "is verified meanwhile", "is kept short"];

/** A log that nobody changed holds for both verifiers, at once and after the next start, however its gateway ended. */
export const histories: Check = {
  name: "histories",
  full: 20,
  quick: 5,
  async run({ count, random, progress }) {
    const failures = new Failures();
    let kills = 0;
    for (let done = 0; done < count; done += 1, progress(done)) {
      const dir = mkdtempSync(join(tmpdir(), "evidence-history-"));
      try {
        const life = done === 0 ? shortened : Array.from({ length: 2 + random.below(4) }, () => random.pick(steps));
        kills += life.filter((step) => step === "is killed").length;
        for (const problem of await live(dir, life, random)) failures.add(`${life.join(", ")}: ${problem}`);
      } finally {
        rmSync(dir, { recursive: true });
      }
    }
    return { count, failures: failures.list(), figures: { kills } };
  },
};

async function live(dir: string, life: readonly Step[], random: Random): Promise<string[]> {
  const segmentBytes = life === shortened ? 40_000 : random.pick([40_000, 300_000, 50_000_000]);
  const key = openLogKey(join(dir, "key.pem"));
  const problems: string[] = [];
  for (const [at, step] of life.entries()) {
    const given = { dir, segmentBytes, key };
    if (step === "is killed") await runUntilKilled(dir, segmentBytes, at * 1_000_000, random);
    else if (step === "is verified meanwhile")
      problems.push(...(await verifiedMeanwhile(given, random, at * 1_000_000)));
    else await runOnce(step, given, random, at * 1_000_000);
    const isLive = step === "is killed";
    for (const problem of await verdicts(dir, isLive)) problems.push(`after it ${step}: ${problem}`);
  }
  const last = openWriter({ dir, segmentBytes, key });
  await last.open();
  await last.close();
  return [...problems, ...(await verdicts(dir, false))];
}

/** While segments are written, compressed and removed. */
async function verifiedMeanwhile(shape: LogShape, random: Random, from: number): Promise<string[]> {
  const opened = openLog(shape);
  await opened.writer.open();
  let isOver = false;
  const verified = verdicts(shape.dir, true);
  void verified.catch(() => []).finally(() => (isOver = true));
  for (let round = 0; !isOver; round += 1) {
    await writeCalls(opened.writer, random, 40, from + round * 40);
    if (round % 5 === 4) await shorten(shape.dir, opened, 200_000, random.pick(["gzip", "zstd"] as const));
  }
  await opened.writer.close();
  return (await verified).map((problem) => `while it ran: ${problem}`);
}

async function runOnce(
  step: Exclude<Step, "is killed" | "is verified meanwhile">,
  shape: LogShape,
  random: Random,
  from: number,
): Promise<void> {
  const { writer, tree } = openLog(shape);
  await writer.open();
  if (step !== "starts and stops") await writeCalls(writer, random, 20 + random.below(600), from);
  if (step === "is renamed") {
    const log = logFolder(shape.dir);
    const newest = (await segmentFiles(log)).at(-1)?.file ?? "";
    renameSync(join(log, newest), join(log, `${newest}.1`));
    await writeCalls(writer, random, 20, from + 1_000);
  }
  if (step === "is kept short") {
    await shorten(shape.dir, { writer, tree }, 30_000, random.pick(["gzip", "zstd", null] as const));
  }
  await writer.close();
}

async function runUntilKilled(dir: string, segmentBytes: number, from: number, random: Random): Promise<void> {
  const args = [child, dir, String(segmentBytes), String(random.below(1e9)), String(from)];
  const writing = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(writing, "exit");
  await Promise.race([once(writing.stdout, "data"), ended]);
  // Any moment will do: whatever has been written by then must hold.
  await pause(random.below(1_500));
  writing.kill("SIGKILL");
  await ended;
}

async function verdicts(dir: string, isLive: boolean): Promise<string[]> {
  const log = logFolder(dir);
  const checkpoint = parseCheckpoint(readFileSync(join(log, "tlog", "checkpoint"), "utf8"));
  const key = openLogKey(join(dir, "key.pem"));
  const trusted: Trusted = { vkey: noteKey(checkpoint?.origin ?? "", key).vkey, checkpoint: null };
  const both = [await ownWord(log, trusted, isLive), ...(await otherWords([log], trusted, isLive))];
  return both.flatMap((said, at) =>
    said.length === 0 ? [] : [`${at === 0 ? "gateway" : "Python"}: ${said.join("; ")}`],
  );
}
