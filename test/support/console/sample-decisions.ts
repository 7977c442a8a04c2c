import type { Reason } from "../../../gateway/domain/decision.ts";
import type { DecisionRecord, OutcomeKind, OutcomeRecord } from "../../../gateway/domain/decision-record.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { DecisionSearch } from "../../../gateway/domain/ports.ts";
import { decisionIndex } from "../../../gateway/store/decision-index.ts";
import { sampleTask } from "./console-tasks.ts";
import { hostile } from "./sample-approvals.ts";

interface Kind {
  readonly effect: "allow" | "deny" | "hold";
  readonly tool: string;
  readonly subject: string;
  readonly reason?: Reason;
  readonly outcome: OutcomeKind;
  readonly status: number;
}

const reason = (code: string, message: string, rule: string): Reason => ({
  code,
  message,
  rule,
  severity: "high",
  controls: ["ASI02"],
});

const kinds: readonly Kind[] = [
  { effect: "allow", tool: "payments/get_order", subject: "refund-bot", outcome: "forwarded", status: 200 },
  {
    effect: "deny",
    tool: "crm/run_report",
    subject: "support-bot",
    outcome: "refused",
    status: 403,
    reason: reason("NO_ENTITLEMENT", "no role of support-bot may use crm/run_report", "access/entitlement"),
  },
  { effect: "allow", tool: "crm/read_customer", subject: "support-bot", outcome: "forwarded", status: 200 },
  {
    effect: "deny",
    tool: "crm/post_update",
    subject: "support-bot",
    outcome: "refused",
    status: 403,
    reason: reason(
      "EXFILTRATION_CHAIN",
      "private data was read in this session, so nothing goes to an external sink",
      "chain/exfiltration",
    ),
  },
  {
    effect: "hold",
    tool: "payments/create_refund",
    subject: "refund-bot",
    outcome: "held",
    status: 202,
    reason: reason(
      "IRREVERSIBLE_NEEDS_APPROVAL",
      "payments/create_refund cannot be undone, so a person decides",
      "approval/irreversible",
    ),
  },
  {
    effect: "deny",
    tool: "payments/create_refund",
    subject: "refund-bot",
    outcome: "refused",
    status: 403,
    reason: reason("ARGUMENT_LIMIT", "amount 900 is above the ceiling of 500", "limits/arguments"),
  },
  {
    effect: "deny",
    tool: "payments/rotate_keys",
    subject: `refund-bot${hostile.bidi}`,
    outcome: "refused",
    status: 403,
    reason: reason("PROOF_REQUIRED", `high sensitivity needs a bound key ${hostile.html}`, "proof/sensitivity"),
  },
];

export interface SampleDecisions extends DecisionSearch {
  /** So many more, all of this moment. */
  add(count: number, now: number): Promise<void>;
}

/** `count` decisions, the newest now, in an index of their own. */
export function memoryDecisions(now: number, count: number): SampleDecisions {
  const index = decisionIndex(":memory:");
  let [made, filled] = [0, Promise.resolve()];
  const add = (more: number, at: (back: number) => number): Promise<void> => {
    const lines = Array.from({ length: more }, (_, back) => {
      const { decision, outcome } = record(kinds[back % kinds.length] as Kind, made + more - back, at(back));
      return [decision, outcome] as unknown as JsonObject[];
    }).flat();
    made += more;
    filled = filled.then(() => index.add("one", { bytes: made, file: "f" }, lines));
    return filled;
  };
  void add(count, (back) => now - back * 37_000);
  return {
    add: (more, moment) => add(more, () => moment),
    search: (query) => filled.then(() => index.search(query)),
    records: (query) => filled.then(() => index.records(query)),
    count: (query, by) => filled.then(() => index.count(query, by)),
    get: (id) => filled.then(() => index.get(id)),
  };
}

function record(kind: Kind, seq: number, at: number): { decision: DecisionRecord; outcome: OutcomeRecord } {
  const decision_id = `d_${seq.toString(36).padStart(6, "0")}k3v9q2m7x1c8`;
  const shared = { decision_id, timestamp: new Date(at).toISOString(), monotonic_ms: seq * 37_000 };
  const [server] = kind.tool.split("/");
  const decision: DecisionRecord = {
    ...shared,
    kind: "decision",
    seq: seq * 2,
    labels: { instance: "gw-1", environment: "demo" },
    trace_id: null,
    path: "sallyport/main/decision",
    bundles: { sallyport: { revision: "2f9c1e7ab4d05c88", digest: "sha256:9b74c9897bac770ffc029102a200c5de" } },
    phase: "call",
    protocol: server === "crm" ? "mcp" : "http",
    route: server ?? null,
    method: "POST",
    request_path: server === "crm" ? "/mcp" : "/v1/refunds",
    subject: kind.subject,
    acting_for: "alice@shop.example",
    session: "s_01J9Z4T6M8Q2",
    task: kind.subject === "refund-bot" ? sampleTask : null,
    action: "tools/call",
    tool: kind.tool,
    input_digest: "sha256:1f",
    input: {
      contract: 1,
      phase: "call",
      subject: { id: kind.subject, properties: { issuer: "https://idp.example" } },
      context: { arguments: { order_id: "881", note: hostile.html } },
    },
    erased: [],
    masked: ["/context/arguments/card"],
    result: {
      effect: kind.effect,
      reasons: kind.reason === undefined ? [] : [kind.reason],
      obligations: [],
      doubt: null,
      detail: null,
    },
    rules: [kind.reason?.rule ?? "access/entitlement"],
    judged_digest: "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    // As of a real hold: the question is put after the decision, and its outcome names it.
    approval_id: null,
    metrics: { fuel: 41_210, evaluation_us: 118 },
  };
  const outcome: OutcomeRecord = {
    ...shared,
    kind: "outcome",
    seq: seq * 2 + 1,
    outcome: kind.outcome,
    status: kind.status,
    code: kind.effect === "deny" ? "policy_denied" : null,
    upstream_status: kind.effect === "allow" ? 200 : null,
    forwarded_digest: null,
    response_digest: null,
    response_bytes: 348,
    approval_id: kind.effect === "hold" ? "a_refund_881" : null,
    obligations: [],
    duration_ms: 3.4,
  };
  return { decision, outcome };
}
