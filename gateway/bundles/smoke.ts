import type { JsonObject } from "../lib/json.ts";
import type { Phase } from "../domain/policy-input.ts";

/** A complete document of the policy contract in which nothing is known: whatever the policy, it must answer this in the right shape. */
export function smokeInput(phase: Phase): JsonObject {
  return { contract: 1, phase, subject: SUBJECT, action: ACTION, resource: RESOURCE, context: CONTEXT };
}

const SUBJECT: JsonObject = {
  type: "agent",
  id: "self-test",
  properties: {
    issuer: "self-test",
    client_id: null,
    roles: [],
    scopes: [],
    claims: {},
    proof: { method: "none", key: null },
    acting_for: null,
    actor_chain: [],
  },
};

const ACTION: JsonObject = {
  name: "tools/call",
  properties: { protocol: "http", protocol_version: "1.1", method: "POST" },
};

const RESOURCE: JsonObject = {
  type: "tool",
  id: "self-test/none",
  properties: {
    server: "self-test",
    tool: "none",
    request: { host: "self-test", path: "/", segments: [], query: [] },
    catalog: { known: false, sensitivity: null, reversible: null, sink: null, owner: null, labels: [] },
    declared: { readOnlyHint: null, destructiveHint: null },
    definition: { digest: null, pinned: false, changed: false },
  },
};

const CONTEXT: JsonObject = {
  arguments: {},
  arguments_omitted: false,
  urls: [],
  provenance: [],
  intent: { purpose: null, declared_by: "none" },
  task: null,
  session: { id: "s_self-test", trust: "none", calls: 0, labels: [], history: [] },
  approval: { status: "none", id: null, approvers: [], age: null, scope: null, grant: null, asked: null, reason: null },
  risk: { score: null, signals: [] },
  time: { ns: 1_790_000_000_000_000_000, weekday: "Monday", hour: 14, zone: "UTC" },
  gateway: { instance: "self-test", environment: "self-test" },
};
