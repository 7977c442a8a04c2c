import type { Effect, Reason } from "../../../domain/decision.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../lib/json.ts";
import type { AgentHeaders } from "./agent-headers.ts";
import { mcpPathOf, pathOf, type ReplayGateway } from "./replay-gateway.ts";
import type { RecordedCall } from "../read/session-schema.ts";
import { parseJson } from "../../../lib/parse-json.ts";

export type ReplayedReason = Pick<Reason, "code" | "rule">;

/** What the agent got for one try of a call. */
export interface Answer {
  readonly effect: Effect;
  readonly reasons: readonly ReplayedReason[];
  readonly approvalId: string | null;
}

/** What stands in place of a rule when no rule refused. */
export const gatewayItself = "gateway";

const passed: Answer = { effect: "allow", reasons: [], approvalId: null };

/** Sends a call as its agent did, in the protocol in which it was recorded. */
export function send(call: RecordedCall, headers: AgentHeaders, replaying: ReplayGateway): Promise<Answer> {
  replaying.tools.answerWith(call.result);
  return call.protocol === "mcp" ? sendMcp(call, headers, replaying) : sendHttp(call, headers, replaying);
}

async function sendHttp(call: RecordedCall, headers: AgentHeaders, { agents }: ReplayGateway): Promise<Answer> {
  const response = await post(agents.url + pathOf(call), headers, call.arguments);
  const text = await response.text();
  // Only the gateway can say this: tool servers' headers of this name are left out.
  const outcome = response.headers.get("sallyport-outcome");
  if (outcome === null || outcome === "replayed") return passed;
  const body = parseJson(text) as Refused;
  const told = body.reasons.map(({ code, rule }) => ({ code, rule }));
  if (outcome === "pending") return { effect: "hold", reasons: told, approvalId: body.approval?.id ?? null };
  const reasons = told.length > 0 ? told : [{ code: body.code, rule: gatewayItself }];
  return { effect: "deny", reasons, approvalId: null };
}

interface Refused {
  readonly code: string;
  readonly reasons: readonly ReplayedReason[];
  readonly approval?: { readonly id: string } | null;
}

async function sendMcp(call: RecordedCall, headers: AgentHeaders, replaying: ReplayGateway): Promise<Answer> {
  const params = { name: call.tool, arguments: call.arguments };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  const url = replaying.agents.url + mcpPathOf(call);
  const response = await post(url, headers, message, { accept: "application/json, text/event-stream" });
  const decision = decisionIn(parseJson(await response.text()) as JsonValue);
  if (decision === null || decision["outcome"] === "replayed") return passed;
  const reasons = reasonsOf(decision, replaying);
  if (decision["outcome"] !== "pending") return { effect: "deny", reasons, approvalId: null };
  return { effect: "hold", reasons, approvalId: String(decision["approvalId"]) };
}

/** What the gateway says of its decision; null where the answer is the tool's. A tool server's own words of this name are left out. */
function decisionIn(message: JsonValue): JsonObject | null {
  const { error, result } = objectOf(message);
  // A tool that is hidden is one that nobody knows.
  if (error !== undefined) return { code: "tool_unknown", ...objectOf(objectOf(error)["data"]) };
  const decision = objectOf(objectOf(result)["_meta"])["dev.sallyport/decision"];
  return isJsonObject(decision) ? decision : null;
}

/** MCP clients are told codes alone: the rules are those of the policy that have them. */
function reasonsOf({ code, reasons }: JsonObject, { agents }: ReplayGateway): readonly ReplayedReason[] {
  const codes = Array.isArray(reasons) ? (reasons as readonly JsonValue[]).map(String) : [];
  const rules = agents.gateway.bundles.active()?.rules ?? [];
  if (codes.length === 0) return [{ code: String(code), rule: gatewayItself }];
  return codes.map((one) => ({ code: one, rule: rules.find((rule) => rule.code === one)?.rule ?? gatewayItself }));
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

async function post(url: string, headers: AgentHeaders, body: object, more: object = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { ...(await headers(url)), "content-type": "application/json", ...more },
    body: JSON.stringify(body),
  });
}
