import { hash } from "node:crypto";
import type { ActionBinding } from "./approval.ts";
import type { CatalogFact, DefinitionFact, SessionFact, TaskFact } from "./facts.ts";
import type { Subject } from "./subject.ts";
import { resourceId, type ToolCall, transportSessionHeader } from "./tool-call.ts";

export interface BoundFacts {
  readonly instance: string;
  readonly session: SessionFact;
  readonly task: TaskFact | null;
  readonly catalog: CatalogFact;
  readonly definition: DefinitionFact;
}

/** What an approval of this call is about. Pure; the bundle revision is recorded elsewhere, not bound: release judges again. */
export function actionBinding(call: ToolCall, subject: Subject, facts: BoundFacts): ActionBinding {
  const { request, route } = call;
  const argumentsBind = !call.argumentsOmitted;
  return {
    contract: 1,
    gateway: facts.instance,
    subject: { issuer: subject.issuer, id: subject.id, key: subject.proof.key },
    acting_for: subject.actingFor?.id ?? null,
    agent_owner: subject.owner,
    session: facts.session.id,
    session_trust: facts.session.trust,
    task: facts.task?.id ?? null,
    route: route.id,
    protocol: route.protocol,
    method: request.method,
    origin: request.origin,
    path: request.path,
    query: request.query,
    content_type: request.contentType,
    headers: boundHeaders(call, facts.session),
    action: call.action,
    tool: resourceId(call),
    definition_digest: facts.definition.digest,
    arguments: argumentsBind ? call.arguments : null,
    body_digest: argumentsBind || request.body.length === 0 ? null : `sha256:${hash("sha256", request.body, "hex")}`,
    beside: call.beside,
    sensitivity: facts.catalog.sensitivity,
    reversible: facts.catalog.reversible,
  };
}

/**
 * They say who asks, in which form an answer may come, or which try this is; not what is to be done. Every other header
 * is bound: an approved dry run must not come back without the header that made it one.
 */
const harmless = new Set([
  "accept",
  "accept-charset",
  "cache-control",
  "date",
  "idempotency-key",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "origin",
  "pragma",
  "priority",
  "referer",
  "user-agent",
]);

/**
 * Equal names keep their order: of two lines, one tool server believes the first and another the last. A tool server keeps
 * state by transport session, so what was approved in one is not the same in another; it is bound here unless it is the
 * session of the binding itself, as where neither the token nor the agent names one.
 */
function boundHeaders({ request, mcp }: ToolCall, session: SessionFact): readonly (readonly [string, string])[] {
  const boundAlready = mcp !== null && session.trust === "transport" && session.id === mcp.transportSession;
  return request.headers
    .filter(([name]) => !harmless.has(name) && !name.startsWith("sec-"))
    .filter(([name]) => name !== transportSessionHeader || !boundAlready)
    .map(([name, value]) => [name, name === "prefer" ? lastingPreferences(value) : value] as const)
    .filter(([name, value]) => name !== "prefer" || value !== "")
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const ownWait = /^(?:wait ?= ?[0-9]{1,9}|respond-async)$/i;

/**
 * How long its caller waits may differ from try to try (RFC 7240 §4); any other preference may change what is done, such as
 * one that makes a dry run of it. A comma in quotes separates nothing, so what has quotes is bound whole.
 */
function lastingPreferences(prefer: string): string {
  if (prefer.includes('"')) return prefer;
  const lasting = prefer.split(",").map((preference) => preference.trim());
  return lasting.filter((preference) => preference !== "" && !ownWait.test(preference)).join(", ");
}
