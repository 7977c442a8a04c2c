import { Refusal, type ErrorCode } from "../../domain/errors.ts";
import { listens } from "../../domain/tool-call.ts";
import { noObligations, type Outcome } from "../../domain/decision-record.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { AnswerSink } from "../../domain/upstream-answer.ts";
import { oncePer } from "../../lib/caches.ts";
import { continueTrace, firstHeader } from "../../lib/request-headers.ts";
import { type Injection, noInjection } from "../credentials/injection.ts";
import {
  answerNotNoted,
  saveOutcomeBeforeRefusal,
  isInSharedHistory,
  outcomeFirstSink,
} from "../outcome-before-answer.ts";
import { respondEnded } from "../respond/refuse.ts";
import { errorOfRefusal, isWithheld, unreadDetail } from "../respond/refusal-wording.ts";
import type { AnswerJudge, AnswerReaders } from "../results/answer-judge.ts";
import { JudgedSink } from "../results/judged-sink.ts";
import type { McpAnswers } from "../results/mcp-answers.ts";
import { MessageSink } from "../results/message-sink.ts";
import { type MessageReaders, passToTask } from "../results/pass-message.ts";
import type { AskedOnAnswer, AskedWithin } from "../server-requests/server-requests.ts";
import type { CallAccess } from "./call-access.ts";
import { OperationSink } from "../results/operation-sink.ts";
import { StreamSink } from "./sinks.ts";
import type { Sent, Upstreams } from "./upstreams.ts";

/** Sends an allowed call and passes the answer on, whatever it is; what fails, rejects. For MCP see `forwardMcp`. */
export async function forward(
  upstreams: Upstreams,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  injection: Injection,
  { judge, capture }: AnswerReaders,
  requests: RequestsWithin | null = null,
): Promise<Outcome> {
  const asked = requests?.(telling(upstreams, exchange, evaluated, injection)) ?? null;
  const sink = sinkFor(exchange, evaluated, { judge, capture }, asked);
  const sent = await send(upstreams, exchange, evaluated, { injection, judge, sink });
  // The call has left: a memory that cannot be written does not change what is told of it.
  if (sent.error !== null) await sink.brokenOff?.().catch(() => undefined);
  return settle(exchange, evaluated, sent, { injection, judge });
}

/** The requests of the tool server on the answer to one call. `tell`: see `AskedWithin`. */
export type RequestsWithin = (tell: AskedWithin["tell"]) => AskedOnAnswer;

function telling(
  upstreams: Upstreams,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  injection: Injection,
): AskedWithin["tell"] {
  const access = accessOf(exchange, evaluated, injection);
  const sent = () => ({ headers: upstreamHeaders(exchange, evaluated, partial), injection, access });
  return (message) => upstreams.tell(evaluated.call, sent(), message);
}

function sinkFor(
  exchange: Exchange,
  { decisionId, call }: EvaluatedCall,
  { judge, capture }: AnswerReaders,
  requests: AskedOnAnswer | null,
): AnswerSink {
  if (call.operation !== undefined) return new OperationSink({ exchange, judge, capture, operation: call.operation });
  const { answerSink } = exchange;
  const own = ["Sallyport-Decision", decisionId];
  if (answerSink !== undefined)
    return answerSink(call.mcp?.id ?? "", call.route.upstream.maxResponseBytes, (text, status) =>
      passToTask(text, { call, isRun: exchange.task !== undefined, judge, requests, status }),
    );
  return judge === null
    ? new StreamSink(exchange.res, own, capture)
    : new JudgedSink({ exchange, judge, own, capture });
}

interface Sending {
  readonly injection: Injection;
  readonly judge: AnswerJudge | null;
  readonly sink: AnswerSink;
}

