import { hash } from "node:crypto";
import type { ActionBinding } from "./approval.ts";
import { isJsonObject } from "../lib/json.ts";
import type { EvaluatedCall } from "./exchange.ts";
import type { CatalogFact, DefinitionFact, SessionFact, TaskFact } from "./facts.ts";
import type { KeyedCall } from "./ports.ts";
import { type Subject, unnamedSession } from "./subject.ts";
import { resourceId, type ToolCall, transportSessionHeader } from "./tool-call.ts";

export interface BoundFacts {
  readonly environment: string;
  readonly session: SessionFact;
  readonly task: TaskFact | null;
  readonly catalog: CatalogFact;
  readonly definition: DefinitionFact;
}

/**
 * The binding of an approval of this call. Pure. The bundle revision is not part of it, since policy is evaluated again
 * at release.
 */
export function actionBinding(call: ToolCall, subject: Subject, facts: BoundFacts): ActionBinding {
  const { request, route } = call;
  const argumentsBind = !call.argumentsOmitted;
  return {
    contract: 1,
    gateway: facts.environment,
    subject: { issuer: subject.issuer, id: subject.id, key: subject.proof.key },
    acting_for: subject.actingFor?.id ?? null,
    ...actorsBefore(subject),
    agent_owner: subject.owner,
    ...runOf(facts.session, call, subject),
    task: facts.task?.id ?? null,
    route: route.id,
    protocol: route.protocol,
    method: request.method,
    origin: request.origin,
    path: request.path,
    query: request.query,
    content_type: request.contentType,
    headers: boundHeaders(call),
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

/** The chain begins with the subject itself. */
function actorsBefore({ actorChain }: Subject): Pick<ActionBinding, "actors"> {
  return actorChain.length > 1 ? { actors: actorChain.slice(1) } : {};
}

/**
 * The session that the call belongs to, as named by the token or by the agent. A transport session of MCP and a trace do not
 * count: clients open a new one for each connection, some for each call. Without a named session the caller itself is used.
 */
function runOf(
  { id, trust }: SessionFact,
  { declaredSession }: Pick<ToolCall, "declaredSession">,
  subject: Subject,
): Pick<ActionBinding, "session" | "session_trust"> {
  if (trust === "token" || trust === "self") return { session: id, session_trust: trust };
  if (declaredSession !== null) return { session: declaredSession, session_trust: "self" };
  return { session: unnamedSession(subject), session_trust: "none" };
}

/**
 * Headers about the transport of a call and not its meaning; they may differ in a repetition. Every other header is
 * bound: an approval of a dry run must not apply to a call without the header that made it one.
 */
const transport = new Set([
  "accept-language",
  "cache-control",
  "date",
  "idempotency-key",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  transportSessionHeader,
  "origin",
  "pragma",
  "priority",
  "referer",
  "user-agent",
]);

/** In plain HTTP they choose a representation, and so possibly what is executed; MCP fixes their values. */
const negotiation = new Set(["accept", "accept-charset"]);

/** Equal names keep their order: of two lines, one tool server uses the first and another the last. */
function boundHeaders(call: ToolCall): readonly (readonly [string, string])[] {
  const meant = meantHeaders(call);
  const ofTransport = (name: string): boolean =>
    transport.has(name) || name.startsWith("sec-") || (call.mcp !== null && negotiation.has(name));
  return call.request.headers
    .filter(([name]) => meant.has(name) || !ofTransport(name))
    .map(([name, value]) => [name, name === "prefer" ? lastingPreferences(value) : value] as const)
    .filter(([name, value]) => name !== "prefer" || value !== "")
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Headers that the route or the tool's OpenAPI operation declares as meaningful for the call. Lower-case names. */
function meantHeaders({ route, definition }: ToolCall): ReadonlySet<string> {
  const ofRoute = route.hold.boundHeaders.union(route.upstream.requestHeaders);
  const parameters = definition?.["parameters"];
  if (!Array.isArray(parameters)) return ofRoute;
  const declared = parameters.flatMap((parameter) =>
    isJsonObject(parameter) && parameter["in"] === "header" && typeof parameter["name"] === "string"
      ? [parameter["name"].toLowerCase()]
      : [],
  );
  return ofRoute.union(new Set(declared));
}

const ownWait = /^(?:wait ?= ?[0-9]{1,9}|respond-async)$/i;

/**
 * The preferences without `wait` and `respond-async`, which may differ between attempts (RFC 7240 §4). Any other
 * preference may change what is executed. A value with quotes is bound whole, since it may contain quoted commas.
 */
function lastingPreferences(prefer: string): string {
  if (prefer.includes('"')) return prefer;
  const lasting = prefer.split(",").map((preference) => preference.trim());
  return lasting.filter((preference) => preference !== "" && !ownWait.test(preference)).join(", ");
}

/** What an approval of this call would be about. */
export function bindingOf({ call, subject, facts }: EvaluatedCall): ActionBinding {
  return actionBinding(call, subject, { ...facts, environment: facts.gateway.environment });
}

/** Of a call that a grant covers and that has an Idempotency-Key; the key of any other is kept with its approval. */
export function keyedByGrant(evaluated: EvaluatedCall): KeyedCall | null {
  const { call, facts } = evaluated;
  if (call.idempotencyKey === null || facts.approval.grant === null) return null;
  return { binding: bindingOf(evaluated), key: call.idempotencyKey };
}
