import { parseExact } from "../../lib/json-text.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { outcome, type Outcome } from "../../domain/decision-record.ts";
import { decisionMeta, writeMcp } from "../respond/tell-mcp.ts";
import type { KeptResult } from "./kept-results.ts";
import type { Result } from "./result-capture.ts";

export interface Replayed {
  readonly approvalId: string;
  readonly kept: KeptResult;
  readonly result: Result;
}

/** Headers that say of an answer that it is one given before, and of which decision. A tool server's answer cannot have them. */
function marks({ kept }: Replayed): Readonly<Record<string, string>> {
  return { "Sallyport-Outcome": "replayed", "Sallyport-Replay-Of": kept.decisionId };
}

/** Gives a kept result to the caller that repeats the call, marked as such. */
export function replay(exchange: Exchange, evaluated: EvaluatedCall, replayed: Replayed): Outcome {
  const { approvalId, result } = replayed;
  const known = { kind: "replayed", approvalId } as const;
  if (result.kind === "http") {
    exchange.res.writeHead(result.status, [
      ...result.headers,
      ...["Sallyport-Decision", evaluated.decisionId],
      ...Object.entries(marks(replayed)).flat(),
    ]);
    exchange.res.end(result.body);
    return outcome({ ...known, status: result.status, responseBytes: result.body.length });
  }
  const text = JSON.stringify(marked(parseExact(result.message) as JsonObject, evaluated, replayed));
  const status = writeMcp(exchange.res, text, 200, evaluated.decisionId, marks(replayed));
  return outcome({ ...known, status, responseBytes: Buffer.byteLength(text) });
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