function send(
  upstreams: Upstreams,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  { injection, judge, sink }: Sending,
): Promise<Sent> {
  const { call } = evaluated;
  const sending = upstreams.send(
    call,
    {
      headers: upstreamHeaders(
        exchange,
        evaluated,
        judge?.judges === true || injection !== noInjection ? partial : none,
      ),
      injection,
      // In the pool, a few streams that stay open would leave no connection for calls.
      exclusive: evaluated.facts.approval.status === "approved" || listens(call),
      connection: exchange.connection,
      mayIdle: (call.operation === undefined && call.mcp?.acceptsEventStream) ?? asksForEvents(call),
      judgesEvents: call.mcp !== null && judge?.judges === true,
      access: accessOf(exchange, evaluated, injection),
      counted: exchange.counted,
    },
    outcomeFirstSink(exchange, sink, (status) => kindOfAnswer(status, evaluated)),
  );
  if (!isInSharedHistory(exchange)) return sending;
  return sending.then(async (sent) => {
    const refusal = sent.error === null ? null : faultOf(sent, evaluated);
    // Where the store has just failed, `act` tries again once the caller is told.
    if (refusal !== null && refusal.code !== "answer_not_noted")
      await saveOutcomeBeforeRefusal(exchange, kindOf(refusal, sent));
    return sent;
  });
}

function accessOf({ context }: Exchange, { subject, facts }: EvaluatedCall, injection: Injection): CallAccess {
  const { credentials } = injection;
  const connections =
    injection === noInjection ? noConnections : credentials.flatMap(({ connection }) => connection ?? []);
  return { subject, facts, since: context.startedAt, connections };
}

const noConnections: readonly string[] = Object.freeze([]);

function asksForEvents({ request }: EvaluatedCall["call"]): boolean {
  return request.headers.some(
    ([name, value]) => name === "accept" && value.toLowerCase().includes("text/event-stream"),
  );
}

/** Ask for a part of an answer. Policy judges whole ones, and credentials are looked for in whole ones: what is looked for could be cut in two. */
const partial: ReadonlySet<string> = new Set(["range", "if-range"]);
const none: ReadonlySet<string> = new Set();

/** What the caller sent and may travel on, then our own. Credentials come on top when it is sent, and take nothing's place. */
function upstreamHeaders(
  exchange: Exchange,
  { call, decisionId, subject }: EvaluatedCall,
  dropped: ReadonlySet<string>,
): string[] {
  const headers: string[] = [];
  for (const [name, value] of call.request.headers) if (!dropped.has(name)) headers.push(name, value);
  if (call.request.contentType !== null) headers.push("content-type", call.request.contentType);
  const trace =
    exchange.context.traceparent ?? continueTrace(firstHeader(exchange.req.rawHeaders, "traceparent"), decisionId);
  if (trace !== null) headers.push("traceparent", trace);
  headers.push("sallyport-decision", decisionId, "sallyport-subject", subjectHeader(subject));
  return headers;
}

/** A subject is made once a token and sent with every call. */
const subjectHeader = oncePer(({ id }: EvaluatedCall["subject"]) => encodeURIComponent(id));

/** What the outcome record says; and, when no answer has begun, what the caller is told. */
function settle(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  sent: Sent,
  { injection, judge }: Pick<Sending, "injection" | "judge">,
): Outcome {
  if (sent.status === 401) for (const { refused } of injection.credentials) refused?.();
  const result = judge?.summary ?? null;
  const credentials = usedBy(injection, sent);
  if (sent.error === null) {
    const kind = kindOfAnswer(sent.status, evaluated);
    return { ...ended(kind, exchange.res.statusCode, null, sent, evaluated), ...judge?.unread, result, credentials };
  }
  const refusal = faultOf(sent, evaluated);
  const status = respondEnded(exchange, errorOfRefusal(refusal, evaluated.decisionId), sent.mayTell);
  const outcome = ended(kindOf(refusal, sent), status, refusal.code, sent, evaluated);
  return { ...outcome, ...judge?.unread, ...unreadDetail(refusal), result, credentials };
}

