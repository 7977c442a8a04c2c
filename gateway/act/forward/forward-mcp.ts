import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../../domain/exchange.ts";
import type { Outcome } from "../../domain/decision-record.ts";
import type { McpAnswers } from "../results/mcp-answers.ts";
import { MessageSink } from "../results/message-sink.ts";
import { send, settle } from "./forward.ts";
import type { ResultCapture } from "../kept/result-capture.ts";
import type { Upstreams } from "./upstreams.ts";

/** Methods that change nothing at the tool server: when their answer is withheld, nothing is unknown. */
const readOnly: ReadonlySet<string> = new Set(["tools/list", "initialize", "server/discover", "transport/stream"]);

export interface McpReading {
  readonly answers: McpAnswers;
  readonly capture: ResultCapture | null;
}

/** Sends an allowed MCP message and passes on which answers may reach its caller; what fails, rejects. */
export async function forwardMcp(
  upstreams: Upstreams,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  ownHeaders: readonly string[],
  { answers, capture }: McpReading,
): Promise<Outcome> {
  const sent = await send(
    upstreams,
    exchange,
    evaluated,
    ownHeaders,
    new MessageSink(exchange, evaluated, answers, capture),
  );
  const settled = settle(exchange, evaluated, sent);
  const withheld = sent.error instanceof Refusal && sent.error.code.startsWith("upstream_");
  return withheld && readOnly.has(evaluated.call.action) ? { ...settled, kind: "failed" } : settled;
}
