import { hash } from "node:crypto";
import { type CutText, cutToLength } from "../lib/cut-text.ts";
import type { WithBytes, JsonObject } from "../lib/json.ts";
import type { ListedKind } from "./definition-kinds.ts";
import type { Refusal } from "./errors.ts";
import type { Route } from "./route.ts";

/** Names and values of headers; names in lower case. */
export type Pairs = readonly (readonly [string, string])[];

/**
 * The one request that is judged, bound by approvals, digested and sent.
 * The upstream request is built from this and from nothing else.
 */
export interface CanonicalRequest extends Digested {
  /** scheme://host[:port] of the upstream. */
  readonly origin: string;
  /** Canonical path as sent upstream, after the prefix was rewritten. */
  readonly path: string;
  /** The path's segments, percent-decoded once. */
  readonly segments: readonly string[];
  /** Query pairs in order, decoded once. */
  readonly query: readonly (readonly [string, string])[];
  /** Host the caller asked for, lower case. */
  readonly host: string;
  /** Host, path, segments, query and the headers that the route names, as policy sees them. */
  readonly document: JsonObject;
  /** End-to-end headers that may travel on, lower-case names, in order; never credentials or forwarding headers. */
  readonly headers: Pairs;
  /** The exact bytes judged and forwarded; empty when there is no body. */
  readonly body: Buffer;
}

/** One call of one tool (or one protocol message), read strictly from the wire. */
export interface ToolCall {
  readonly route: Route;
  readonly request: CanonicalRequest;
  /** AuthZEN action name: "tools/call" for a tool, else the protocol's own method name. */
  readonly action: string;
  /**
   * task: one of the gateway's own tasks, which the gateway answers itself. resource_template: in lists, and where its values are
   * completed; what is read is a resource. The kinds of server requests: see `serverRequest`.
   */
  readonly resourceType: ListedKind | "server" | "task" | ServerRequestKind;
  /** Tool, prompt or resource name, task id, or "*" for all tasks of the caller; the server's name when the whole server is meant. */
  readonly name: string;
  readonly arguments: JsonObject;
  /** What is known of the body's JSON value, or of an MCP message's arguments. It is used only where the arguments are its value: see `argumentsKnown`. */
  readonly argumentsRead: WithBytes | null;
  readonly argumentsOmitted: boolean;
  /** MCP params that reach the upstream beside name, arguments and `_meta` (task, inputResponses, requestState); for HTTP, that a body is no object. */
  readonly beside: JsonObject;
  /** The intent that the caller declares; untrusted. From MCP `_meta` or the intent header. */
  readonly declaredIntent: CutText | null;
  /** Session id that the caller chose itself (header or `_meta`); untrusted. */
  readonly declaredSession: string | null;
  /** Trace id of its `traceparent`, 32 hex digits; untrusted. */
  readonly declaredTrace: string | null;
  /** That `traceparent` as it came; untrusted. Absent: it came with none. */
  readonly traceparent?: string;
  /**
   * How long the caller is willing to wait (RFC 7240 `wait`), in seconds; "respond-async" is 0; null when it states nothing.
   */
  readonly preferWait: number | null;
  /** Idempotency-Key header as sent, unquoted. */
  readonly idempotencyKey: string | null;
  /** The tool's definition from OpenAPI or an earlier tools/list; null when unknown. */
  readonly definition: JsonObject | null;
  readonly mcp: McpMessage | null;
  /** What its caller looks for in the list of tools that it asks for. Absent: the list itself. */
  readonly toolQuery?: ToolQuery;
  /** Of an HTTP operation that was called as an MCP tool: `request` is the operation's own. Absent: it is as it came. */
  readonly operation?: CalledOperation;
  /** Why it cannot be carried out. Absent: it can. */
  readonly unfit?: Unfit;
  /** Who was given the `requestState` that it came with (`callerKey`). Absent: it came with none. */
  readonly stateOf?: string;
  /** It is the round after the page of the approval with this id. Absent: it is not. */
  readonly afterPage?: string;
  /** Of what a tool server asks its caller: `arguments` are then what it asks. Absent: a call. */
  readonly serverRequest?: AskingTool;
}

/** What a tool server may ask its caller: its model, its person, or which folders it works on (MCP, client features). */
export const serverRequestKinds = ["sampling", "elicitation", "roots"] as const;
export type ServerRequestKind = (typeof serverRequestKinds)[number];

/** The tool whose call asks; null when none runs, or several do and the server does not say which. */
export interface AskingTool {
  readonly tool: string | null;
}

/** The call of an HTTP operation as it came. */
export interface CalledOperation {
  /** The JSON-RPC message. */
  readonly message: Buffer;
  /** The whole body is one argument, named `body`; else its members are arguments. */
  readonly bodyIsWhole: boolean;
  /** Whether an answer is what the tool's outputSchema promises; null: it promises nothing. */
  readonly promised: ((answer: JsonObject) => boolean) | null;
}

/** `ofOwnTool`: of a tool of the gateway's own, told once its caller is known. Else the tool may be hidden, and policy comes first. */
export interface Unfit {
  readonly refusal: Refusal;
  readonly ofOwnTool: boolean;
}

/** Whether its caller only listens: the answer is a stream that lives as long as its caller. */
export function listens({ mcp, action }: ToolCall): boolean {
  return mcp?.kind === "stream" || action === "subscriptions/listen";
}

