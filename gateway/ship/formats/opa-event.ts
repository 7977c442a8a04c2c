import type { DecisionRecord } from "../../domain/decision-record.ts";
import type { ShipSender } from "../../domain/shipping.ts";

/** What OPA writes of its evaluation, in nanoseconds, and ours. */
interface EventMetrics {
  readonly timer_rego_query_eval_ns?: number;
  readonly fuel?: number;
}

/**
 * A decision as an event of OPA's decision log (`EventV1` in v1/plugins/logs/plugin.go of OPA 1.22). What OPA leaves out when it is
 * empty is left out. `requested_by` is the caller who was identified, where OPA has an address; `req_id` is the record's number.
 * Members that OPA has no name for are ours. What a line of another version or of somebody else lacks is left out.
 */
export function opaEvent(record: Partial<DecisionRecord>, sender: ShipSender): object {
  const { kind, seq, labels, decision_id, trace_id = null, bundles = {}, path, input, result, ...rest } = record;
  const { erased = [], masked = [], timestamp, metrics, subject = null, ...ours } = rest;
  return {
    labels: { id: labels?.instance ?? sender.instance, version: sender.version, ...sender.labels, ...labels },
    decision_id,
    ...(trace_id !== null && { trace_id }),
    ...(Object.keys(bundles).length > 0 && { bundles }),
    path,
    input,
    result,
    ...(erased.length > 0 && { erased }),
    ...(masked.length > 0 && { masked }),
    ...(subject !== null && { requested_by: subject }),
    timestamp,
    metrics: metricsOf(metrics),
    req_id: seq,
    kind,
    subject,
    ...ours,
  };
}

function metricsOf({ fuel = null, evaluation_us: took = null }: Partial<DecisionRecord["metrics"]> = {}): EventMetrics {
  return {
    ...(took !== null && { timer_rego_query_eval_ns: Math.round(took * 1_000) }),
    ...(fuel !== null && { fuel }),
  };
}
