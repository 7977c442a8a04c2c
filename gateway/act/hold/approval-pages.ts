import type { Approval } from "../../domain/approval.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { pageKey, type RequestStates } from "../../parse/mcp/request-states.ts";
import { mayAsk, urlElicitationRequired } from "../results/asked-by.ts";
import { OpenStreams } from "./open-streams.ts";
import { isDeclared } from "../server-requests/declared.ts";
import { aboutDecision, errorData } from "../respond/mcp.ts";
import type { CallerError } from "../respond/refusal-wording.ts";

export interface ApprovalPagesDeps {
  /** Where people reach the console, scheme://host:port; null while it is not known. */
  readonly consoleUrl: () => string | null;
  readonly states: Pick<RequestStates, "sealed">;
}

const pageParams: JsonObject = { mode: "url" };

/**
 * The page of a held call as a way to wait for it (MCP, elicitation in URL mode): the client shows the address to its person, who signs
 * in there and decides, where policy lets them. Only for clients that declare it: in each request since MCP 2026-07-28, in `initialize`
 * of the session in 2025-11-25, whose id says so. Older versions have no such mode.
 */
export class ApprovalPages {
  readonly #deps: ApprovalPagesDeps;
  readonly streams = new OpenStreams();
  /** What clients are told of when it is decided, by call and session. */
  readonly #awaited = new Set<string>();

  constructor(deps: ApprovalPagesDeps) {
    this.#deps = deps;
  }

  /** Of a request since MCP 2026-07-28, or an `initialize`: whether its client sends its person to pages. */
  areDeclaredBy({ mcp }: Pick<ToolCall, "mcp">): boolean {
    return isJsonObject(mcp?.capabilities) && isDeclared(mcp.capabilities, "elicitation/create", pageParams);
  }

  /** The JSON-RPC answer that sends the caller there; null where it waits in another way. `pendingError`: that its call is held. */
  answer(
    exchange: Pick<Exchange, "opened">,
    evaluated: EvaluatedCall,
    { id, requirement }: Approval,
    pendingError: () => CallerError,
  ): string | null {
    const { call } = evaluated;
    const console = this.#deps.consoleUrl();
    if (console === null || !call.route.hold.approvalPage || !this.#opens(exchange.opened ?? call)) return null;
    const page = {
      mode: "url",
      message: `Waiting for human approval: ${requirement.summary}`,
      url: `${console}/approvals/${encodeURIComponent(id)}`,
    };
    const answer = { jsonrpc: "2.0", id: call.mcp?.id ?? null };
    if (call.mcp?.era !== "modern") {
      const data = { ...errorData(pendingError()), elicitations: [{ ...page, elicitationId: id }] };
      return JSON.stringify({ ...answer, error: { code: urlElicitationRequired, message: page.message, data } });
    }
    const result = {
      resultType: "input_required",
      requestState: this.#deps.states.sealed(exchange, evaluated, { approval: id }),
      inputRequests: { [pageKey]: { method: "elicitation/create", params: page } },
      _meta: aboutDecision(pendingError()),
    };
    return JSON.stringify({ ...answer, result });
  }

  /**
   * Tells a client of MCP 2025-11-25 that was sent to a page, on the stream of its session, that it need not wait any longer
   * (`notifications/elicitation/complete`). `settled` resolves when the call is decided; never rejects itself.
   */
  async completed(evaluated: EvaluatedCall, elicitationId: string, settled: () => Promise<Approval>): Promise<void> {
    const key = JSON.stringify([elicitationId, evaluated.call.mcp?.transportSession]);
    if (evaluated.call.mcp?.era !== "legacy" || this.#awaited.has(key)) return;
    this.#awaited.add(key);
    const approval = await settled().catch(() => null);
    this.#awaited.delete(key);
    if (approval === null || approval.state === "held") return;
    const method = "notifications/elicitation/complete";
    this.streams.tell(evaluated, JSON.stringify({ jsonrpc: "2.0", method, params: { elicitationId } }));
  }

  /** `call`: as it came. */
  #opens(call: ToolCall): boolean {
    const { mcp, beside, arguments: args, afterPage, resourceType, action } = call;
    if (mcp?.kind !== "request" || afterPage !== undefined) return false;
    if (mcp.era === "modern") {
      // The next round would not hold what this one does.
      const round = resourceType === "resource" ? args : beside;
      if ("inputResponses" in round || "requestState" in round || !mayAsk.has(action)) return false;
      return this.areDeclaredBy(call);
    }
    return mcp.version === "2025-11-25" && mcp.sealed?.opensPages === true;
  }
}
