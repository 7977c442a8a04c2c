import type { ShipSender } from "../../domain/shipping.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

/** Members of a record that become attributes, by their names; the body has all of it. No argument of a call is among them. */
const attributes: Readonly<Record<string, string>> = {
  decision_id: "sallyport.decision_id",
  approval_id: "sallyport.approval_id",
  route: "sallyport.route",
  tool: "gen_ai.tool.name",
  subject: "enduser.id",
  outcome: "sallyport.outcome",
  code: "error.type",
};

/** `ExportLogsServiceRequest` (OTLP 1.7) in its JSON encoding: ids are hex, 64-bit numbers are text. */
export function otlpLogs(records: readonly JsonObject[], sender: ShipSender, now: number): object {
  const resource = [
    text("service.name", "sallyport"),
    text("service.version", sender.version),
    text("service.instance.id", sender.instance),
    text("deployment.environment.name", sender.environment),
  ];
  const scope = { name: "sallyport.decision_log", version: sender.version };
  const logRecords = records.map((record) => logRecord(record, now));
  return { resourceLogs: [{ resource: { attributes: resource }, scopeLogs: [{ scope, logRecords }] }] };
}

function logRecord(record: JsonObject, now: number): object {
  const { kind, timestamp, trace_id: traceId, result } = record;
  const { effect } = (result ?? {}) as { readonly effect?: JsonValue };
  const level = effect === "deny" || record["outcome"] === "failed" ? warning : kind === "interruption" ? error : info;
  const given = Object.entries(attributes).flatMap(([member, key]) => attribute(key, record[member]));
  return {
    timeUnixNano: nanoseconds(Date.parse(String(timestamp))),
    observedTimeUnixNano: nanoseconds(now),
    eventName: `sallyport.${String(kind)}`,
    ...level,
    ...(typeof traceId === "string" && { traceId }),
    attributes: [
      { key: "sallyport.seq", value: { intValue: String(record["seq"]) } },
      ...attribute("sallyport.effect", effect),
      ...given,
    ],
    body: { stringValue: JSON.stringify(record) },
  };
}

/** `SeverityNumber` of the logs data model. */
const info = { severityNumber: 9, severityText: "INFO" };
const warning = { severityNumber: 13, severityText: "WARN" };
const error = { severityNumber: 17, severityText: "ERROR" };

const text = (key: string, value: string): Attribute => ({ key, value: { stringValue: value } });

const attribute = (key: string, value: JsonValue | undefined): Attribute[] =>
  typeof value === "string" ? [text(key, value)] : [];

const nanoseconds = (ms: number): string => (Number.isNaN(ms) ? "0" : `${Math.round(ms)}000000`);
