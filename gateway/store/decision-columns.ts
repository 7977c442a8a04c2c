import { decisionFields, fieldsOf } from "../domain/decision-fields.ts";
import type { DecisionRow, RecordsOfDecision } from "../domain/ports.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { parseJson } from "../lib/parse-json.ts";
import type { Row } from "./decision-pages.ts";

/** What the columns of a decision hold, in their order. */
export function decisionValues(line: JsonObject) {
  const fields = fieldsOf(line, null);
  return [
    ...[text(line["decision_id"]), Number(line["seq"]), text(line["timestamp"]), JSON.stringify(line)],
    ...decisionFields.map((field) => fields[field]),
  ];
}

/** The same of its outcome, with the id of the decision behind. */
export function outcomeValues(line: JsonObject) {
  const { outcome, status, approval } = fieldsOf({}, line);
  return [JSON.stringify(line), outcome, status, approval, text(line["decision_id"])];
}

export function recordsIn({ line, outcome_line: outcome }: Row): RecordsOfDecision {
  return { decision: parse(line), outcome: outcome === null ? null : parse(outcome) };
}

export function decisionRow({ decision, outcome }: RecordsOfDecision): DecisionRow {
  const { effect, action, tool, subject, session, protocol, revision, outcome: ended } = fieldsOf(decision, outcome);
  const reasons = reasonsOf(decision["result"] as JsonObject);
  return {
    decision_id: text(decision["decision_id"]),
    seq: Number(decision["seq"]),
    timestamp: text(decision["timestamp"]),
    effect: effect ?? "",
    action,
    tool,
    subject,
    session,
    protocol,
    codes: reasons.map((reason) => text(reason["code"])),
    message: optional(reasons[0]?.["message"]),
    revision,
    outcome: ended,
    status: outcome === null ? null : (outcome["status"] as number | null),
    duration_ms: outcome === null ? null : Number(outcome["duration_ms"]),
  };
}

function reasonsOf({ reasons }: JsonObject): JsonObject[] {
  return Array.isArray(reasons) ? reasons.filter(isJsonObject) : [];
}

function parse(value: unknown): JsonObject {
  return parseJson(String(value)) as JsonObject;
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function optional(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
