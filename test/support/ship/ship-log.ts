import { hash } from "node:crypto";
import { type DecisionRecord, outcome } from "../../../gateway/domain/decision-record.ts";

import { type EvaluatedCall, newContext, type RequestContext } from "../../../gateway/domain/exchange.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { decisionLine, labelsText } from "../../../gateway/record/decision/decision-line.ts";
import { DecisionTexts } from "../../../gateway/record/decision/decision-text.ts";
import { OutcomeTexts } from "../../../gateway/record/decision/outcome-text.ts";
import type { RecordText, SharedRecord } from "../../../gateway/record/decision/shared-record.ts";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { decision, evaluated, facts, subject, toolCall } from "../builders.ts";

const options = {
  labels: labelsText("gw-1", "test"),
  maskPointers: ["/context/arguments/card"],
  arguments: { keep: "full", maxBytes: 65_536 },
} as const;
const who = subject({ id: "refund-bot" });

function contextOf(id: string, given: Partial<EvaluatedCall> = {}): RequestContext {
  const { call, facts, input } = evaluated({ subject: who, ...given });
  const request = { method: "POST", url: "/payments/v1/refunds", rawHeaders: [] };
  const found: object = { route: call.route, call, subject: who, facts, input };
  return { ...newContext({ decisionId: id, request, startedAt: 0 }), ...found };
}

/** Members of a real decision record, and of its outcome. */
export function callMembers(id: string, now: number, effect: "allow" | "deny" | "hold" = "allow"): string[] {
  const context = contextOf(id);
  const at = { now, monotonic: 1 };
  const ended = {
    kind: "outcome",
    decision_id: id,
    timestamp: new Date(now).toISOString(),
    outcome: "forwarded",
    status: 200,
  };
  return [
    decisionLine(context, decision({ effect }), at, options),
    `,${JSON.stringify({ ...ended, code: null, duration_ms: 12.5 }).slice(1, -1)}`,
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

const digestOf = (text: string): string => `sha256:${hash("sha256", text)}`;

/** Records as a gateway writes them, which refer to what records before them have alike. */
export class ReferringCalls {
  readonly #decisions = new DecisionTexts({ ...options, maskPointers: [] });
  readonly #outcomes = new OutcomeTexts();
  /** Calls are alike in them. */
  readonly #facts = facts();
  readonly #call = toolCall();

  /** A decision and its outcome, as the tool server answered. */
  of(decisionId: string, now: number, args: JsonObject = { order_id: 12 }): RecordText[] {
    const at = { now, monotonic: now % 1_000 };
    const forwarded = outcome({
      kind: "forwarded",
      status: 200,
      upstreamStatus: 200,
      responseBytes: now % 100,
      forwardedDigest: digestOf(`sent ${decisionId}`),
      responseDigest: digestOf(`answer ${decisionId}`),
    });
    const request = { ...this.#call.request, digest: digestOf(`judged ${decisionId}`) };
    const context = contextOf(decisionId, { call: { ...this.#call, arguments: args, request }, facts: this.#facts });
    return [
      this.#decisions.of(context, decision({ effect: "allow" }), at, 0),
      this.#outcomes.of({ decisionId, outcome: forwarded, at: { ...at, now: now + 2 }, duration: 2.5 }),
    ];
  }

  async write(writer: LogWriter, ids: readonly string[], now: number, args?: JsonObject): Promise<void> {
    for (const id of ids)
      for (const { members, shared } of this.of(id, now, args)) await appended(writer, members, shared);
  }
}

export function appended(writer: LogWriter, members: string, shared: readonly SharedRecord[] = []): Promise<void> {
  return new Promise((done, failed) =>
    writer.append(members, (error) => (error === null ? done() : failed(error)), shared),
  );
}

export function idsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `d_${first + at}`);
}
