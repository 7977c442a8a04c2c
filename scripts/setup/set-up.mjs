/** Runs the steps whose result is missing, in parallel where they do not depend on each other. */
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { tools } from "./places.mjs";

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} after names of steps whose result this one uses
 * @property {() => Promise<string | null>} missing why it must be made, null when it is here; quick
 * @property {() => Promise<string>} install makes it; safe to repeat after an interruption; says what it did
 */

const sayOnStderr = (/** @type {string} */ line) => void process.stderr.write(`setup  ${line}\n`);

/**
 * @param {Step[]} steps a step stands after those it uses
 * @param {{ lockFile?: string, say?: (line: string) => void }} [options] `say` gets one line per step
 */
export async function setUp(steps, { lockFile = join(tools, "setup.lock"), say = sayOnStderr } = {}) {
  if ((await missingOf(steps)).length === 0) return;
  // Checked again under the lock: another set-up may have finished meanwhile.
  const work = async () => installAll(await missingOf(steps), say);
  await withLock(lockFile, work, (holder) => say(`waiting: another set-up is under way (${holder})`));
}

/**
 * The same for a command line: failures are printed to stderr, and the exit code is 1 then.
 * @param {Step[]} steps @returns {Promise<boolean>} whether all is there
 */
export async function setUpOrExplain(steps) {
  try {
    await setUp(steps);
    return true;
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error];
    for (const one of errors) process.stderr.write(`\n${one instanceof Error ? one.message : one}\n`);
    process.stderr.write(
      "\nSet-up failed. What was finished is kept; running the same command again goes on from there.\n",
    );
    process.exitCode = 1;
    return false;
  }
}

/** @param {Step[]} steps */
async function missingOf(steps) {
  const asked = await Promise.all(steps.map(async (step) => ({ step, why: await step.missing() })));
  return asked.filter(({ why }) => why !== null).map(({ step }) => step);
}

/** @param {Step[]} steps @param {(line: string) => void} say */
async function installAll(steps, say) {
  /** @type {Map<string, Promise<void>>} */
  const under = new Map();
  for (const step of steps) {
    const before = step.after.flatMap((name) => under.get(name) ?? []);
    under.set(
      step.name,
      Promise.all(before).then(() => installOne(step, say)),
    );
  }
  const ended = await Promise.allSettled(under.values());
  // A step that depends on a failed one fails with the same error, which is printed once.
  const reasons = new Set(ended.flatMap((end) => (end.status === "rejected" ? [end.reason] : [])));
  if (reasons.size > 0) throw new AggregateError([...reasons], "set-up failed");
}

/** @param {Step} step @param {(line: string) => void} say */
async function installOne(step, say) {
  const started = performance.now();
  const tell = (/** @type {string} */ end) => {
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    say(`${step.name.padEnd(12)}  ${seconds.padStart(7)}  ${end}`);
  };
  try {
    tell(await step.install());
  } catch (error) {
    tell("failed");
    throw new Error(`${step.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
