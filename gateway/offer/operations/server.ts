import { outcome, type Outcome } from "../../domain/decision-record.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { DefinitionFact } from "../../domain/facts.ts";
import type { ListPresenter, ServedOperations } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import type { McpMessage, ToolCall } from "../../domain/tool-call.ts";
import { mcpVersions } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { unknownAnswer, writeMcp } from "../../act/respond/mcp.ts";
import type { Visibility } from "../../act/results/list-filter.ts";
import { announcement, listedTool } from "../../act/results/task-support.ts";
import type { Offered, OfferedOperation } from "./describe.ts";

export interface OperationServerDeps {
  readonly offeredBy: (route: Route) => Offered;
  readonly visibility: Pick<Visibility, "of">;
  /** What is known of an operation's definition. */
  readonly factOf: (definition: JsonObject) => DefinitionFact;
  readonly lists: ListPresenter;
}

type Enter = (exchange: Exchange) => Promise<void>;

/**
 * The MCP server that the gateway itself is on a route whose tools are operations: without sessions, in every version. Which message is
 * allowed has been judged before.
 */
export class OperationServer implements ServedOperations {
  readonly #deps: OperationServerDeps;

  constructor(deps: OperationServerDeps) {
    this.#deps = deps;
  }

  /** @throws Refusal mcp_method_unknown */
  async answer(exchange: Exchange, evaluated: EvaluatedCall, enter: Enter): Promise<Outcome> {
    const { call, decisionId } = evaluated;
    const { mcp } = call;
    if (mcp === null || mcp.kind !== "request" || mcp.id === null) {
      exchange.res.writeHead(202, { "Cache-Control": "no-store", "Sallyport-Decision": decisionId }).end();
      return outcome({ kind: "answered", status: 202 });
    }
    const text = await this.#message(exchange, evaluated, mcp, enter);
    return outcome({ kind: "answered", status: writeMcp(exchange.res, text, 200, decisionId) });
  }

  async #message(exchange: Exchange, evaluated: EvaluatedCall, mcp: McpMessage, enter: Enter): Promise<string> {
    const { call } = evaluated;
    const message = (result: JsonObject): JsonObject => ({ jsonrpc: "2.0", id: mcp.id, result });
    switch (call.action) {
      case "initialize":
      case "server/discover":
        return JSON.stringify(
          announced(call, message(call.action === "initialize" ? opening(call, mcp) : discovery(call))),
        );
      case "ping":
        return JSON.stringify(message({}));
      case "tools/list": {
        const list = JSON.stringify(message(this.#list(evaluated, mcp)));
        return this.#deps.lists.present({ exchange, evaluated, enter, query: call.toolQuery ?? null }, list);
      }
      case "tools/call":
        return unknownAnswer({ id: mcp.id, method: call.action, modern: mcp.era === "modern" }, call);
      default:
        throw new Refusal("mcp_method_unknown", { hint: "a server of tools alone" });
    }
  }

  #list(evaluated: EvaluatedCall, { era }: McpMessage): JsonObject {
    const { offeredBy, visibility, factOf } = this.#deps;
    const { operations } = offeredBy(evaluated.call.route);
    const isVisible = ({ name, definition }: OfferedOperation) => visibility.of(evaluated, name, factOf(definition));
    const tools = [...operations.values()].filter(isVisible).map(({ tool }) => listedTool(evaluated.call)(tool));
    return { ...(era === "modern" ? { resultType: "complete", ttlMs: 0, cacheScope: "private" } : {}), tools };
  }
}

function announced(call: ToolCall, message: JsonObject): JsonObject {
  return announcement(call)?.(message) ?? message;
}

const newestLegacy = "2025-11-25";

function opening(call: ToolCall, { version }: McpMessage): JsonObject {
  const asked = call.arguments["protocolVersion"];
  const protocolVersion = mcpVersions.some((known) => known === asked && known <= newestLegacy)
    ? version
    : newestLegacy;
  return { protocolVersion, capabilities: { tools: {} }, serverInfo: serverInfo(call) };
}

function discovery(call: ToolCall): JsonObject {
  return {
    resultType: "complete",
    supportedVersions: mcpVersions.filter((version) => version > newestLegacy),
    capabilities: { tools: {} },
    _meta: { "io.modelcontextprotocol/serverInfo": serverInfo(call) },
    ttlMs: 0,
    cacheScope: "private",
  };
}

/** As the operator's own document says it. */
function serverInfo({ route }: ToolCall): JsonObject {
  const info = isJsonObject(route.openapi) && isJsonObject(route.openapi["info"]) ? route.openapi["info"] : {};
  const { title, version } = info;
  return {
    name: route.server,
    ...(typeof title === "string" ? { title } : {}),
    version: typeof version === "string" ? version : "0",
  };
}
