/** A tool server of the SDK 2.x, which speaks both eras, with the tools, resources and prompts that the conformance suite asks for. */
import { createServer, type RequestListener } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import { addTools } from "./tools.ts";

function server(): McpServer {
  const made = new McpServer({ name: "sdk-two", version: "1" }, { capabilities: { logging: {} } });
  addTools(made);
  addResources(made);
  addPrompts(made);
  return made;
}

// Its parameter type and Node's own differ only in how they write optional properties.
const handle = toNodeHandler(createMcpHandler(server)) as RequestListener;
createServer(handle).listen(Number(process.env["PORT"]), "127.0.0.1");
