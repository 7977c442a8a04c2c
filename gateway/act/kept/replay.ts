import { outcome, type Outcome } from "../../domain/decision-record.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { AnswerHead } from "../../domain/upstream-answer.ts";
import { parseExact, isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { decisionMeta, writeMcp } from "../respond/mcp.ts";
import { isWithheld, unreadDetail } from "../respond/refusal-wording.ts";
import { refuse } from "../respond/refuse.ts";
import type { AnswerJudge } from "../results/answer-judge.ts";
import { judgeMessage } from "../results/judge-message.ts";
import { JudgedSink } from "../results/judged-sink.ts";
import { OperationSink } from "../results/operation-sink.ts";
import type { KeptResult, Result } from "./kept-results.ts";

interface Replayed {
  readonly approvalId: string;
  readonly kept: KeptResult;
  readonly result: Result;
}

/**
 * Gives a kept result to the caller that repeats the call, marked as such, as far as the policy that is active now lets it through:
 * it may have become stricter since the result was kept. `judge`: null when no rule has a say.
 */
export async function replay(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  replayed: Replayed,
  judge: AnswerJudge | null,
): Promise<Outcome> {
  const known = (): Partial<Outcome> => ({ approvalId: replayed.approvalId, result: judge?.summary ?? null });
  try {
    const { result } = replayed;
    const given =
      result.kind === "http"
        ? await replayHttp(exchange, evaluated, { ...replayed, result }, judge)
        : await replayMessage(exchange, evaluated, { ...replayed, result }, judge);
    return outcome({ kind: "replayed", ...given, ...known() });
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || !isWithheld(thrown)) throw thrown;
    return { ...refuse(exchange, thrown), kind: "withheld", ...unreadDetail(thrown), ...known() };
  }
}

type Given = Pick<Outcome, "status" | "responseBytes">;

/** Headers that say of an answer that it is one given before, and of which decision. A tool server's answer cannot have them. */
function marks({ kept }: Replayed): Readonly<Record<string, string>> {
  return { "Sallyport-Outcome": "replayed", "Sallyport-Replay-Of": kept.decisionId };
}

type KeptHttp = Extract<Result, { kind: "http" }>;

async function replayHttp(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  replayed: Replayed & { readonly result: KeptHttp },
  judge: AnswerJudge | null,
): Promise<Given> {
  const { result } = replayed;
  const { res } = exchange;
  const { decisionId, call } = evaluated;
  const head = new KeptHead(result);
  const own = ["Sallyport-Decision", decisionId, ...Object.entries(marks(replayed)).flat()];
  if (call.operation !== undefined) {
    const rewrite = (message: JsonObject): JsonObject => marked(message, evaluated, replayed);
    const sink = new OperationSink({ exchange, judge, capture: null, operation: call.operation, rewrite });
    sink.head(head);
    if (result.body.length > 0) sink.data(result.body);
    await sink.end();
  } else if (judge === null) {
    res.writeHead(result.status, head.passedOn(own));
    res.end(result.body);
  } else {
    const sink = new JudgedSink({ exchange, judge, own, capture: null });
    sink.head(head);
    if (result.body.length > 0) sink.data(result.body);
    await sink.end();
  }
  return { status: result.status, responseBytes: result.body.length };
}

/** The head of a kept answer: its headers are those that were passed on before. */
class KeptHead implements AnswerHead {
  readonly status: number;
  readonly type: string;
  readonly isEventStream: boolean;
  readonly #headers: readonly string[];

  constructor({ status, headers }: KeptHttp) {
    this.status = status;
    this.#headers = headers;
    this.type = this.header("content-type")?.toLowerCase() ?? "";
    this.isEventStream = this.type.startsWith("text/event-stream");
  }

  header(name: string): string | null {
    const values = this.#pairs().flatMap(([given, value]) => (given.toLowerCase() === name ? [value] : []));
    return values.length === 0 ? null : values.join(", ");
  }

  passedOn(own: readonly string[], drop: ReadonlySet<string> = new Set()): string[] {
    const kept = this.#pairs().filter(([name]) => !drop.has(name.toLowerCase()));
    return [...own, ...kept.flat()];
  }

  #pairs(): (readonly [string, string])[] {
    return this.#headers.flatMap((name, at) => (at % 2 === 0 ? [[name, this.#headers[at + 1] ?? ""] as const] : []));
  }
}

async function replayMessage(
  exchange: Exchange,
  evaluated: EvaluatedCall,
  replayed: Replayed & { readonly result: Extract<Result, { kind: "mcp" }> },
  judge: AnswerJudge | null,
): Promise<Given> {
  const { message } = replayed.result;
  const passed = judge === null ? message : await judgeMessage(judge, { text: message, status: 200 });
  if (passed === null) throw new Refusal("result_blocked");
  const text = JSON.stringify(marked(parseExact(passed) as JsonObject, evaluated, replayed));
  const status = writeMcp(exchange.res, text, 200, evaluated.decisionId, marks(replayed));
  return { status, responseBytes: Buffer.byteLength(text) };
}

/** The answer with the id of the request that asks now; its `_meta`, or the `data` of an error, says what it is. */
function marked(message: JsonObject, { decisionId, call }: EvaluatedCall, { approvalId, kept }: Replayed): JsonObject {
  const executedAt = new Date(kept.endedAt).toISOString();
  const about = {
    [decisionMeta]: { id: decisionId, outcome: "replayed", approvalId, replayOf: kept.decisionId, executedAt },
  };
  const withAbout = (value: JsonValue | undefined): JsonValue =>
    value === undefined || isJsonObject(value) ? { ...value, ...about } : value;
  const { result, error } = message;
  return {
    ...message,
    id: call.mcp?.id ?? null,
    ...(isJsonObject(result) ? { result: { ...result, _meta: withAbout(result["_meta"]) } } : {}),
    ...(isJsonObject(error) ? { error: { ...error, data: withAbout(error["data"]) } } : {}),
  };
}
