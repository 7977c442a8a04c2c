import { writeFile } from "node:fs/promises";
import type { JsonValue } from "../../../gateway/lib/json.ts";
import { readJson } from "../../../gateway/parse/json/read-json.ts";
import type { Provenance } from "../../../gateway/provenance/ledger.ts";
import { openLedger } from "../../support/provenance.ts";
import { machineFacts } from "../machine/facts.ts";
import type { BenchOptions } from "../options.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { type HoldRow, measureHolds } from "./hold.ts";
import { measureLookup } from "./lookup.ts";
import { type BenchResult, benchResults } from "./results.ts";
import { measureNoRules } from "./no-rules.ts";
import { BenchSession, fullSessionBytes, sessionBytes } from "./session.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 100_000, maxStringBytes: 262_144 };
/** Different results of one kind. */
const variants = 8;
const batches = 15;
/** Bytes of results in one session: about five milliseconds of work. */
const batchBytes = 262_144;
/** Calls of a session: as many as its history has at most. Of one that is much longer its memory is full. */
const callsOfSession = 50;
/** So that one of a hundred is told from the slowest. */
const callsOfRound = 400;
const sessionsAtOnce = 1_000;
let opened = 0;

const steps = ["strict", "trace", "sent", "learn"] as const;
type Step = (typeof steps)[number];
type Times = Record<Step, number>;

export interface ResultRow {
  readonly name: string;
  readonly us: Readonly<Record<Step, Spread>>;
  /** Of all three steps, in µs: of a hundred calls of one round, the slowest but one. */
  readonly p99_us: Spread;
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
  const full = await fullSessionBytes();
  const kinds = Array.from({ length: variants }, (_, variant) => benchResults(variant));
  const ledger = openLedger({ capacity: sessionsAtOnce });
  for (const at of (kinds[0] ?? []).keys())
    results.push(
      await measure(
        ledger,
        kinds.map((kind) => kind[at] as BenchResult),
        rounds,
      ),
    );
  const [lookup_us, no_rules_us] = [await measureLookup(rounds), measureNoRules(rounds)];
  const session = { lookup_us, bytes: perSession, full_bytes: full };
  const holds = await measureHolds(rounds);
  const machine = machineFacts();
  const whole = { date: new Date().toISOString(), machine, rounds, results, holds, session, no_rules_us };
  if (out !== null) await writeFile(out, `${JSON.stringify(whole, null, 2)}\n`);
  process.stdout.write(`${render(results)}\n\n${renderHolds(holds)}\n\n`);
  process.stdout.write(`session lookup ${shown(lookup_us)} µs; a session ${perSession} bytes, a full one ${full}\n`);
  process.stdout.write(`a call about whose result no rule says anything: ${shown(no_rules_us)} µs\n`);
  return true;
}

async function measure(ledger: Provenance, kind: readonly BenchResult[], rounds: number): Promise<ResultRow> {
  const times: (Times & { readonly p99: number })[] = [];
  // The first one warms up.
  for (let round = 0; round <= rounds; round += 1) times.push(await measureRound(ledger, kind));
  times.shift();
  const of = (value: (time: (typeof times)[number]) => number): Spread => spread(times.map(value), 2);
  return {
    name: (kind[0] as BenchResult).name,
    us: {
      strict: of((time) => time.strict),
      trace: of((time) => time.trace),
      sent: of((time) => time.sent),
      learn: of((time) => time.learn),
    },
    p99_us: of((time) => time.p99),
    learn_ratio: of(({ learn, strict }) => learn / strict),
    all_ratio: of(({ trace, sent, learn, strict }) => (trace + sent + learn) / strict),
  };
}

/** µs of each step in the quietest of the sessions: what else the machine does meanwhile is no cost of the step. */
async function measureRound(
  ledger: Provenance,
  kind: readonly BenchResult[],
): Promise<Times & { readonly p99: number }> {
  const size = Math.max(4, Math.min(callsOfSession, Math.round(batchBytes / (kind[0] as BenchResult).bytes.length)));
  const [all, sums]: [Times[], number[]] = [[], []];
  for (let batch = 0; batch < batches || sums.length < callsOfRound; batch += 1)
    all.push(await measureSession(new BenchSession(ledger, `run-${(opened += 1)}`), kind, size, sums));
  const of = (step: Step): number => Math.min(...all.map((times) => times[step]));
  const p99 = sums.toSorted((one, other) => one - other)[Math.ceil(sums.length * 0.99) - 1] as number;
  return { strict: of("strict"), trace: of("trace"), sent: of("sent"), learn: of("learn"), p99 };
}

/** One call after another, as an agent makes them. What is read is what is learnt: texts that nobody has looked at before. */
async function measureSession(
  session: BenchSession,
  kind: readonly BenchResult[],
  size: number,
  sums: number[],
): Promise<Times> {
  const times: Times = { strict: 0, trace: 0, sent: 0, learn: 0 };
  for (let at = 0; at < size; at += 1) {
    const [call, { bytes }] = [session.call(kind[0] as BenchResult), kind[at % kind.length] as BenchResult];
    let content: JsonValue = null;
    const strict = await usOf(() => void (content = readJson(bytes, limits).value));
    const trace = await usOf(() => session.trace(call));
    const sent = await usOf(() => session.sent(call));
    const learn = await usOf(() => session.learn(call, content));
    sums.push(trace + sent + learn);
    for (const [step, us] of Object.entries({ strict, trace, sent, learn })) times[step as Step] += us / size;
  }
  return times;
}

async function usOf(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) * 1_000;
}

function shown({ median: middle, min, max }: Spread): string {
  return `${middle.toFixed(2)} [${min.toFixed(2)}–${max.toFixed(2)}]`;
}

function renderHolds(holds: readonly HoldRow[]): string {
  const rows = holds.map(({ name, bytes, all_ms, turn_ms }) => [name, String(bytes), shown(all_ms), shown(turn_ms)]);
  return textTable(["answer", "bytes", "learnt in ms", "longest turn ms"], rows);
}

function render(results: readonly ResultRow[]): string {
  const rows = results.map(({ name, us, p99_us, learn_ratio, all_ratio }) => [
    ...[name, ...steps.map((step) => us[step].median.toFixed(1))],
    ...[(us.trace.median + us.sent.median + us.learn.median).toFixed(1)],
    ...[p99_us.median.toFixed(1), shown(learn_ratio), shown(all_ratio)],
  ]);
  const header = [
    ...steps.map((step) => `${step} µs`),
    "all three µs",
    "p99 µs",
    "learn / strict",
    "all three / strict",
  ];
  return textTable(["result", ...header], rows);
}
