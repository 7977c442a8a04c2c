import type { McpMessage, ToolQuery } from "../../domain/tool-call.ts";
import type { Route, ToolSearch } from "../../domain/route.ts";
import { isExactNumber, isJsonObject, type JsonObject } from "../../lib/json.ts";

/** Tools that one search may find, and finds where it does not say. */
const mostFound = 25;
const usuallyFound = 8;
/** Characters of a search. */
const longestQuery = 500;

/**
 * The two tools that callers see in the place of all others. The list is for models that read it before every task, so it is
 * short: as JSON it has fewer bytes than 2,000, and no tokenizer makes more tokens than bytes.
 */
export function ownTools(
  { searchAs, callAs }: ToolSearch,
  { hold, server }: Route,
  mcp: McpMessage | null,
): JsonObject[] {
  const mayBeTask = hold.tasks && mcp?.version === "2025-11-25";
  return [
    {
      name: searchAs,
      description: `Finds tools of ${server} by words of their names and descriptions. Answers with each tool's name, description and inputSchema. Search first, then run one with ${callAs}.`,
      inputSchema: {
        type: "object",
        properties: {
          query: { type: "string", description: "What the tool should do, in a few words.", maxLength: longestQuery },
          limit: { type: "integer", minimum: 1, maximum: mostFound, default: usuallyFound },
        },
        required: ["query"],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    {
      name: callAs,
      description: `Runs a tool that ${searchAs} has found.`,
      inputSchema: {
        type: "object",
        properties: {
          name: { type: "string", description: "The tool's name, as found." },
          arguments: { type: "object", description: "What the tool's inputSchema asks for." },
        },
        required: ["name"],
        additionalProperties: false,
      },
      ...(mayBeTask ? { execution: { taskSupport: "optional" } } : {}),
    },
  ];
}

/** What a caller looks for; a text says what is wrong with its arguments. */
export function readQuery(args: JsonObject): ToolQuery | string {
  const { query, limit = usuallyFound, ...others } = args;
  if (typeof query !== "string") return "query is not a text";
  if (query.length > longestQuery) return `query has more than ${longestQuery} characters`;
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > mostFound)
    return `limit is not a whole number from 1 to ${mostFound}`;
  return unknownAmong(others) ?? { text: query, limit };
}

/** A call as its caller wrapped it. */
export interface Wrapped {
  readonly name: string;
  /** Absent: none were given. */
  readonly arguments?: JsonObject;
}

/** `args` may hold numbers that keep their digits. */
export function readWrapped({ searchAs, callAs }: ToolSearch, args: JsonObject): Wrapped | string {
  const { name, arguments: inner, ...others } = args;
  if (typeof name !== "string") return "name is not a text";
  if (name === searchAs || name === callAs) return `${name} is called by its own name`;
  if (inner !== undefined && (!isJsonObject(inner) || isExactNumber(inner))) return "arguments is not an object";
  return unknownAmong(others) ?? { name, ...(inner === undefined ? {} : { arguments: inner }) };
}

function unknownAmong(others: JsonObject): string | undefined {
  const [first] = Object.keys(others);
  return first === undefined ? undefined : `there is no ${JSON.stringify(first.slice(0, 60))}`;
}
