import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnswerSink } from "./upstream-answer.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { Decision } from "./decision.ts";
import type { Facts } from "./facts.ts";
import type { PolicyInput, RecordedInput } from "./policy-input.ts";
import type { Route } from "./route.ts";
import type { Subject } from "./subject.ts";
import type { ToolCall } from "./tool-call.ts";

/** One HTTP request and the way to answer it, from arrival to the last byte. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** When the request came, in milliseconds on the monotonic clock: what a caller has waited counts from then. */
  readonly receivedAt: number;
  readonly connection: ClientConnection;
  /** The whole body, read at most once and then kept: a held call is parsed again from the same bytes. */
  body: Buffer | null;
  /** Approval that people gave while the caller waited; its id is a fact for the next judgement. */
  resumed: string | null;
  /**
   * The request whose credentials count, where it is not `req`: a task's stored call has none, and is executed by the
   * poll of its own caller.
   */
  readonly credentials?: IncomingMessage;
  /** Where the upstream's answer goes when nobody waits for it on a connection; absent: to `res`. */
  readonly answerSink?: (rpcId: string | number, maxBytes: number) => AnswerSink;
  /** The task whose call this is, when nobody waits for it on a connection: its answer goes there. */
  readonly task?: string;
  /** True once an event stream to an MCP caller is open: whatever follows must be an event on it. */
  eventStreamOpen: boolean;
  readonly context: RequestContext;
}

/**
 * What is known of a request on its way through the path, for records and refusals; no step may judge by it. Parsing notes
 * the route and the JSON-RPC address as soon as it knows them, the pipeline the results of its steps.
 */
export interface RequestContext {
  readonly decisionId: string;
  /** What the record says of the request itself. */
  readonly request: Pick<IncomingMessage, "method" | "url" | "rawHeaders">;
  /** When it began to go through the path, in milliseconds on the monotonic clock. */
  readonly startedAt: number;
  route: Route | null;
  call: ToolCall | null;
  subject: Subject | null;
  facts: Facts | null;
  input: RecordedInput | null;
  /** JSON-RPC id and method as far as read, so that even a refusal in parsing is addressed to its request. */
  rpc: { readonly id: string | number | null; readonly method: string; readonly modern: boolean } | null;
}

/** A call with everything it was judged by; what `act/` carries out. */
export interface EvaluatedCall {
  readonly decisionId: string;
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly facts: Facts;
  readonly input: PolicyInput;
  readonly decision: Decision;
}

/** The context of a request before its first step. `known`: what is known of it by then. */
export function newContext(
  known: Pick<RequestContext, "decisionId" | "request" | "startedAt"> & Partial<Pick<RequestContext, "route">>,
): RequestContext {
  const { decisionId, request, startedAt, route = null } = known;
  return { decisionId, request, startedAt, route, call: null, subject: null, facts: null, input: null, rpc: null };
}
