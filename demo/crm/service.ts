import type { RequestListener } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Executions } from "../tools/executions.ts";
import { crmServer } from "./tools.ts";

/**
 * The MCP tool server of the demo over Streamable HTTP. One factory serves both eras of the protocol:
 * stateless 2025 clients and self-describing 2026-07-28 requests.
 */
export function crmService(executions: Executions, key: string): RequestListener {
  // Its parameter type and Node's own differ only in how they write optional properties.
  const handle = toNodeHandler(createMcpHandler(() => crmServer(executions))) as RequestListener;
  return function answerMcp(req, res) {
    if (executions.checkCredential(req.headers, key)) handle(req, res);
    else res.writeHead(401).end("crm: wrong or missing key");
  };
}
