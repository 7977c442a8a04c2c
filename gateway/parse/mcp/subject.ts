import { Refusal } from "../../domain/errors.ts";
import { nameForms } from "../../domain/name-forms.ts";
import { type McpVersion, mcpVersions, type ToolCall } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { Route } from "../../domain/route.ts";
import type { RpcMessage } from "./rpc.ts";

/** What a message is about: which tool, prompt, resource or template, with which arguments. */
export type SubjectMatter = Pick<ToolCall, "resourceType" | "name" | "arguments" | "beside">;

const callKeys: ReadonlySet<string> = new Set(["name", "arguments", "_meta", "task", "inputResponses", "requestState"]);

/** @throws Refusal rpc_invalid */
export function readSubjectMatter(
  type: MethodSubject,
  message: RpcMessage,
  { server, session }: Pick<Route, "server" | "session">,
): SubjectMatter {
  const { params } = message;
  switch (type) {
    case "tool":
      refuseOtherKeys(params);
      return {
        resourceType: type,
        name: text(params, "name", nameForms.tool),
        arguments: readArguments(params),
        beside: besideArguments(params, session.meta),
      };
    case "prompt":
      refuseOtherKeys(params);
      return {
        resourceType: type,
        name: text(params, "name", nameForms.prompt),
        arguments: readArguments(params),
        beside: besideArguments(params, session.meta),
      };
    case "reference":
      return { ...readReference(params), arguments: withoutMeta(params), beside: metaBeside(params, session.meta) };
    case "resource":
      return {
        resourceType: type,
        name: text(params, "uri", nameForms.resource),
        arguments: withoutMeta(params),
        beside: metaBeside(params, session.meta),
      };
    case "server":
      return { resourceType: type, name: server, arguments: withoutMeta(params), beside: {} };
  }
}

/** Of what values are completed: a prompt, a resource or a template, so that what is hidden is not known by its values either. */
function readReference({ ref }: JsonObject): Pick<ToolCall, "resourceType" | "name"> {
  const of = ref !== undefined && isJsonObject(ref) ? ref : {};
  if (of["type"] === "ref/prompt") return { resourceType: "prompt", name: text(of, "name", nameForms.prompt) };
  if (of["type"] !== "ref/resource")
    throw new Refusal("rpc_invalid", { hint: "params.ref is of no prompt or resource" });
  const uri = text(of, "uri", nameForms.resource);
  return { resourceType: uri.includes("{") ? "resource_template" : "resource", name: uri };
}

/** Any other param would reach the upstream without being visible to policy. */
function refuseOtherKeys(params: JsonObject): void {
  for (const key of Object.keys(params)) {
    if (!callKeys.has(key)) throw new Refusal("rpc_invalid", { hint: "params has a key that MCP does not define" });
  }
}

function text(params: JsonObject, key: string, form: RegExp): string {
  const value = params[key];
  if (typeof value !== "string" || !form.test(value))
    throw new Refusal("rpc_invalid", { hint: `params.${key} is not a name` });
  return value;
}

function readArguments(params: JsonObject): JsonObject {
  const value = params.arguments;
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw new Refusal("rpc_invalid", { hint: "params.arguments is not an object" });
  return value;
}

/** Policy judges the arguments; an approval binds these as well, since they reach the tool server. */
function besideArguments(params: JsonObject, session: string): JsonObject {
  const { name: _name, arguments: _arguments, _meta, ...rest } = params;
  return { ...rest, ...metaBeside(params, session) };
}

/** What of `_meta` may change what a call does. */
function metaBeside({ _meta }: JsonObject, session: string): JsonObject {
  const meta = isJsonObject(_meta)
    ? Object.entries(_meta).filter(([key, value]) => !harmlessMeta.has(key) && key !== session && !isCallId(key, value))
    : [];
  return meta.length === 0 ? {} : { _meta: Object.fromEntries(meta) };
}

/** Keys about the attempt, the client and the form of the answer. Any other key may change what the call does. */
const harmlessMeta: ReadonlySet<string> = new Set([
  "dev.sallyport/task-text",
  ..."progressToken traceparent tracestate baggage dev.sallyport/intent".split(" "),
  ..."protocolVersion clientCapabilities clientInfo logLevel".split(" ").map((key) => `io.modelcontextprotocol/${key}`),
]);

/** Ids that well-known clients put into each call: Claude Code one of the call, VS Code one of the request and one of the conversation. */
const callIds: ReadonlySet<string> = new Set(["claudecode/toolUseId", "vscode.requestId", "vscode.conversationId"]);

/** What is longer than an id, or no text, could tell the tool server what to do. */
function isCallId(key: string, value: JsonValue): boolean {
  return callIds.has(key) && typeof value === "string" && value.length <= 200;
}

export function withoutMeta(params: JsonObject): JsonObject {
  if (!("_meta" in params)) return params;
  const { _meta, ...rest } = params;
  return rest;
}

/** Task methods are in no version's table: whether a task is the gateway's own is known from its id alone. */
type MethodSubject = "tool" | "prompt" | "resource" | "server" | "reference";

/** Every message a client may send, with the versions that have it and what it is about. */
interface Method {
  readonly about: MethodSubject;
  readonly since: McpVersion;
  /** The last version that has it; null when the newest version has it. */
  readonly until: McpVersion | null;
}

const [first] = mcpVersions;
const lastLegacy = "2025-11-25";

const methods: ReadonlyMap<string, Method> = new Map([
  known("initialize", "server", first, lastLegacy),
  known("ping", "server", first, lastLegacy),
  known("server/discover", "server", "2026-07-28"),
  known("tools/list", "server"),
  known("tools/call", "tool"),
  known("prompts/list", "server"),
  known("prompts/get", "prompt"),
  known("resources/list", "server"),
  known("resources/templates/list", "server"),
  known("resources/read", "resource"),
  known("resources/subscribe", "resource", first, lastLegacy),
  known("resources/unsubscribe", "resource", first, lastLegacy),
  known("subscriptions/listen", "server", "2026-07-28"),
  known("completion/complete", "reference"),
  known("logging/setLevel", "server", first, lastLegacy),
  known("tasks/get", "server", "2025-11-25"),
  known("tasks/cancel", "server", "2025-11-25"),
  known("tasks/list", "server", "2025-11-25", lastLegacy),
  known("tasks/result", "server", "2025-11-25", lastLegacy),
  known("tasks/update", "server", "2026-07-28"),
  known("notifications/initialized", "server", first, lastLegacy),
  known("notifications/cancelled", "server"),
  known("notifications/progress", "server", first, lastLegacy),
  known("notifications/roots/list_changed", "server", first, lastLegacy),
  known("notifications/tasks/status", "server", "2025-11-25", lastLegacy),
]);

function known(
  name: string,
  about: Method["about"],
  since: McpVersion = first,
  until: McpVersion | null = null,
): [string, Method] {
  return [name, { about, since, until }];
}

/** What a method of this version is about. @throws Refusal mcp_method_unknown */
export function resourceTypeOf(name: string, version: McpVersion): MethodSubject {
  const method = methods.get(name);
  // Versions are dates, so their order as text is their order in time.
  if (method !== undefined && version >= method.since && (method.until === null || version <= method.until))
    return method.about;
  throw new Refusal("mcp_method_unknown", { hint: `not a client's method in MCP ${version}${spanOf(method)}` });
}

function spanOf(method: Method | undefined): string {
  if (method === undefined) return "";
  const { since, until } = method;
  return until === null ? `, but one from ${since} on` : `, but one from ${since} to ${until}`;
}
