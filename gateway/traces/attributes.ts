import type { Attributes } from "@opentelemetry/api";
import type { Decision } from "../domain/decision.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { ToolCall } from "../domain/tool-call.ts";

/** Of a text that callers choose no more is sent. */
const nameLength = 128;

/** Kinds whose names are names. That of a resource is its URI, which its caller may fill with anything. */
const named: ReadonlySet<string> = new Set(["tool", "prompt"]);

/** Null for what the catalog does not know: callers make such names up, and of plain HTTP they are paths. */
function nameOf({ call, facts }: RequestContext): string | null {
  return call !== null && named.has(call.resourceType) && facts?.catalog.known === true ? call.name : null;
}

/** Method and target, as the conventions for MCP and HTTP have it; a request that was not read has its method alone. */
export function spanName(context: RequestContext): string {
  const { call, request, route } = context;
  const name = nameOf(context);
  if (name !== null) return `${call?.action ?? ""} ${name}`;
  if (call !== null && call.mcp !== null) return call.action.slice(0, nameLength);
  return `${request.method ?? ""} ${route?.prefix ?? ""}`.trimEnd();
}

/**
 * Semantic conventions of OpenTelemetry (1.43): HTTP, GenAI and MCP. No attribute has an argument, a path, a query or a claim: what those hold,
 * callers choose, and traces are read by more people than records.
 */
export function callAttributes(context: RequestContext): Attributes {
  const { decisionId, request, route, call, subject, facts, rpc } = context;
  return {
    "sallyport.decision_id": decisionId,
    "http.request.method": request.method ?? "",
    ...(route !== null && {
      "http.route": route.prefix,
      "sallyport.route": route.id,
      "sallyport.server": route.server,
    }),
    ...(rpc !== null && { "mcp.method.name": rpc.method.slice(0, nameLength) }),
    ...(call !== null && ofCall(call, nameOf(context))),
    ...(subject !== null && { "sallyport.subject": subject.id }),
    ...(facts !== null && { "sallyport.policy.revision": facts.policy.revision }),
  };
}

function ofCall(call: ToolCall, name: string | null): Attributes {
  const { mcp } = call;
  return {
    ...(call.resourceType === "tool" && { "gen_ai.operation.name": "execute_tool" }),
    ...(call.resourceType === "tool" && name !== null && { "gen_ai.tool.name": name }),
    ...(call.resourceType === "prompt" && name !== null && { "gen_ai.prompt.name": name }),
    ...(mcp !== null && { "mcp.protocol.version": mcp.version }),
    ...(mcp !== null && mcp.transportSession !== null && { "mcp.session.id": mcp.transportSession }),
    ...(mcp !== null && mcp.id !== null && { "jsonrpc.request.id": String(mcp.id).slice(0, nameLength) }),
  };
}

export function decisionAttributes({ effect, reasons, indeterminate, fuel, evaluationUs }: Decision): Attributes {
  return {
    "sallyport.effect": effect,
    "sallyport.reasons": reasons.map(({ code }) => code),
    ...(indeterminate !== null && { "sallyport.doubt": indeterminate }),
    ...(fuel !== null && { "sallyport.fuel": fuel }),
    ...(evaluationUs !== null && { "sallyport.evaluation_us": evaluationUs }),
  };
}

export function outcomeAttributes({ kind, status, code, approvalId }: Outcome): Attributes {
  return {
    "sallyport.outcome": kind,
    ...(status !== null && { "http.response.status_code": status }),
    ...(code !== null && { "error.type": code }),
    ...(approvalId !== null && { "sallyport.approval_id": approvalId }),
  };
}
