import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnswerSink } from "./upstream-answer.ts";
import type { ClientConnection } from "./connections.ts";
import type { CountedCall } from "./counted-call.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Decision } from "./decision.ts";
import type { Refusal } from "./errors.ts";
import type { Facts } from "./facts.ts";
import type { LeaseChange } from "./lease.ts";
import type { ObservedCall } from "./ports.ts";
import type { PolicyInput, RecordedInput } from "./policy-input.ts";
import type { Route } from "./route.ts";
import type { Subject } from "./subject.ts";
import type { SaidTaskText } from "./task-text.ts";
import type { ToolCall, ToolQuery } from "./tool-call.ts";

/** A JSON-RPC message of a tool server as it may come back; null when it does not. @throws Refusal when the answer is withheld */
export type MessageJudge = (text: string, status: number) => Promise<string | null>;

/** A request of a tool server to its caller, on its way through the request path. */
export interface PendingServerRequest {
  /** The call, or the stream of messages, on whose answer it came. */
  readonly within: EvaluatedCall;
  /** Of JSON-RPC; of `inputRequests` (MCP 2026-07-28) the key. */
  readonly id: string | number;
  readonly method: string;
  readonly params: JsonObject;
  readonly tool: string | null;
  /** Lets an allowed one reach the caller; what keeps it from that, or null. Never rejects. */
  readonly pass: () => Promise<Refusal | null>;
  /** Told when it does not reach the caller. */
  readonly refused: (refusal: Refusal) => void;
}

/** One HTTP request and the way to answer it, from arrival to the last byte. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Time of arrival, in milliseconds on the monotonic clock; the caller's waiting time counts from it. */
  readonly receivedAt: number;
  readonly connection: ClientConnection;
  /** The whole body, read at most once and then kept: a held call is parsed again from the same bytes. */
  body: Buffer | null;
  /**
   * The call of MCP since 2026-07-28 as it was read first, with the tool server's own state in the place of what its caller was given;
   * `body` is of this one then, or the same for a made-up name. Absent: none was read.
   */
  opened?: ToolCall;
  /** What the request adds to the text of its task, taken out of the body when that was read. Absent: nothing. */
  taskText?: SaidTaskText;
  /** What the caller looks for among tools, once its search was made a question for their list. Absent: nothing. */
  toolQuery?: ToolQuery;
  /** In the place of the headers of `req`, flat as Node has them, once the body that they repeat was changed. */
  headers?: readonly string[];
  /** Id of the approval that was given while the caller waited; a fact for the next evaluation. */
  resumed: string | null;
  /**
   * The request whose credentials are checked, when it is not `req`: the stored call of a task has none, and is
   * executed by a poll of its caller.
   */
  readonly credentials?: IncomingMessage;
  /** Receives the upstream's answer when no connection waits for it; absent: the answer goes to `res`. */
  readonly answerSink?: (rpcId: string | number, maxBytes: number, judge: MessageJudge) => AnswerSink;
  /** What a tool server asks while it answers this exchange; absent: this is a caller's request. */
  readonly serverRequest?: PendingServerRequest;
  /** Id of the task whose call this is; its answer is stored with the task. */
  readonly task?: string;
  /** The made-up name in the request (`act/hidden/`), which is replaced in what the caller gets. Absent: there is none. */
  renaming?: Renaming;
  /** The call in the history of its session. Absent: it is in none, or is not carried out yet. */
  observed?: ObservedCall | null;
  /** Set once an approval is used up for this call. Whoever sends it writes the ending of that approval, and says so here. */
  approvalEnding?: { isTakenOver: boolean };
  /** Set once the call is counted as under way. */
  counted?: CountedCall;
  /** True once an event stream to an MCP caller is open: whatever follows must be an event on it. */
  eventStreamOpen: boolean;
  readonly context: RequestContext;
}

/**
 * What is known of a request so far, for records and refusals; no decision may use it. Parsing sets the route and the
 * JSON-RPC address as soon as they are known, the pipeline sets the results of its steps.
 */
export interface RequestContext {
  readonly decisionId: string;
  /** The parts of the request that the record uses. */
  readonly request: Pick<IncomingMessage, "method" | "url" | "rawHeaders">;
  /** Start of the request path, in milliseconds on the monotonic clock. */
  readonly startedAt: number;
  route: Route | null;
  call: ToolCall | null;
  subject: Subject | null;
  facts: Facts | null;
  input: RecordedInput | null;
  /** What the request adds to the text of a task: its digest and length are recorded. Absent: nothing. */
  taskText?: Pick<SaidTaskText, "digest" | "bytes">;
  /** What the request does to a task (a lease): recorded before it is done. Absent: nothing. */
  lease?: LeaseChange;
  /** JSON-RPC id and method as far as they were read, so that a refusal during parsing names its request. */
  rpc: { readonly id: string | number | null; readonly method: string; readonly modern: boolean } | null;
  /** `traceparent` for the tool server, when the gateway tells of this call itself. Absent: it does not. */
  traceparent?: string;
  /** Set once the call was changed as an obligation asks; `call`, `facts` and `input` are then those of the changed call. */
  redacted?: ArgumentsRedacted;
}

/** What was taken out of a call before it was judged once more. Its names are those of the record. */
export interface ArgumentsRedacted {
  /** Digest of the request as it came and was judged first. */
  readonly received_digest: string;
  /** Values and pieces of text that were removed. */
  readonly values: number;
  /** The first answer: of the call as it came. */
  readonly effect: Decision["effect"];
  readonly fuel: number | null;
}

/** A made-up name that the tool server gets in the place of the one that the caller used. */
export interface Renaming {
  readonly placeholder: string;
  readonly original: string;
}

/** A message for the caller: the text as JSON writes it, in its bytes (`latin1`). */
export function renamed(message: string, { placeholder, original }: Renaming): string {
  const written = Buffer.from(inJson(original)).toString("latin1");
  return message.replaceAll(placeholder, () => written);
}

/** The same for a text of JSON in its characters. */
export function renamedText(json: string, { placeholder, original }: Renaming): string {
  return json.replaceAll(placeholder, () => inJson(original));
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** What obligations take out of a call. */
export interface Rewriting<A> {
  /** Values and pieces of text. */
  readonly values: number;
  /** Puts the changed bytes in the place of those that came. */
  readonly apply: (arrival: A) => void;
}

/** A call with the decision and everything that it is based on; `act/` carries it out. */
export interface EvaluatedCall {
  readonly decisionId: string;
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly facts: Facts;
  readonly input: PolicyInput;
  readonly decision: Decision;
}

/** The context of a request before its first step. */
export function newContext(
  known: Pick<RequestContext, "decisionId" | "request" | "startedAt"> & Partial<Pick<RequestContext, "route">>,
): RequestContext {
  const { decisionId, request, startedAt, route = null } = known;
  return { decisionId, request, startedAt, route, call: null, subject: null, facts: null, input: null, rpc: null };
}
