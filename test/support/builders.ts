/** Builders of domain values for unit tests: whole and valid, changed where a test says so. */
import { type ActionBinding, noApproval } from "../../gateway/domain/approval.ts";
import { actionBinding } from "../../gateway/domain/binding.ts";
import type { ApprovalRequirement, Decision } from "../../gateway/domain/decision.ts";
import type { CatalogFact, Facts } from "../../gateway/domain/facts.ts";
import { Refusal } from "../../gateway/domain/errors.ts";
import { noProvenance } from "../../gateway/domain/provenance.ts";
import { noRisk } from "../../gateway/domain/risk.ts";
import { noDetections } from "../../gateway/domain/detections.ts";
import type { EvaluatedCall } from "../../gateway/domain/exchange.ts";
import { callInput } from "../../gateway/domain/policy-input.ts";
import type {
  ActivePolicy,
  Clock,
  Ids,
  LeaseLedger,
  ProvenanceLedger,
  RiskLedger,
  TaskTexts,
} from "../../gateway/domain/ports.ts";
import { digested, type ToolCall } from "../../gateway/domain/tool-call.ts";
import type { Route } from "../../gateway/domain/route.ts";
import type { Subject } from "../../gateway/domain/subject.ts";

/** A clock that stands still until it is told to move. */
export class TestClock implements Clock {
  at = Date.UTC(2026, 10, 24, 12);
  #leapt = 0;
  now(): number {
    return this.at + this.#leapt;
  }
  monotonic(): number {
    return this.at;
  }
  advance(milliseconds: number): void {
    this.at += milliseconds;
  }
  /** Sets the wall clock forward or back; the monotonic one goes on. */
  leap(milliseconds: number): void {
    this.#leapt += milliseconds;
  }
}

export function testIds(): Ids {
  let count = 0;
  return { make: (prefix) => `${prefix}_${String(++count).padStart(22, "0")}` };
}

export function route(changes: Partial<Route> = {}): Route {
  return {
    id: "payments",
    host: "*",
    prefix: "/payments",
    upstreamPrefix: "/",
    protocol: "http",
    server: "payments",
    upstream: {
      origin: "http://127.0.0.1:1",
      addresses: new Set(["loopback" as const]),
      // A test that needs one of them to run out sets it.
      connectTimeoutMs: 60_000,
      headersTimeoutMs: 60_000,
      bodyTimeoutMs: 60_000,
      maxResponseBytes: 1024 * 1024,
      connections: 4,
      answerHeaders: new Set(),
      requestHeaders: new Set<string>(),
    },
    methods: new Set(["GET", "POST"]),
    audience: "https://gateway.example/payments",
    issuers: ["https://idp.example"],
    body: {
      policy: "read",
      maxBytes: 1024 * 1024,
      accept: ["application/json"],
      limits: { maxDepth: 64, maxKeysPerObject: 1_000, maxKeys: 10_000, maxStringBytes: 1024 * 1024 },
    },
    openapi: null,
    scopes: [],
    origins: [],
    hold: {
      status: 202,
      maxWaitMs: 10_000,
      silentWaitMs: 1_000,
      clientTimeoutMs: 60_000,
      progressResetsTimeout: false,
      approvalPage: false,
      keepResultMs: 600_000,
      progressEveryMs: 100,
      tasks: true,
      boundHeaders: new Set<string>(),
      onCancel: "detach",
    },
    results: { policy: "read", maxBytes: 256 * 1024, oversize: "block", streams: "buffer" },
    session: { header: "sallyport-session", meta: "dev.sallyport/session" },
    durability: "strict",
    ...changes,
  };
}

export function subject(changes: Partial<Subject> = {}): Subject {
  return {
    type: "agent",
    id: "refund-bot",
    issuer: "https://idp.example",
    clientId: "refund-bot",
    roles: ["refunds"],
    scopes: [],
    claims: {},
    claimsOmitted: [],
    proof: { method: "none", key: null },
    actingFor: null,
    owner: null,
    actorChain: [],
    session: "s1",
    purpose: { text: "refund order 881", truncated: false },
    taskText: null,
    task: null,
    expiresAt: 4_000_000_000,
    token: null,
    ...changes,
  };
}

