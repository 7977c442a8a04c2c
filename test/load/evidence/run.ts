import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { labelsText } from "../../../gateway/record/decision/decision-line.ts";
import type { Decision } from "../../../gateway/domain/decision.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { newContext, type RequestContext } from "../../../gateway/domain/exchange.ts";
import { callInput } from "../../../gateway/domain/policy-input.ts";
import { noProvenance } from "../../../gateway/domain/provenance.ts";
import { internJson, type JsonObject } from "../../../gateway/lib/json.ts";
import type { LogMarks } from "../../../gateway/domain/ports.ts";
import { LogWriter } from "../../../gateway/record/log-writer.ts";
import type { Metrics } from "../../../gateway/record/metrics/metrics.ts";
import { Recorder } from "../../../gateway/record/recorder.ts";
import { TreeFollower } from "../../../gateway/record/tree/tree-follower.ts";
import { decision, facts, route, subject, toolCall } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { machineFacts } from "../machine/facts.ts";
import { type ThreadTimes, watchThreads } from "../machine/thread-times.ts";
import type { BenchOptions } from "../options.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { callBody } from "../world/call.ts";

const GOAL_US = 15;
const CALLS = 20_000;
/** A new thread compiles for longer than it needs for some thousand calls. */
const WARM_UP = 15_000;
/** Calls that are under way at once. */
const AT_ONCE = 16;

/** `calls`: the same calls without any record of them. */
const kinds = ["calls", "record", "whole"] as const;
type Kind = (typeof kinds)[number];

interface Row {
  readonly what: string;
  readonly us: Spread;
  /** Where they are, up to the last call; see `placeOf`. */
  readonly threads: Readonly<Record<Place, Spread>>;
  /** Of all lines, for each call; and of the line of its decision. */
  readonly bytes: number;
  readonly record: number;
}

interface Cost {
  readonly us: number;
  readonly threads: Readonly<Record<Place, number>>;
}

type Measured = Pick<Row, "bytes" | "record"> & Cost;

/** `main`: makes the lines. `pool`: Node's threads, which write them and look at the file. `tree`: hashes, tiles, checkpoints. `engine`: V8's. */
const places = ["main", "pool", "tree", "engine"] as const;
type Place = (typeof places)[number];

/** By the name that Node gives to a thread; the thread of the tree is the only worker here. */
const placeOf: Readonly<Record<string, Place>> = {
  MainThread: "main",
  "libuv-worker": "pool",
  WorkerThread: "tree",
  V8Worker: "engine",
};

/**
 * CPU time of all threads for the record of a call and its outcome, with and without the tree over them. What the calls themselves cost here,
 * which the gateway pays before it records them, is measured in each round and taken off.
 */
export async function benchEvidence({ rounds, out }: BenchOptions): Promise<boolean> {
  const measured: Record<Kind, Measured[]> = { calls: [], record: [], whole: [] };
  for (let round = 0; round <= rounds; round += 1) for (const kind of kinds) measured[kind].push(await measure(kind));
  // What the first round compiles is no cost of a call.
  for (const kind of kinds) measured[kind].shift();
  const row = (what: string, kind: Kind): Row => {
    const net = (of: (cost: Cost) => number): Spread =>
      spread(
        measured[kind].map((cost, at) => of(cost) - (kind === "calls" ? 0 : of(measured.calls[at] as Cost))),
        1,
      );
    const threads = inPlaces((place) => net((cost) => cost.threads[place]));
    const { bytes = 0, record = 0 } = measured[kind][0] ?? {};
    return { what, us: net(({ us }) => us), threads, bytes: Math.round(bytes), record };
  };
  const rows = [
    row("the calls, not recorded", "calls"),
    row("record", "record"),
    row("record, tree and checkpoints", "whole"),
  ];
  const result = { date: new Date().toISOString(), machine: machineFacts(), rounds, goal_us: GOAL_US, rows };
  if (out !== null) await writeFile(out, `${JSON.stringify(result, null, 2)}\n`);
  const shown = rows.map(({ what, us, threads, bytes, record }) => [
    ...[what, `${us.median} [${us.min}–${us.max}]`, ...places.map((place) => String(threads[place].median))],
    ...[String(bytes), String(record)],
  ]);
  process.stdout.write(`${textTable(["", "CPU µs a call", ...places, "bytes a call", "of its decision"], shown)}\n`);
  const median = rows[2]?.us.median ?? Infinity;
  process.stdout.write(`goal ${median <= GOAL_US ? "met" : "MISSED"}: ${median} µs a call (at most ${GOAL_US})\n`);
  return true;
}

async function measure(kind: Kind): Promise<Measured> {
  if (kind === "calls") return { ...(await measureCalls()), bytes: 0, record: 0 };
  const dir = mkdtempSync(join(tmpdir(), "bench-evidence-"));
  const writer = openWriter(dir, kind === "whole");
  await writer.open();
  const recorder = recorderOf(writer);
  const cost = await costOf(
    async (n) => void (await recorder.record(contextOf(n), decided(), () => Promise.resolve(sent))),
    () => writer.close(),
  );
  const segments = readdirSync(dir).filter((name) => name.endsWith(".jsonl"));
  const bytes = segments.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  const lines = readFileSync(join(dir, segments.at(-1) ?? ""), "utf8").split("\n");
  const record = Buffer.byteLength(lines.findLast((line) => line.includes('"kind":"decision"')) ?? "");
  rmSync(dir, { recursive: true });
  return { ...cost, bytes: bytes / (WARM_UP + CALLS), record };
}

