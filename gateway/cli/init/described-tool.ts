import { readOpenapi } from "../../config/resolve-routes.ts";
import { operationsOf } from "../../parse/openapi/document.ts";
import { operationFinder, toolName } from "../../parse/openapi/operation-finder.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { CliFailure, exits } from "../common/verb.ts";

/** What a tool server's own description says of one tool. */
export interface DescribedTool {
  /** As policy names it. */
  readonly name: string;
  /** `POST /v1/refunds` of HTTP; null of MCP. */
  readonly place: string | null;
  /** Of HTTP in upper case; null of MCP. */
  readonly method: string | null;
  /** MCP's hints (2025-11-25, ToolAnnotations); null where the server says nothing. */
  readonly hints: {
    readonly readOnly: boolean | null;
    readonly destructive: boolean | null;
    readonly openWorld: boolean | null;
  };
}

export interface DescribedServer {
  /** A name that can stand in a configuration: letters, digits, `-` and `_`. */
  readonly name: string;
  /** scheme://host[:port], where the description has one. */
  readonly origin: string | null;
  /** Path of the tool server that the route's prefix stands for. */
  readonly path: string;
  readonly tools: readonly DescribedTool[];
  /** Names of further tools, which no call can name and no caller is shown. */
  readonly unnamed: readonly string[];
  /** Methods of MCP beside those of tools that it answers. */
  readonly methods: readonly string[];
}

const noHints = { readOnly: null, destructive: null, openWorld: null };

/** @throws CliFailure openapi_unreadable */
export function serverOfOpenapi(file: string): DescribedServer {
  try {
    const document = readOpenapi(".", file);
    // Refuses what the gateway refuses when it starts: a name with two operations, or a request that could mean two.
    operationFinder(document);
    const operations = operationsOf(document);
    const tools = operations.map(({ method, template, operation }) => ({
      name: toolName(method, template, operation),
      place: `${method} ${template}`,
      method,
      hints: noHints,
    }));
    const title = isJsonObject(document) && isJsonObject(document["info"]) ? document["info"]["title"] : undefined;
    const url = isJsonObject(document) ? firstServer(document["servers"]) : null;
    const path = operations[0]?.bases[0] ?? "";
    return {
      name: serverName(typeof title === "string" ? title : file),
      origin: url,
      path: path || "/",
      tools,
      unnamed: [],
      methods: [],
    };
  } catch (failure) {
    throw new CliFailure(exits.usage, "openapi_unreadable", `${file} cannot be used: ${(failure as Error).message}.`);
  }
}

function firstServer(servers: JsonValue | undefined): string | null {
  const [first] = Array.isArray(servers) ? (servers as readonly JsonValue[]) : [];
  const url = first !== undefined && isJsonObject(first) ? first["url"] : undefined;
  return typeof url === "string" && /^https?:\/\/[^{}]+$/.test(url) ? new URL(url).origin : null;
}

/** Lower case, with `-` for everything that no name has: "Billing API" is billing. */
export function serverName(text: string): string {
  const words = text.toLowerCase().replace(/\b(?:api|mcp|server|service)\b/g, " ");
  const name = words
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return /^[a-z]/.test(name) ? name : "tools";
}
