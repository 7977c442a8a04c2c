import type { DecisionRecord } from "../../../gateway/domain/decision-record.ts";
import { newContext } from "../../../gateway/domain/exchange.ts";
import { decisionLine, labelsText } from "../../../gateway/record/decision/decision-line.ts";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { decision, evaluated, subject } from "../builders.ts";

const options = {
  labels: labelsText("gw-1", "test"),
  maskPointers: ["/context/arguments/card"],
  arguments: { keep: "full", maxBytes: 65_536 },
} as const;

/** Members of a real decision record, and of its outcome. */
export function callMembers(id: string, now: number, effect: "allow" | "deny" | "hold" = "allow"): string[] {
  const { call, facts, input } = evaluated({ subject: subject({ id: "refund-bot" }) });
  const request = { method: "POST", url: "/payments/v1/refunds", rawHeaders: [] };
  const found: object = { route: call.route, call, subject: subject({ id: "refund-bot" }), facts, input };
  const context = { ...newContext({ decisionId: id, request, startedAt: 0 }), ...found };
  const at = { now, monotonic: 1 };
  const outcome = {
    kind: "outcome",
    decision_id: id,
    timestamp: new Date(now).toISOString(),
    outcome: "forwarded",
    status: 200,
  };
  return [
    decisionLine(context, decision({ effect }), at, options),
    `,${JSON.stringify({ ...outcome, code: null, duration_ms: 12.5 }).slice(1, -1)}`,
  ];
}

export function decisionRecord(effect: "allow" | "deny" | "hold" = "allow"): DecisionRecord {
  const [members = ""] = callMembers("d_1", Date.UTC(2026, 10, 29), effect);
  return JSON.parse(`{"seq":7${members}}`) as DecisionRecord;
}

/** What is written together is in one segment. */
const TOGETHER = 5;

/** Writes calls with these ids, each a decision and its outcome. */
export async function writeCalls(writer: LogWriter, ids: readonly string[], now = Date.now()): Promise<void> {
  for (let from = 0; from < ids.length; from += TOGETHER) {
    const all = ids.slice(from, from + TOGETHER).flatMap((id) => callMembers(id, now));
    await Promise.all(all.map((members) => appended(writer, members)));
  }
}

export function appended(writer: LogWriter, members: string): Promise<void> {
  return new Promise((done, failed) => writer.append(members, (error) => (error === null ? done() : failed(error))));
}

export function idsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `d_${first + at}`);
}
