import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { labelsText } from "../../../gateway/record/decision/decision-line.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { newContext, type RequestContext } from "../../../gateway/domain/exchange.ts";
import { policyInput } from "../../../gateway/domain/policy-input.ts";
import { noProvenance } from "../../../gateway/domain/provenance.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { LogMarks } from "../../../gateway/domain/ports.ts";
import { LogWriter } from "../../../gateway/record/log-writer.ts";
import type { Metrics } from "../../../gateway/record/metrics/metrics.ts";
import { Recorder } from "../../../gateway/record/recorder.ts";
import { TreeFollower } from "../../../gateway/record/tree/tree-follower.ts";
import { decision, facts, route, subject, toolCall } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { machineFacts } from "../machine/facts.ts";
import type { BenchOptions } from "../options.ts";
import { type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { callBody } from "../world/call.ts";

const GOAL_US = 15;
const CALLS = 20_000;
const WARM_UP = 3_000;
/** Calls that are under way at once. */
const AT_ONCE = 16;

interface Row {
  readonly what: string;
  readonly us: Spread;
  /** Of all lines, for each call; and of the line of its decision. */
  readonly bytes: number;
  readonly record: number;
}

type Measured = Pick<Row, "bytes" | "record"> & { readonly us: number };

/** CPU time of all threads for the record of a call and its outcome, with and without the tree over them. */
export async function benchEvidence({ rounds, out }: BenchOptions): Promise<boolean> {
  const [bare, whole]: Measured[][] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    bare?.push(await measure(false));
    whole?.push(await measure(true));
  }
  const row = (what: string, of: Measured[] = []): Row => {
    const [, ...kept] = of;
    return {
      what,
      us: spread(
        kept.map(({ us }) => us),
        1,
      ),
      bytes: Math.round(kept[0]?.bytes ?? 0),
      record: kept[0]?.record ?? 0,
    };
  };
  const rows = [row("record", bare), row("record, tree and checkpoints", whole)];
  const result = { date: new Date().toISOString(), machine: machineFacts(), rounds, goal_us: GOAL_US, rows };
  if (out !== null) await writeFile(out, `${JSON.stringify(result, null, 2)}\n`);
  const shown = rows.map(({ what, us, bytes, record }) => [
    ...[what, `${us.median} [${us.min}–${us.max}]`],
    ...[String(bytes), String(record)],
  ]);
  process.stdout.write(`${textTable(["", "CPU µs a call", "bytes a call", "of its decision"], shown)}\n`);
  const median = rows[1]?.us.median ?? Infinity;
  process.stdout.write(`goal ${median <= GOAL_US ? "met" : "MISSED"}: ${median} µs a call (at most ${GOAL_US})\n`);
  return true;
}

async function measure(hasTree: boolean): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), "bench-evidence-"));
  const writer = openWriter(dir, hasTree);
  await writer.open();
  const labels = labelsText("gw-1", "production");
  const recorder = new Recorder({
    writer,
    clock: systemClock,
    logger: quiet,
    metrics,
    labels,
    maskPointers: [],
    arguments: { keep: "full", maxBytes: 65_536 },
  });
  let next = 0;
  const callUntil = async (end: number): Promise<void> => {
    while (next < end)
      await recorder.record(contextOf(next++), decision({ effect: "allow", reasons }), () => Promise.resolve(sent));
  };
  const all = (end: number): Promise<unknown> => Promise.all(Array.from({ length: AT_ONCE }, () => callUntil(end)));
  // What a thread does once is no cost of a call.
  await all(WARM_UP);
  const began = process.cpuUsage();
  await all(WARM_UP + CALLS);
  await writer.close();
  const { user, system } = process.cpuUsage(began);
  const segments = readdirSync(dir).filter((name) => name.endsWith(".jsonl"));
  const bytes = segments.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  const lines = readFileSync(join(dir, segments.at(-1) ?? ""), "utf8").split("\n");
  const record = Buffer.byteLength(lines.findLast((line) => line.includes('"kind":"decision"')) ?? "");
  rmSync(dir, { recursive: true });
  return { us: (user + system) / CALLS, bytes: bytes / (WARM_UP + CALLS), record };
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
    ...{ isToBeOpened: false, append: () => undefined, room: async () => undefined, close: async () => undefined },
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
const reasons = [
  {
    ...{ severity: "low" as const, rule: "entitlements/role", code: "ENTITLED_TOOL", controls: ["ASI03"] },
    message: "A role of the caller is entitled to the tool: support may use find_ticket of crm",
  },
];

/** What the gateway has once: the route, who calls, and the facts about the tool. */
const known = {
  route: route({ durability: "strict" }),
  subject: subject(),
  facts: facts({ provenance: noProvenance }),
};

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
  return { ...made, ...known, call, facts: found, input: policyInput(call, known.subject, found) };
}
