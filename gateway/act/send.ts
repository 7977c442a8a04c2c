import { noOutcome } from "../domain/approval.ts";
import { asRefusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { Holds, Logger, Tasks } from "../domain/ports.ts";
import { resourceId } from "../domain/tool-call.ts";
import type { Send } from "./act.ts";
import { forward, forwardMcp } from "./forward/forward.ts";
import type { Upstreams } from "./forward/upstreams.ts";
import type { KeptResults } from "./kept/kept-results.ts";
import type { ResultCapture } from "./kept/result-capture.ts";
import type { McpAnswers } from "./results/mcp-answers.ts";

export interface SendDeps {
  readonly upstreams: Upstreams;
  readonly holds: Pick<Holds, "finish">;
  readonly kept: KeptResults;
  readonly logger: Logger;
}

/** A plain HTTP call, and the run of a task: the answer is passed on, or kept, as it comes. */
export function sendHttp(deps: SendDeps): Send<unknown> {
  return (exchange, evaluated, headers) =>
    released(deps, exchange, evaluated, (capture) => forward(deps.upstreams, exchange, evaluated, headers, capture));
}

export interface McpSendDeps extends SendDeps {
  readonly answers: McpAnswers;
  readonly tasks: Tasks;
}

/** An MCP message: what of the answer may reach the caller is read first; a call may become a task of the gateway's. */
export function sendMcp(deps: McpSendDeps): Send<{ readonly enter: (exchange: Exchange) => Promise<void> }> {
  const { answers, tasks, upstreams } = deps;
  const sendTask = sendHttp(deps);
  return function send(exchange, evaluated, headers, { enter }) {
    if (evaluated.call.resourceType === "task") return tasks.answer(exchange, evaluated, enter);
    return tasks.forward(exchange, evaluated, (to) =>
      // The answer to a task's call is read where it is kept.
      to.answerSink !== undefined
        ? sendTask(to, evaluated, headers, null)
        : released(deps, to, evaluated, (capture) =>
            forwardMcp(upstreams, to, evaluated, headers, { answers, capture }),
          ),
    );
  };
}

/** A call that an approval released gets an ending of that approval, and its result is kept for a caller that repeats it. */
function released(
  deps: SendDeps,
  exchange: Exchange,
  evaluated: EvaluatedCall,
  send: (capture: ResultCapture | null) => Promise<Outcome>,
): Promise<Outcome> {
  const { id, status } = evaluated.facts.approval;
  if (status !== "approved" || id === null) return send(null);
  return finished(deps, evaluated, id, deps.kept.during(exchange, evaluated, id, send));
}

/** A consumed approval gets its ending, whatever happens after the compare-and-set. */
async function finished(
  { holds, logger }: SendDeps,
  evaluated: EvaluatedCall,
  id: string,
  sending: Promise<Outcome>,
): Promise<Outcome> {
  const release = { revision: evaluated.facts.policy.revision, decisionId: evaluated.decisionId };
  try {
    const result = await sending;
    const state = endOf(result);
    if (state === "unknown")
      logger.error(noOutcome, { approval_id: id, tool: resourceId(evaluated.call), code: result.code });
    await holds.finish(id, state, result.code ?? `status ${result.upstreamStatus}`, release);
    return result;
  } catch (thrown) {
    await holds.finish(id, "failed", asRefusal(thrown).code, release);
    throw thrown;
  }
}

function endOf({ kind }: Outcome): "delivered" | "unknown" | "failed" {
  if (kind === "forwarded") return "delivered";
  return kind === "unknown" || kind === "abandoned" ? "unknown" : "failed";
}
