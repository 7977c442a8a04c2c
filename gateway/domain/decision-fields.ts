import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

/** What decisions are searched by and counted by, each a member of the decision's record or of its outcome's. */
export const decisionFields = [
  ...(["effect", "tool", "subject", "person", "session", "task", "code", "rule", "route", "protocol"] as const),
  ...(["action", "method", "outcome", "status", "approval", "revision", "trace", "instance"] as const),
];

export type DecisionField = (typeof decisionFields)[number];

/** Of the field `status`. */
export const statusForm = /^[1-9]\d\d$/;

/** Of `next`, which leads to the next page of a search: the number of the last record before it. */
export const cursorForm = /^\d{1,16}$/;

/** `day`: in UTC. */
export const countFields = [...decisionFields, "day"] as const;

export type CountField = (typeof countFields)[number];

/** Fields of which a decision may have several values: in `fieldsOf` they are sorted, with a space between two. */
export const listFields: ReadonlySet<DecisionField> = new Set(["code", "rule"]);

/** Null where the records do not say. `person`: whom the caller acts for. */
export function fieldsOf(decision: JsonObject, outcome: JsonObject | null): Record<DecisionField, string | null> {
  const result = objectAt(decision, "result");
  const reasons = Array.isArray(result["reasons"]) ? result["reasons"].filter(isJsonObject) : [];
  const rules = Array.isArray(decision["rules"]) ? decision["rules"] : [];
  const status = outcome?.["status"];
  return {
    effect: text(result["effect"]),
    tool: text(decision["tool"]),
    subject: text(decision["subject"]),
    person: text(decision["acting_for"]),
    session: text(decision["session"]),
    task: text(decision["task"]),
    code: listText(reasons.map(({ code }) => code)),
    rule: listText([...rules, ...reasons.map(({ rule }) => rule)]),
    route: text(decision["route"]),
    protocol: text(decision["protocol"]),
    action: text(decision["action"]),
    method: text(decision["method"]),
    outcome: text(outcome?.["outcome"]),
    status: typeof status === "number" ? String(status) : null,
    approval: text(outcome?.["approval_id"]) ?? text(decision["approval_id"]),
    revision: text(objectAt(objectAt(decision, "bundles"), "sallyport")["revision"]),
    trace: text(decision["trace_id"]),
    instance: text(objectAt(decision, "labels")["instance"]),
  };
}

function objectAt(from: JsonObject, name: string): JsonObject {
  const value = from[name];
  return isJsonObject(value) ? value : {};
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function listText(values: readonly (JsonValue | undefined)[]): string | null {
  const texts = values.filter((value) => typeof value === "string" && value !== "");
  return texts.length === 0 ? null : [...new Set(texts)].toSorted().join(" ");
}