export function toolCall(changes: Partial<ToolCall> = {}): ToolCall {
  const body = Buffer.from(JSON.stringify(changes.arguments ?? { amount: 120, order_id: "881" }));
  return {
    route: route(),
    request: {
      ...digested("POST", "/v1/refunds", "application/json", body),
      origin: "http://127.0.0.1:1",
      path: "/v1/refunds",
      segments: ["v1", "refunds"],
      query: [],
      host: "gateway.example",
      document: { host: "gateway.example", path: "/v1/refunds", segments: ["v1", "refunds"], query: [], headers: {} },
      headers: [["accept", "application/json"]],
      body,
    },
    action: "tools/call",
    resourceType: "tool",
    name: "create_refund",
    arguments: { amount: 120, order_id: "881" },
    argumentsRead: null,
    argumentsOmitted: false,
    beside: {},
    declaredIntent: null,
    declaredSession: null,
    declaredTrace: null,
    preferWait: null,
    idempotencyKey: null,
    definition: null,
    mcp: null,
    ...changes,
  };
}

export function catalogFact(changes: Partial<CatalogFact> = {}): CatalogFact {
  return {
    known: true,
    sensitivity: "medium",
    reversible: false,
    sink: "internal",
    external_if: [],
    mutates: true,
    destination: [],
    target: [],
    returns: null,
    confirms: [],
    remarks: [],
    asked_by: [],
    owner: "payments",
    definition: null,
    labels: [],
    price: {},
    facts: {},
    ...changes,
  };
}

/** Of a policy that reads no provenance. */
export const noLedger: ProvenanceLedger = {
  load: () => null,
  sent: () => Promise.resolve(),
  notSent: () => Promise.resolve(),
  trace: () => Promise.resolve(noProvenance),
  learn: () => Promise.resolve([]),
};

/** There is no task. */
export const noLeases: LeaseLedger = {
  of: () => {
    throw new Refusal("task_foreign");
  },
  fact: () => {
    throw new Refusal("task_foreign");
  },
  take: () => null,
};

/** Of a policy that reads no risk. */
export const noRiskLedger: RiskLedger = { refresh: () => null, fact: () => noRisk, observe: () => {} };

/** Nobody has added anything. */
export const noTaskTexts: Pick<TaskTexts, "of"> = { of: () => [] };

export function activePolicy(changes: Partial<ActivePolicy> = {}): ActivePolicy {
  return {
    revision: "r1",
    digest: "sha256:0",
    activatedAt: 0,
    rules: [],
    catalog: () => catalogFact(),
    judgesResult: () => false,
    exporting: () => [],
    site: { inside: [], hostsOptIn: false, people: {} },
    readsProvenance: false,
    readsHistory: false,
    risk: null,
    logRules: null,
    evaluate: () => ({ results: [], fuel: 0 }),
    ask: () => ({ text: "set()" }),
    noteFault: () => {},
    notePrinted: () => {},
    ...changes,
  };
}

const unpinned = { name: null, digest: null, pinned: false, changed: false, pins: "first_use" } as const;

export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    policy: activePolicy(),
    time: { ns: "1790000000000000000", weekday: "Tuesday", hour: 12, zone: "UTC" },
    session: { id: "s1", trust: "token", calls: 0, labels: [], history: [] },
    task: null,
    catalog: catalogFact(),
    definition: {
      kind: "tool",
      ...unpinned,
      accepted: false,
      declared: { readOnlyHint: null, destructiveHint: null },
    },
    intent: { purpose: "refund order 881", declared_by: "token", truncated: false },
    approval: noApproval,
    drift: null,
    repeats: null,
    urls: [],
    // Somebody has looked, and found nothing.
    provenance: { ...noProvenance, isRead: true, isBeforeRead: true },
    detected: noDetections,
    risk: noRisk,
    gateway: { instance: "gw-1", environment: "test" },
    ...changes,
  };
}

export const requirement: ApprovalRequirement = {
  require: [{ role: "payments-approver", count: 1 }],
  distinct_from: ["acting_for"],
  approve_within: 900,
  execute_within: 300,
  justification: false,
  scope: "once",
  summary: "Refund 120 for order 881",
};

export function decision(changes: Partial<Decision> = {}): Decision {
  return {
    effect: "allow",
    reasons: [],
    obligations: [],
    approval: null,
    risk: null,
    indeterminate: null,
    detail: null,
    fuel: 10,
    evaluationUs: 5,
    ...changes,
  };
}

export function evaluated(changes: Partial<EvaluatedCall> = {}): EvaluatedCall {
  const call = changes.call ?? toolCall();
  const who = changes.subject ?? subject();
  const known = changes.facts ?? facts();
  return {
    decisionId: "d_1",
    call,
    subject: who,
    facts: known,
    input: callInput(call, who, known),
    decision: decision(),
    ...changes,
  };
}

export function binding(call: ToolCall = toolCall(), who: Subject = subject()): ActionBinding {
  return actionBinding(call, who, { ...facts(), environment: "test" });
}
