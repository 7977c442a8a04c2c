import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCheckpoint } from "../../../gateway/lib/tlog/checkpoint.ts";
import { noteKey } from "../../../gateway/lib/tlog/note.ts";
import { type Check, type CheckContext, Failures, type Random } from "../check.ts";
import { otherVerdicts, ownVerdict, type Trusted } from "./both-verifiers.ts";
import { logFolder, logKey, openWriter, writeCalls } from "./made-log.ts";
import { MutableLog } from "./mutate/files.ts";
import { lineMutations, type Mutation } from "./mutate/line-mutations.ts";
import { treeMutations } from "./mutate/tree-mutations.ts";
import { wholeMutations } from "./mutate/whole-mutations.ts";
import { shortenPastRemoved } from "./shortened.ts";

const CALLS = 900;
/** Logs that the verifier in Python is started for at once. */
const BATCH = 40;

/** Whatever is changed in a log is found out by both verifiers, and the log itself holds for both. */
export const mutations: Check = {
  name: "mutations",
  full: 10_000,
  quick: 240,
  async run(context) {
    const folder = mkdtempSync(join(tmpdir(), "evidence-mutations-"));
    try {
      return await tryAll(folder, context);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

interface Changed {
  readonly log: MutableLog;
  readonly what: string;
  readonly trusted: Trusted;
}

/** Nothing in the log gives these away. */
const needsCheckpoint: ReadonlySet<string> = new Set(["earlier state"]);

async function tryAll(folder: string, { count, random, progress }: CheckContext) {
  const { base, trusted, all } = await prepare(folder, random);
  const failures = new Failures();
  for (const verdict of [await ownVerdict(base, trusted), ...(await otherVerdicts([base], trusted))])
    if (verdict !== null) failures.add(`the log does not hold before it is changed: ${verdict}`);
  const keyAlone = { ...trusted, checkpoint: null };
  const names = Object.keys(all);
  let done = 0;
  for (let at = 0; done < count;) {
    const batch: Changed[] = [];
    for (; batch.length < Math.min(BATCH, count - done); at += 1) {
      const name = names[at % names.length] ?? "";
      const log = new MutableLog(base, join(folder, `changed-${at}`));
      const what = all[name]?.(log, random) ?? null;
      if (what === null) rmSync(log.dir, { recursive: true });
      else batch.push({ log, what: `${name}: ${what}`, trusted: needsCheckpoint.has(name) ? trusted : keyAlone });
    }
    for (const given of [trusted, keyAlone])
      for (const unseen of await unseenOf(
        batch.filter((one) => one.trusted === given),
        given,
      ))
        failures.add(unseen);
    done += batch.length;
    progress(done);
  }
  return { count: done, failures: failures.list(), figures: { kinds: names.length, lines: 2 * CALLS } };
}

async function unseenOf(batch: readonly Changed[], trusted: Trusted): Promise<string[]> {
  if (batch.length === 0) return [];
  const unseen: string[] = [];
  const others = await otherVerdicts(
    batch.map(({ log }) => log.dir),
    trusted,
  );
  for (const [index, { log, what }] of batch.entries()) {
    if ((await ownVerdict(log.dir, trusted)) === null) unseen.push(`the gateway's verifier does not see: ${what}`);
    if (others[index] === null) unseen.push(`the verifier in Python does not see: ${what}`);
    rmSync(log.dir, { recursive: true });
  }
  return unseen;
}

/** The log, an earlier state of it, another log, and what a verifier is given. */
async function prepare(folder: string, random: Random) {
  const key = logKey();
  const shape = { dir: join(folder, "base"), segmentBytes: 200_000, key };
  const first = openWriter(shape);
  await writeCalls(first, random, CALLS / 3);
  await first.close();
  const base = logFolder(shape.dir);
  const earlier = join(folder, "earlier");
  cpSync(base, earlier, { recursive: true });
  const second = openWriter(shape);
  await writeCalls(second, random, CALLS - CALLS / 3, CALLS / 3);
  await second.close();
  const shortened = { ...shape, dir: join(folder, "shortened") };
  cpSync(base, logFolder(shortened.dir), { recursive: true });
  await shortenPastRemoved(shortened, random);
  const elsewhere = { dir: join(folder, "other"), segmentBytes: 200_000, key: logKey() };
  const third = openWriter(elsewhere);
  await writeCalls(third, random, CALLS);
  await third.close();
  const all: Readonly<Record<string, Mutation>> = {
    ...lineMutations,
    ...treeMutations(logKey()),
    ...wholeMutations(logFolder(elsewhere.dir), earlier, logFolder(shortened.dir)),
  };
  return { base, trusted: trustedOf(base, folder, key), all };
}

/** As an auditor has it: the key, and a checkpoint of some time ago. */
function trustedOf(base: string, folder: string, key: Parameters<typeof noteKey>[1]): Trusted {
  const text = readFileSync(join(base, "tlog", "checkpoint"), "utf8");
  const file = join(folder, "kept.checkpoint");
  writeFileSync(file, text);
  const origin = parseCheckpoint(text)?.origin ?? "";
  return { vkey: noteKey(origin, key).vkey, checkpoint: { file, text } };
}
