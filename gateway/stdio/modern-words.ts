import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { type AnswerMessage, type Message, metaOf, paramsOf, type RequestMessage } from "./messages.ts";
import { sessionVersions } from "./session.ts";

/** The version without sessions. */
export const modernVersion = "2026-07-28";

const prefix = "io.modelcontextprotocol/";
const ofRequest = ["protocolVersion", "clientCapabilities", "clientInfo", "logLevel"].map((name) => prefix + name);

/** Capability of a server without which it has no such methods. */
const capabilityOf: Readonly<Record<string, string>> = {
  tools: "tools",
  prompts: "prompts",
  resources: "resources",
  completion: "completions",
};

/** Answers to these say how long they may be kept: not at all, since what a server offers may change at any time. */
const cacheable = new Set("tools/list prompts/list resources/list resources/templates/list resources/read".split(" "));

/** May be answered by a question to the client. */
const askable = new Set(["tools/call", "prompts/get", "resources/read"]);

export function mayAsk({ method }: RequestMessage): boolean {
  return askable.has(method);
}

/** Whether a message is of a client that has no session. */
export function isModern(message: Message): boolean {
  const version = metaOf(message)[`${prefix}protocolVersion`];
  return typeof version === "string" && version >= modernVersion;
}

/** What the client of this request can be asked. */
export function clientCapabilities(message: Message): JsonObject {
  const declared = metaOf(message)[`${prefix}clientCapabilities`];
  return isJsonObject(declared) ? declared : {};
}

export function wantsLog(message: Message): boolean {
  return metaOf(message)[`${prefix}logLevel`] !== undefined;
}

/** The request as a server gets it that knows sessions only. */
export function forOlderServer(message: RequestMessage): RequestMessage {
  const { _meta: _given, inputResponses: _responses, requestState: _state, ...params } = paramsOf(message);
  const meta = Object.fromEntries(Object.entries(metaOf(message)).filter(([name]) => !ofRequest.includes(name)));
  return { ...message, params: Object.keys(meta).length === 0 ? params : { ...params, _meta: meta } };
}

/** Whether the server has methods of this kind at all. */
export function isOffered(method: string, initialized: JsonObject): boolean {
  const capability = capabilityOf[method.split("/", 1)[0] ?? ""];
  const { capabilities } = initialized;
  return capability !== undefined && isJsonObject(capabilities) && Object.hasOwn(capabilities, capability);
}

/** `server/discover` from what the server answered to `initialize`. Its tasks are those of an older version. */
export function discovered(initialized: JsonObject): JsonObject {
  const { capabilities, instructions } = initialized;
  const { tasks: _tasks, ...offered } = isJsonObject(capabilities) ? capabilities : {};
  return {
    ...complete({}, initialized),
    supportedVersions: [modernVersion, ...sessionVersions],
    capabilities: offered,
    ...(typeof instructions === "string" ? { instructions } : {}),
    ttlMs: 0,
    cacheScope: "private",
  };
}

/** The answer of such a server as a client without a session gets it. */
export function forModernClient(
  answer: AnswerMessage,
  { method }: RequestMessage,
  initialized: JsonObject,
): AnswerMessage {
  const { result, error } = answer;
  if (isJsonObject(result))
    return {
      ...answer,
      result: {
        ...complete(result, initialized),
        ...(cacheable.has(method) ? { ttlMs: 0, cacheScope: "private" } : {}),
      },
    };
  // The code of an older version for a resource that is not there.
  return isJsonObject(error) && error["code"] === -32_002 ? { ...answer, error: { ...error, code: -32_602 } } : answer;
}

/** A whole result, with who gave it. */
export function complete(result: JsonObject, { serverInfo }: JsonObject): JsonObject {
  const { _meta: given } = result;
  const meta: Record<string, JsonValue> = isJsonObject(given) ? { ...given } : {};
  if (serverInfo !== undefined) meta[`${prefix}serverInfo`] = serverInfo;
  return { ...result, resultType: "complete", ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }) };
}

/** By what the next leg of a call is known to be about the same: all but what answers the questions of the last one. */
export function callText(message: RequestMessage): string {
  const { method, params } = forOlderServer(message);
  const { _meta: _meta, ...rest } = isJsonObject(params) ? params : {};
  return JSON.stringify([method, rest]);
}
