import type { ShipSender } from "../../domain/shipping.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";

const types: Readonly<Record<string, readonly string[]>> = {
  allow: ["access", "allowed"],
  deny: ["access", "denied"],
  hold: ["access"],
};
/** `event.outcome` of a decision says whether the call may go on; of an outcome, whether it did. */
const outcomes: Readonly<Record<string, string>> = {
  allow: "success",
  deny: "failure",
  forwarded: "success",
  replayed: "success",
  answered: "success",
  refused: "failure",
  failed: "failure",
  withheld: "failure",
  aborted: "failure",
};

/**
 * A record in the fields of the Elastic Common Schema 8.17; all of it stands in `event.original`. The table is in docs/shipping.md. Only
 * decisions and outcomes have more than the event itself.
 */
export function ecsEvent(record: JsonObject, { version, instance, environment }: ShipSender): object {
  const { kind, seq, timestamp, decision_id: id, result, duration_ms: took } = record;
  const { effect } = (kind === "decision" ? (result ?? {}) : {}) as { readonly effect?: string };
  const word = effect ?? textIn(record["outcome"]);
  return {
    "@timestamp": timestamp,
    ecs: { version: "8.17.0" },
    event: {
      kind: "event",
      category: ["api"],
      type: types[effect ?? ""] ?? ["info"],
      module: "sallyport",
      provider: "sallyport",
      dataset: `sallyport.${String(kind)}`,
      sequence: seq,
      ...(typeof id === "string" && { id: `${id}/${String(kind)}` }),
      ...(word !== undefined && { action: word, outcome: outcomes[word] ?? "unknown" }),
      ...(typeof took === "number" && { duration: Math.round(took * 1e6) }),
      original: JSON.stringify(record),
    },
    service: { name: "sallyport", type: "sallyport", version, environment, node: { name: instance } },
    ...(typeof id === "string" && { transaction: { id } }),
    ...nested("trace", "id", record["trace_id"]),
    ...nested("user", "id", record["subject"]),
    ...nested("error", "code", record["code"]),
    ...(kind === "decision" && decided(record)),
    ...(kind === "outcome" && ended(record)),
  };
}

/** What ECS has no field for is under `sallyport`. */
function decided(record: JsonObject): object {
  const { rules, route, tool, acting_for: actingFor, session, approval_id: approval, input_digest: input } = record;
  return {
    ...(Array.isArray(rules) && rules.length > 0 && { rule: { id: rules } }),
    http: { request: { method: record["method"] } },
    url: { path: record["request_path"] },
    sallyport: { route, tool, acting_for: actingFor, session, approval_id: approval, input_digest: input },
  };
}

function ended({ status, upstream_status: upstream, approval_id: approval }: JsonObject): object {
  return {
    ...(typeof status === "number" && { http: { response: { status_code: status } } }),
    sallyport: { upstream_status: upstream, approval_id: approval },
  };
}

const textIn = (value: JsonValue | undefined): string | undefined => (typeof value === "string" ? value : undefined);

const nested = (outer: string, inner: string, value: JsonValue | undefined): object =>
  typeof value === "string" ? { [outer]: { [inner]: value } } : {};
