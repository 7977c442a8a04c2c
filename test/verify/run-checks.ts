import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Check, Random, type Tried } from "./check.ts";

const resultsFolder = fileURLToPath(new URL("../conformance/results/", import.meta.url));

export interface Options {
  readonly quick: boolean;
  /** Names of checks; empty means all. */
  readonly only: readonly string[];
  readonly seed: number;
  /** Part of the counts to run, for development. */
  readonly scale: number;
}

export interface Summary {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly count: number;
    readonly failures: number;
    /** The first of them in words; absent when the check has held. */
    readonly first?: readonly string[];
  }[];
}

/** `[--quick] [--only NAME,NAME] [--seed N] [--scale X]` @throws TypeError for an unknown option */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      scale: { type: "string", default: "1" },
    },
  });
  const only = values.only.split(",").filter((name) => name !== "");
  return { quick: values.quick, only, seed: Number(values.seed), scale: Number(values.scale) };
}

/** Runs checks one after the other; their verdicts go to standard error, to a file and, as one line, to the caller. */
export async function runChecks(name: string, checks: readonly Check[], options: Options): Promise<Summary> {
  const names = checks.map((check) => check.name);
  const unknown = options.only.filter((each) => !names.includes(each));
  if (unknown.length > 0) throw new Error(`no check ${unknown.join(", ")}; there are ${names.join(", ")}`);
  const chosen = checks.filter((check) => options.only.length === 0 || options.only.includes(check.name));
  tell(`seed ${options.seed}`);
  const verdicts = [];
  for (const check of chosen) verdicts.push({ name: check.name, ...(await runOne(check, options)) });
  const summary: Summary = {
    ok: verdicts.every(({ count, failures }) => count > 0 && failures.length === 0),
    checks: verdicts.map(({ name: one, count, failures }) => ({
      name: one,
      count,
      failures: failures.length,
      ...(failures.length > 0 && { first: failures.slice(0, 3) }),
    })),
  };
  await mkdir(resultsFolder, { recursive: true });
  const file = `verify-${name}${options.quick ? "-quick" : ""}.json`;
  const whole = {
    ...summary,
    date: new Date().toISOString(),
    node: process.version,
    seed: options.seed,
    details: verdicts,
  };
  await writeFile(resultsFolder + file, `${JSON.stringify(whole, null, 2)}\n`);
  return summary;
}

async function runOne(check: Check, options: Options): Promise<Tried & { seconds: number }> {
  const count = Math.max(1, Math.round((options.quick ? check.quick : check.full) * options.scale));
  const began = performance.now();
  let told = began;
  const progress = (done: number): void => {
    if (performance.now() - told < 5_000) return;
    told = performance.now();
    tell(`${check.name}: ${done} of ${count}`);
  };
  const tried = await attempt(() => check.run({ count, random: new Random(options.seed), progress }));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const figures = tried.figures === undefined ? "" : ` ${JSON.stringify(tried.figures)}`;
  tell(
    `${check.name}: ${tried.count} tried, ${tried.failures.length === 0 ? "held" : "FAILED"}, ${seconds} s${figures}`,
  );
  for (const failure of tried.failures) tell(`  ${failure}`);
  return { ...tried, seconds };
}

/** A check that cannot be carried out has not held. */
async function attempt(run: () => Promise<Tried>): Promise<Tried> {
  try {
    return await run();
  } catch (thrown) {
    return {
      count: 0,
      failures: [
        `could not be carried out: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
      ],
    };
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
