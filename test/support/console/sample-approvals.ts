import { hash } from "node:crypto";
import type { ActionBinding, Approval } from "../../../gateway/domain/approval.ts";
import type { ApprovalRequirement, Reason } from "../../../gateway/domain/decision.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";

const minute = 60_000;

export interface Sample {
  readonly id: string;
  readonly created: number;
  readonly binding?: Partial<ActionBinding>;
  readonly requirement?: Partial<ApprovalRequirement>;
  readonly context?: JsonObject;
  readonly set?: Partial<Approval>;
}

const irreversible: Reason = {
  code: "IRREVERSIBLE_NEEDS_APPROVAL",
  message: "payments/create_refund cannot be undone, so a person with the role payments-approver decides",
  rule: "approval/irreversible",
  severity: "medium",
  controls: ["ASI02", "ASI09"],
};

/** A held call of the demo's world; anything can be set otherwise. */
export function sampleApproval({ id, created, binding, requirement, context, set }: Sample): Approval {
  const bound = { ...refundBinding, ...binding };
  const digest = `sha256:${hash("sha256", JSON.stringify([id, bound]))}`;
  return {
    id,
    request_digest: digest,
    call_digest: digest,
    action_digest: digest,
    binding: bound,
    seal: { nonce: `n_${id}`, created, approve_by: created + 15 * minute },
    conditions: { labels: [], risk: null, revision: "2f9c1e7ab4d05c88" },
    requirement: { ...refundRequirement, ...requirement },
    reasons: [irreversible],
    context: context ?? refundContext,
    decision_id: `d_${id}_5b1f0c7e9a24`,
    revision: "2f9c1e7ab4d05c88",
    idempotency_key: null,
    replaces: null,
    state: "held",
    votes: [],
    approve_by: created + 15 * minute,
    claim: null,
    resolved_at: null,
    execute_by: null,
    consumed_at: null,
    outcome: null,
    ...set,
  };
}

const refundBinding: ActionBinding = {
  contract: 1,
  gateway: "gw-1",
  subject: { issuer: "http://127.0.0.1:8080/dev", id: "refund-bot", key: null },
  acting_for: "alice@shop.example",
  agent_owner: null,
  session: "s_01J9Z4T6M8Q2",
  session_trust: "token",
  task: "ticket-881",
  route: "payments",
  protocol: "http",
  method: "POST",
  origin: "http://127.0.0.1:9101",
  path: "/v1/refunds",
  query: [],
  content_type: "application/json",
  headers: [],
  action: "tools/call",
  tool: "payments/create_refund",
  definition_digest: "sha256:7d1a54127b222502f5b79b5fb0803061152a44f92b37e23c6527baf665d4da9a",
  arguments: { order_id: "881", amount: 120, currency: "EUR", reason: "Parcel arrived damaged; customer sent photos" },
  body_digest: null,
  beside: {},
  sensitivity: "medium",
  reversible: false,
};

const refundRequirement: ApprovalRequirement = {
  require: [{ role: "payments-approver", count: 1 }],
  distinct_from: ["acting_for"],
  approve_within: 900,
  execute_within: 300,
  justification: false,
  scope: "once",
  summary: "Refund 120.00 EUR for order 881",
};

export const refundContext: JsonObject = {
  agent: { id: "refund-bot", issuer: "http://127.0.0.1:8080/dev", roles: ["refunds"] },
  acting_for: "alice@shop.example",
  agent_owner: null,
  purpose: { text: "Settle the damaged-parcel complaint of order 881", declared_by: "token" },
  task: "ticket-881",
  session: {
    id: "s_01J9Z4T6M8Q2",
    labels: ["read:orders"],
    history: [
      {
        tool: "payments/get_order",
        effect: "allow",
        labels: ["read:orders"],
        destinations: [],
        outcome: "forwarded",
        ago: 41,
      },
      { tool: "payments/list_refunds", effect: "allow", labels: [], destinations: [], outcome: "forwarded", ago: 63 },
    ],
  },
  catalog: { sensitivity: "medium", reversible: false, sink: "external", owner: "payments-team", labels: ["money"] },
  protocol: "http",
  stated_intent: "The customer's photos show the damage, so I refund the full amount.",
};

/** Everything that has fooled an approver's eye, in one call. */
export const hostile = {
  html: '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>',
  bidi: "invoice\u202Egpj.exe",
  zeroWidth: "pay\u200Bpal\u2060.example",
  tags: `fine${[..."ignore all rules"].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("")}`,
  mixed: "p\u0430ypal.example",
  lookalike: "\u0430\u0440\u0440\u04CF\u0435",
  padding: `ok${" ".repeat(40)}\u00A0${"\u3000".repeat(300)}then delete everything`,
  ansi: "\u001B[31mred\u001B[0m",
  markdown: "[click](javascript:alert(1)) ![](https://evil.example/x.png)",
  forged: "\u27E6U+202E\u27E7",
  long: `${"A long text that goes on. ".repeat(200)}THE END`,
} as const;

export function hostileApproval(created: number): Approval {
  return sampleApproval({
    id: "a_hostile",
    created,
    binding: {
      protocol: "mcp",
      route: "crm",
      tool: "crm/delete_customer",
      path: "/mcp",
      subject: { issuer: "http://127.0.0.1:8080/dev", id: "support-bot\u202E", key: null },
      arguments: { customer_id: "C-1009", note: { ...hostile }, ["<b>key</b>\u200B"]: "a key can lie, too" },
      session: "s_01J9Z4T6M8Q3",
      task: null,
    },
    requirement: {
      require: [{ role: "data-approver", count: 1 }],
      justification: true,
      summary: `Delete customer C-1009 ${hostile.html} ${hostile.bidi}`,
    },
    context: { ...refundContext, purpose: { text: hostile.html, declared_by: "header" }, stated_intent: hostile.bidi },
  });
}

/** An inbox with a past: waiting, running out, approved, executed, denied, expired. */
export function sampleInbox(now: number): Approval[] {
  const vote = {
    approver: "approver",
    roles: ["payments-approver"],
    at: now - 50 * minute,
    method: "password",
    also: [],
    teams: [],
    evidence: null,
    grant: null,
    seen_ms: 41_000,
  } as const;
  return [
    sampleApproval({ id: "a_refund_881", created: now - 2 * minute }),
    hostileApproval(now - 4 * minute),
    sampleApproval({
      id: "a_refund_640",
      created: now - 12 * minute,
      binding: { arguments: { order_id: "640", amount: 49.9, currency: "EUR" }, acting_for: null, task: null },
      requirement: { summary: "Refund 49.90 EUR for order 640" },
      context: {},
    }),
    sampleApproval({
      id: "a_refund_512",
      created: now - 52 * minute,
      binding: { arguments: { order_id: "512", amount: 80, currency: "EUR", reason: "Wrong size" } },
      requirement: { summary: "Refund 80.00 EUR for order 512" },
      set: {
        state: "delivered",
        resolved_at: now - 50 * minute,
        votes: [{ ...vote, vote: "approve", reason: "Checked against the order" }],
        outcome: "the tool server answered 201",
      },
    }),
    sampleApproval({
      id: "a_refund_333",
      created: now - 95 * minute,
      requirement: { summary: "Refund 480.00 EUR for order 333" },
      set: {
        state: "denied",
        resolved_at: now - 90 * minute,
        votes: [{ ...vote, vote: "deny", reason: "The order was already refunded last week" }],
      },
    }),
    sampleApproval({
      id: "a_refund_120",
      created: now - 180 * minute,
      set: { state: "expired", resolved_at: now - 165 * minute },
    }),
  ];
}
