import type { JsonObject, JsonValue } from "../../lib/json.ts";
import type { ShipSender } from "../../domain/shipping.ts";

const API_ACTIVITY = 6003;
/** `activity_id` of API Activity. */
const activities: Readonly<Record<string, number>> = { POST: 1, GET: 2, HEAD: 2, PUT: 3, PATCH: 3, DELETE: 4 };
const OTHER = 99;

/** `action_id` and `disposition_id` of the profile security_control, `severity_id` and `status_id` of the base event. */
const effects: Readonly<Record<string, object>> = {
  allow: { action_id: 1, disposition_id: 1, disposition: "Allowed", severity_id: 1, status_id: 1, status: "Success" },
  deny: { action_id: 2, disposition_id: 2, disposition: "Blocked", severity_id: 3, status_id: 2, status: "Failure" },
  hold: {
    action_id: OTHER,
    action: "Held",
    disposition_id: OTHER,
    disposition: "Held",
    severity_id: 2,
    status_id: OTHER,
    status: "Held",
  },
};
const unknownEffect = { action_id: 0, disposition_id: 0, severity_id: 0, status_id: 0 };

/**
 * A decision as API Activity of OCSF 1.3 (class 6003, profile security_control). The table is in docs/shipping.md. Other records have no
 * caller, which the class requires: they are left out.
 */
export function ocsfEvent(record: JsonObject, { version, instance }: ShipSender): object | null {
  if (record["kind"] !== "decision") return null;
  const { result, rules, labels } = record;
  const { effect = "", reasons } = (result ?? {}) as { readonly effect?: string; readonly reasons?: JsonValue };
  const activity = record["protocol"] === "http" ? (activities[String(record["method"])] ?? OTHER) : OTHER;
  return {
    category_uid: 6,
    class_uid: API_ACTIVITY,
    type_uid: API_ACTIVITY * 100 + activity,
    activity_id: activity,
    ...given("activity_name", activity === OTHER ? record["action"] : undefined),
    time: Date.parse(String(record["timestamp"])),
    ...(effects[effect] ?? unknownEffect),
    metadata: {
      version: "1.3.0",
      product: { name: "Sallyport", vendor_name: "Sallyport", version },
      profiles: ["security_control"],
      uid: record["decision_id"],
      sequence: record["seq"],
      log_name: "decision log",
      ...given("correlation_uid", record["approval_id"]),
    },
    actor: actorOf(record),
    src_endpoint: { svc_name: textOr(record["subject"], "unknown") },
    api: {
      operation: textOr(record["tool"] ?? record["request_path"], "unknown"),
      service: { name: textOr(record["route"], "unknown"), labels: [`instance:${instance}`] },
      request: { uid: record["decision_id"] },
    },
    http_request: { http_method: record["method"], url: { path: record["request_path"] } },
    policy: { name: "sallyport", ...given("version", revisionOf(record["bundles"])), ...ruleOf(rules) },
    unmapped: { rules, reasons, labels, input_digest: record["input_digest"], acting_for: record["acting_for"] },
  };
}

function actorOf(record: JsonObject): object {
  return {
    user: { uid: textOr(record["subject"], "unknown"), type: "Service", type_id: 4 },
    ...(typeof record["session"] === "string" && { session: { uid: record["session"] } }),
  };
}

function revisionOf(bundles: JsonValue | undefined): JsonValue | undefined {
  const { sallyport } = (bundles ?? {}) as { readonly sallyport?: { readonly revision?: string } };
  return sallyport?.revision;
}

/** The rule that decided: the first of those that did. */
function ruleOf(rules: JsonValue | undefined): object {
  return Array.isArray(rules) && typeof rules[0] === "string" ? { uid: rules[0] } : {};
}

function given(name: string, value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return value === undefined || value === null ? {} : { [name]: value };
}

const textOr = (value: JsonValue | undefined, otherwise: string): string =>
  typeof value === "string" && value !== "" ? value : otherwise;