function measureCalls(): Promise<Cost> {
  const kept: unknown[] = [];
  const call = async (n: number): Promise<void> => {
    kept[n % AT_ONCE] = [contextOf(n), decided()];
    await Promise.resolve(sent);
  };
  return costOf(call, () => Promise.resolve());
}

/** Microseconds of CPU a call. */
async function costOf(call: (n: number) => Promise<void>, end: () => Promise<void>): Promise<Cost> {
  let next = 0;
  const callUntil = async (stop: number): Promise<void> => {
    while (next < stop) await call(next++);
  };
  const all = (stop: number): Promise<unknown> => Promise.all(Array.from({ length: AT_ONCE }, () => callUntil(stop)));
  // What a thread does once is no cost of a call.
  await all(WARM_UP);
  const threadsSince = watchThreads();
  const began = process.cpuUsage();
  await all(WARM_UP + CALLS);
  const since = threadsSince();
  await end();
  const { user, system } = process.cpuUsage(began);
  return { us: (user + system) / CALLS, threads: inPlaces((place) => timeIn(since, place) / CALLS) };
}

function inPlaces<Value>(of: (place: Place) => Value): Record<Place, Value> {
  return Object.fromEntries(places.map((place) => [place, of(place)])) as Record<Place, Value>;
}

function timeIn(threads: ThreadTimes, place: Place): number {
  return Object.entries(threads).reduce((sum, [name, us]) => sum + (placeOf[name] === place ? us : 0), 0);
}

function recorderOf(writer: LogWriter): Recorder {
  return new Recorder({
    writer,
    clock: systemClock,
    logger: quiet,
    metrics,
    maskPointers: [],
    labels: labelsText("gw-1", "production"),
    arguments: { keep: "full", maxBytes: 65_536 },
  });
}

const metrics = { decided: () => undefined, finished: () => undefined } as unknown as Metrics;
const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const sent = outcome({
  kind: "forwarded",
  status: 200,
  upstreamStatus: 200,
  forwardedDigest: digest,
  responseDigest: digest,
  responseBytes: 1_024,
});
const { privateKey } = generateKeyPairSync("ed25519");

function openWriter(dir: string, hasTree: boolean): LogWriter {
  const marks: LogMarks = {
    read: async () => ({ last: 0, reserved: 0 }),
    reserve: async () => {},
    note: async () => {},
  };
  const real = new TreeFollower({ dir, freshOrigin: "bench/gw-1", key: privateKey, logger: quiet });
  const none = {
    open: async () => ({ origin: "none", size: 0, adopted: 0, missing: 0, problem: null }),
    isToBeOpened: false,
    append: () => undefined,
    room: async () => undefined,
    close: async () => undefined,
    findings: () => [],
  };
  const limits = { segmentBytes: 256 * 1024 * 1024, segmentAgeMs: null, queueRecords: 10_000 };
  return new LogWriter({
    dir,
    clock: systemClock,
    logger: quiet,
    marks,
    tree: hasTree ? real : none,
    space: { full: null, findings: () => [] },
    ...limits,
  });
}

const body = callBody();
const args = JSON.parse(body.toString()) as JsonObject;
const tool = toolCall({ arguments: args });
// As of a target that was called before, and of a token: their texts are known.
internJson(tool.request.document);
/** As a policy's answer is: frozen, and the same for each call. */
const reasons = internJson([
  {
    severity: "low" as const,
    rule: "entitlements/role",
    code: "ENTITLED_TOOL",
    controls: ["ASI03"],
    message: "A role of the caller is entitled to the tool: support may use find_ticket of crm",
  },
]);
const decided = (): Decision => decision({ effect: "allow", reasons });

/** What the gateway has once: the route, who calls, and the facts about the tool. */
const known = {
  route: route({ durability: "strict" }),
  subject: subject(),
  facts: facts({ provenance: noProvenance }),
};
internJson(known.facts.intent);

/** A call of 1 KB with a token, as the gateway knows it when it is recorded. */
function contextOf(n: number): RequestContext {
  const made = newContext({
    decisionId: `d_${String(n).padStart(22, "0")}`,
    request: { method: "POST", url: "/crm/v1/contacts", rawHeaders: [] },
    startedAt: systemClock.monotonic(),
  });
  const call = { ...tool, arguments: args, argumentsRead: { value: args, bytes: body } };
  const time = { ...known.facts.time, ns: String(1_790_000_000_000_000_000n + BigInt(n)) };
  const session = { ...known.facts.session, calls: n };
  const found = { ...known.facts, time, session };
  return { ...made, ...known, call, facts: found, input: callInput(call, known.subject, found) };
}