/** MCP 2025-11-25, "Session Management": 404 to a request of a session says that there is none, so nothing was executed. */
function kindOfAnswer(status: number | null, { call: { mcp } }: EvaluatedCall): "failed" | "forwarded" {
  const hasNoSession = status === 404 && mcp !== null && mcp.transportSession !== null;
  return hasNoSession ? "failed" : "forwarded";
}

function usedBy({ credentials }: Injection, { removed }: Sent): Outcome["credentials"] {
  return credentials.length === 0 ? null : { names: credentials.map(({ name }) => name), removed };
}

function ended(
  kind: Outcome["kind"],
  status: number | null,
  code: ErrorCode | null,
  sent: Sent,
  { facts }: EvaluatedCall,
): Outcome {
  return {
    kind,
    status,
    code,
    upstreamStatus: sent.status,
    forwardedDigest: sent.started ? sent.forwardedDigest : null,
    responseDigest: sent.responseDigest,
    ...(sent.digestOmitted === null ? {} : { digestOmitted: sent.digestOmitted }),
    responseBytes: sent.responseBytes,
    approvalId: facts.approval.id,
    obligations: noObligations,
    result: null,
    credentials: null,
    ...(sent.endedBy === null ? {} : { endedBy: sent.endedBy }),
  };
}

function faultOf(sent: Sent, { call }: EvaluatedCall): Refusal {
  const error = sent.error;
  const isLost = error instanceof Refusal && error.code === "store_unavailable" && sent.status !== null;
  if (isLost && !readOnly.has(call.action)) return answerNotNoted(error);
  if (error instanceof Refusal && error.code !== "upstream_cut_off") return error;
  if (sent.callerLeft) return new Refusal("client_gone", { cause: error });
  if (error instanceof Refusal) return sent.started ? error : new Refusal("draining");
  const detail = error === null ? "" : `${error.name}: ${error.message}`;
  if (error?.cause instanceof Refusal) return error.cause;
  if (!sent.started) return new Refusal("upstream_unreachable", { detail, cause: error });
  if (error?.name === "HeadersTimeoutError" || error?.name === "BodyTimeoutError") {
    return new Refusal("upstream_timeout", { detail, cause: error });
  }
  return new Refusal("upstream_broken", { detail, cause: error });
}

/** Bytes may have left: then whether the tool ran is not known, and nobody may pretend it is. */
function kindOf(refusal: Refusal, sent: Sent): Outcome["kind"] {
  if (sent.endedBy !== null) return sent.started ? "aborted" : "refused";
  if (isWithheld(refusal)) return "withheld";
  // RFC 9110 §15.5.2: the request was not applied.
  if (refusal.code === "upstream_unauthorized") return "failed";
  if (!sent.started) return refusal.code === "client_gone" ? "abandoned" : "failed";
  if (refusal.code === "client_gone") return "abandoned";
  return "unknown";
}

/** Methods that change nothing at the tool server: when their answer is withheld, nothing is unknown. */
const readOnly: ReadonlySet<string> = new Set(["tools/list", "initialize", "server/discover", "transport/stream"]);

interface McpReading extends Omit<MessageReaders, "requests"> {
  readonly answers: McpAnswers;
  readonly requests: RequestsWithin;
}

/** Sends an allowed MCP message and passes on which answers may reach its caller; what fails, rejects. */
export async function forwardMcp(
  upstreams: Upstreams,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  injection: Injection,
  { answers, judge, capture, present, requests }: McpReading,
): Promise<Outcome> {
  const asked = requests(telling(upstreams, exchange, evaluated, injection));
  const sink = new MessageSink(exchange, evaluated, answers, { judge, capture, present, requests: asked });
  const sent = await send(upstreams, exchange, evaluated, { injection, judge, sink });
  const settled = settle(exchange, evaluated, sent, { injection, judge });
  const withheld = sent.error instanceof Refusal && sent.error.code.startsWith("upstream_");
  return withheld && readOnly.has(evaluated.call.action) ? { ...settled, kind: "failed" } : settled;
}
