import { writeFile } from "node:fs/promises";
import type { JsonValue } from "../../../gateway/lib/json.ts";
import { readJson } from "../../../gateway/parse/json/read-json.ts";
import { memoryBytes } from "../../../gateway/provenance/memory/layout.ts";
import { machineFacts } from "../machine/facts.ts";
import type { BenchOptions } from "../options.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { type HoldRow, measureHolds } from "./hold.ts";
import { measureLookup } from "./lookup.ts";
import { type BenchResult, benchResults } from "./results.ts";
import { BenchSession, sessionBytes } from "./session.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 100_000, maxStringBytes: 262_144 };
/** Different results of one kind. */
const variants = 8;
const batches = 15;
/** Bytes of results in one batch: about five milliseconds of work. */
const batchBytes = 262_144;

const steps = ["strict", "trace", "sent", "learn"] as const;
type Step = (typeof steps)[number];
type Times = Readonly<Record<Step, number>>;

export interface ResultRow {
  readonly name: string;
  readonly us: Readonly<Record<Step, Spread>>;
  /** Of learning, and of all three, to the strict reading of the same bytes in the same round. */
  readonly learn_ratio: Spread;
  readonly all_ratio: Spread;
}

/** What it costs to know where values come from: for a call of 1 KB, and each result that it gets. */
export async function benchResultReading({ rounds, out }: BenchOptions): Promise<boolean> {
  const results: ResultRow[] = [];
  // Before the rest, whose garbage would count.
  const [, small] = benchResults(0);
  const perSession = await sessionBytes(readJson(small?.bytes ?? Buffer.from("{}"), limits).value);
  const kinds = Array.from({ length: variants }, (_, variant) => benchResults(variant));
  for (const at of (kinds[0] ?? []).keys())
    results.push(
      await measure(
        kinds.map((kind) => kind[at] as BenchResult),
        rounds,
      ),
    );
  const lookup_us = await measureLookup(rounds);
  const session = { lookup_us, bytes: perSession, of_memory: memoryBytes };
  const holds = await measureHolds(rounds);
  const whole = { date: new Date().toISOString(), machine: machineFacts(), rounds, results, holds, session };
  if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
  process.stdout.write(`${render(results)}\n\n${renderHolds(holds)}\n\n`);
  process.stdout.write(
    `session lookup ${shown(lookup_us)} µs; a session ${perSession} bytes, ${memoryBytes} of them its memory\n`,
  );
  return true;
}

async function measure(kind: readonly BenchResult[], rounds: number): Promise<ResultRow> {
  const session = new BenchSession();
  const size = Math.max(4, Math.round(batchBytes / (kind[0] as BenchResult).bytes.length));
  const times: Times[] = [];
  // The first one warms up.
  for (let round = 0; round <= rounds; round += 1) times.push(await measureRound(session, kind, size));
  times.shift();
  const of = (value: (time: Times) => number): Spread => spread(times.map(value), 2);
  return {
    name: (kind[0] as BenchResult).name,
    us: {
      strict: of((time) => time.strict),
      trace: of((time) => time.trace),
      sent: of((time) => time.sent),
      learn: of((time) => time.learn),
    },
    learn_ratio: of(({ learn, strict }) => learn / strict),
    all_ratio: of(({ trace, sent, learn, strict }) => (trace + sent + learn) / strict),
  };
}

/** µs of each step in the quietest of short batches: what else the machine does meanwhile is no cost of the step. */
async function measureRound(session: BenchSession, kind: readonly BenchResult[], size: number): Promise<Times> {
  const all: Times[] = [];
  for (let batch = 0; batch < batches; batch += 1) all.push(await measureBatch(session, kind, size));
  const of = (step: Step): number => Math.min(...all.map((times) => times[step]));
  return { strict: of("strict"), trace: of("trace"), sent: of("sent"), learn: of("learn") };
}

/** What is read is what is learnt: texts that nobody has looked at before. */
async function measureBatch(session: BenchSession, kind: readonly BenchResult[], size: number): Promise<Times> {
  const contents: JsonValue[] = [];
  const calls = Array.from({ length: size }, () => session.call(kind[0] as BenchResult));
  const resultOf = (at: number): BenchResult => kind[at % kind.length] as BenchResult;
  return {
    strict: await usOf(calls, (_, at) => void contents.push(readJson(resultOf(at).bytes, limits).value)),
    trace: await usOf(calls, (call) => session.trace(call)),
    sent: await usOf(calls, (call) => session.sent(call)),
    learn: await usOf(calls, (call, at) => session.learn(call, contents[at] as JsonValue)),
  };
}

async function usOf<Item>(items: readonly Item[], work: (item: Item, at: number) => unknown): Promise<number> {
  const began = performance.now();
  for (const [at, item] of items.entries()) await work(item, at);
  return ((performance.now() - began) * 1_000) / items.length;
}

function shown({ median: middle, min, max }: Spread): string {
  return `${middle.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`;
}

function renderHolds(holds: readonly HoldRow[]): string {
  const rows = holds.map(({ name, bytes, all_ms, turn_ms }) => [name, String(bytes), shown(all_ms), shown(turn_ms)]);
  return textTable(["answer", "bytes", "learnt in ms", "longest turn ms"], rows);
}

function render(results: readonly ResultRow[]): string {
  const rows = results.map(({ name, us, learn_ratio, all_ratio }) => [
    ...[name, ...steps.map((step) => us[step].median.toFixed(1))],
    ...[(us.trace.median + us.sent.median + us.learn.median).toFixed(1), shown(learn_ratio), shown(all_ratio)],
  ]);
  const header = [...steps.map((step) => `${step} µs`), "all three µs", "learn / strict", "all three / strict"];
  return textTable(["result", ...header], rows);
}