/** Key in `_meta` of what belongs to one `subscriptions/listen` (MCP 2026-07-28, "Subscriptions"). */
export const subscriptionKey = "io.modelcontextprotocol/subscriptionId";

/** What a caller looks for among the tools that it may see. */
export interface ToolQuery {
  /** Words; empty: any tool. */
  readonly text: string;
  /** Tools at most. */
  readonly limit: number;
}

const maxIntentLength = 2_000;

/** What a caller says as its intent, cut when it is too long; null for nothing. */
export function declaredIntent(text: string | null): CutText | null {
  return text === null || text === "" ? null : cutToLength(text, maxIntentLength);
}

/** Types of resources that are a server as a whole. */
const wholeServers: ReadonlySet<string> = new Set(["server", ...serverRequestKinds]);

/** AuthZEN resource id: `server/name`, or the server alone when the whole of it is meant. */
export function resourceId({ resourceType, route, name }: Pick<ToolCall, "resourceType" | "route" | "name">): string {
  return wholeServers.has(resourceType) ? route.server : `${route.server}/${name}`;
}

/** Names a session of the tool server (MCP 2025-11-25, "Session Management"). */
export const transportSessionHeader = "mcp-session-id";

/** Streamable HTTP began with 2025-03-26, but servers that speak it agree on 2024-11-05, too; the messages are the same. */
export const mcpVersions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const;
export type McpVersion = (typeof mcpVersions)[number];

/** The lists of a tool server that change (MCP, `listChanged`). */
export type ChangingListName = "tools" | "prompts" | "resources";

/** What the id says by which a caller names its session. */
export interface SealedSession {
  readonly id: string;
  /** Digest of whose it is, on which route. */
  readonly owner: string;
  /** The lists of whose changes its tool server has said that it tells. */
  readonly announced: readonly ChangingListName[];
  /** Its client has declared that it sends its person to pages (elicitation in URL mode). Absent: it has not. */
  readonly opensPages?: boolean;
}

export interface McpMessage {
  readonly era: "legacy" | "modern";
  readonly version: McpVersion;
  /** stream: GET for server messages. close: DELETE of a transport session. */
  readonly kind: "request" | "notification" | "response" | "stream" | "close";
  readonly id: string | number | null;
  readonly method: string;
  readonly progressToken: string | number | null;
  /** The tool server's own id of it. */
  readonly transportSession: string | null;
  /** What the caller has named it by, and whose it is by that. Absent: by nothing that this gateway has given out. */
  readonly sealed?: SealedSession;
  readonly acceptsEventStream: boolean;
  /** How this request declares that it accepts a task as its answer; null when it does not. */
  readonly tasks: TaskOffer | null;
  /** The client's capabilities, as this message declares them. Absent: it declares none. */
  readonly capabilities?: JsonObject;
}

/** augmented: MCP 2025-11-25, `params.task`. extension: MCP 2026-07-28 with `io.modelcontextprotocol/tasks`. */
export type TaskOffer = { readonly kind: "augmented"; readonly ttlMs: number | null } | { readonly kind: "extension" };

/** The parts of a request that have a meaning for the tool server, and their digest. */
interface Digested {
  /** Headers that the route names, sorted by name, each once: part of what is judged and digested. */
  readonly namedHeaders: Pairs;
  readonly method: string;
  /** The canonical path plus the canonical query: the request target that leaves the socket. */
  readonly target: string;
  /** Content-Type as it is sent: the media type in lower case, of a multipart type with its boundary; null without a body. */
  readonly contentType: string | null;
  /** SHA-256 of the body's bytes, 64 hex digits; empty without a body. */
  readonly bodyDigest: string;
  /** See `digestedText`. */
  readonly digestedText: string;
  /** SHA-256 of that text, which a tool server can recompute: "sha256:" and 64 hex digits. */
  readonly digest: string;
}

export function digested(
  method: string,
  target: string,
  contentType: string | null,
  body: Buffer,
  namedHeaders: Pairs = noHeaders,
): Digested {
  const bodyDigest = digestOf(body);
  const text = textToDigest(method, target, contentType, bodyDigest, namedHeaders);
  const digest = `sha256:${hash("sha256", text, "hex")}`;
  return { method, target, contentType, namedHeaders, bodyDigest, digestedText: text, digest };
}

const noHeaders: Pairs = [];

/**
 * Method, target, content type, the SHA-256 of the body's bytes and a line for each header that the route names: where two
 * such texts are equal, so are their digests.
 */
export function digestedText(
  method: string,
  target: string,
  contentType: string | null,
  body: Buffer,
  namedHeaders: Pairs,
): string {
  return textToDigest(method, target, contentType, digestOf(body), namedHeaders);
}

function digestOf(body: Buffer): string {
  return body.length === 0 ? "" : hash("sha256", body, "hex");
}

function textToDigest(
  method: string,
  target: string,
  contentType: string | null,
  bodyDigest: string,
  namedHeaders: Pairs,
): string {
  const text = `sallyport-request-v1\n${method} ${target}\n${contentType ?? ""}\n${bodyDigest}`;
  return namedHeaders.length === 0 ? text : text + namedHeaders.map(([name, value]) => `\n${name}: ${value}`).join("");
}
