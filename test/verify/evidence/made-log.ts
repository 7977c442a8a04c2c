import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { join } from "node:path";
import type { LogMark, LogMarks } from "../../../gateway/domain/ports.ts";
import { oncePer } from "../../../gateway/lib/caches.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { OutcomeTexts } from "../../../gateway/record/decision/outcome-text.ts";
import { likeText, type RecordText, SharedRecord } from "../../../gateway/record/decision/shared-record.ts";
import { LogWriter } from "../../../gateway/record/log-writer.ts";
import { TreeFollower } from "../../../gateway/record/tree/tree-follower.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { quiet } from "../../support/quiet.ts";
import { roomy } from "../../support/record/test-log.ts";
import type { Random } from "../check.ts";

/** Marks in memory: what the store knows of a log is no part of this proof. */
function memoryMarks(): LogMarks {
  let mark: LogMark = { last: 0, reserved: 0 };
  return {
    read: () => Promise.resolve(mark),
    reserve: ({ last, reserved }) => {
      mark = { last: Math.max(mark.last, last), reserved: Math.max(mark.reserved, reserved) };
      return Promise.resolve();
    },
    note: (last) => Promise.resolve(void (mark = { ...mark, last: Math.max(mark.last, last) })),
  };
}

export interface LogShape {
  /** Folder that the log, in `log`, is made in. */
  readonly dir: string;
  readonly segmentBytes: number;
  readonly key: KeyObject;
}

export function logKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

export const logFolder = (dir: string): string => join(dir, "log");

export function openWriter(shape: LogShape): LogWriter {
  return openLog(shape).writer;
}

export function openLog({ dir, segmentBytes, key }: LogShape) {
  const log = logFolder(dir);
  const tree = new TreeFollower({ dir: log, freshOrigin: `evidence/${randomUUID()}`, key, logger: quiet });
  const limits = { segmentBytes, segmentAgeMs: null, queueRecords: 1_000_000 };
  const marks = memoryMarks();
  const writer = new LogWriter({ dir: log, clock: systemClock, logger: quiet, marks, tree, space: roomy, ...limits });
  return { writer, tree };
}

/** Calls: a decision and its outcome, as long as those of real ones. So many are written at once, into one segment. */
export async function writeCalls(
  writer: LogWriter,
  random: Random,
  count: number,
  from = 0,
  together = 250,
): Promise<void> {
  for (let done = 0; done < count; done += together) {
    const some = Array.from({ length: Math.min(together, count - done) }, (_, at) => from + done + at);
    await Promise.all(some.flatMap((n) => linesOf(n, random)).map((record) => written(writer, record)));
  }
}

function written(writer: LogWriter, { members, shared }: RecordText): Promise<void> {
  return new Promise((done, failed) =>
    writer.append(members, (error) => (error === null ? done() : failed(error)), shared),
  );
}

/** What follows from the answer, and what follows from the tool and its caller. */
const sharedOf = oncePer((of: object) => new SharedRecord(JSON.stringify(of)));
const answers = ["allow", "deny", "hold"].map((effect) => ({ result: { effect } }));
const tools = ["crm/find", "payments/refund"].map((tool) => ({ tool, input: { tool, claims: "c".repeat(200) } }));

/** Where the values of a decision belong. */
const names = new SharedRecord('{"own":{"timestamp":"time","input":{"text":"json"}}}', "names");
const outcomes = new OutcomeTexts();
const forwarded = outcome({ kind: "forwarded", status: 200, upstreamStatus: 200 });

function linesOf(n: number, random: Random): RecordText[] {
  const at = { now: 1_795_500_000_000 + n, monotonic: n };
  const shared = [...[random.pick(answers), random.pick(tools)].map(sharedOf), names];
  const own = JSON.stringify([at.now, "ä🙂x".repeat(20 + random.below(120))]);
  return [
    { members: `,"kind":"decision","decision_id":"d_${n}"${likeText(shared)},"own":${own}`, shared },
    outcomes.of({ decisionId: `d_${n}`, outcome: forwarded, at, duration: 1 }),
  ];
}
