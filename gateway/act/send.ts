import { noOutcome } from "../domain/approval.ts";
import type { Outcome } from "../domain/decision-record.ts";
import { asRefusal } from "../domain/errors.ts";
import type { EvaluatedCall, Exchange } from "../domain/exchange.ts";
import type { Holds, ListOnItsWay, ListPresenter, Logger, ServedOperations, Tasks } from "../domain/ports.ts";
import { resourceId, type ToolQuery } from "../domain/tool-call.ts";
import type { Send } from "./act.ts";
import { forward, forwardMcp, type RequestsWithin } from "./forward/forward.ts";
import type { Upstreams } from "./forward/upstreams.ts";
import type { KeptResults, ResultCapture } from "./kept/kept-results.ts";
import type { ResultPhase } from "./results/result-phase.ts";
import type { McpAnswers } from "./results/mcp-answers.ts";
import type { ServerRequests } from "./server-requests/server-requests.ts";

interface SendDeps {
  readonly upstreams: Upstreams;
  readonly holds: Pick<Holds, "finish">;
  readonly kept: KeptResults;
  readonly results: ResultPhase;
  readonly logger: Logger;
}

/** A plain HTTP call, and the run of a task: the answer is passed on, or kept, as it comes. */
export function sendHttp(deps: SendDeps): Send<unknown> {
  return (exchange, evaluated, injection) => {
    const judge = deps.results.of(evaluated);
    return released(deps, exchange, evaluated, (capture) =>
      forward(deps.upstreams, exchange, evaluated, injection, { judge, capture }, null),
    );
  };
}

export interface McpSendDeps extends SendDeps {
  readonly answers: McpAnswers;
  readonly serverRequests: ServerRequests;
  readonly tasks: Tasks;
  readonly lists: ListPresenter;
  readonly served: ServedOperations;
}

/** An MCP message: what of the answer may reach the caller is read first; a call may become a task of the gateway's. */
export function sendMcp(deps: McpSendDeps): Send<{ readonly enter: (exchange: Exchange) => Promise<void> }> {
  const { answers, results, serverRequests, tasks, upstreams, lists, served } = deps;
  const presenting =
    (list: Omit<ListOnItsWay, "query">) =>
    (message: string, query: ToolQuery | null): Promise<string> =>
      lists.present({ ...list, query }, message);
  return function send(exchange, evaluated, injection, { enter }) {
    const { call } = evaluated;
    if (call.resourceType === "task") return tasks.answer(exchange, evaluated, enter);
    if (call.route.operationsOf !== undefined && call.operation === undefined)
      return served.answer(exchange, evaluated, enter);
    const sent = (to: Exchange): Promise<Outcome> => {
      const requests: RequestsWithin = (tell) => serverRequests.within({ exchange: to, evaluated, enter, tell });
      const judge = results.of(evaluated);
      // The answer to a task's call is read where it is kept, and that of an operation is none of MCP.
      const isWhole = to.answerSink !== undefined || call.operation !== undefined;
      const over = (capture: ResultCapture | null): Promise<Outcome> =>
        isWhole
          ? forward(upstreams, to, evaluated, injection, { judge, capture }, requests)
          : forwardMcp(upstreams, to, evaluated, injection, {
              answers,
              capture,
              requests,
              judge,
              present: (call.route.toolSearch ?? null) === null ? null : presenting({ exchange: to, evaluated, enter }),
            });
      return released(deps, to, evaluated, (capture) => answers.ids.during(evaluated, isWhole, () => over(capture)));
    };
    const forwarded = (): Promise<Outcome> =>
      tasks.forward(exchange, evaluated, (to) => {
        const before = answers.streams.before(exchange, call);
        return serverRequests.running.during(call, () => (before === null ? sent(to) : before.then(() => sent(to))));
      });
    return call.mcp?.kind === "response" ? serverRequests.passed.answered(evaluated, forwarded) : forwarded();
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
  if (exchange.approvalEnding) exchange.approvalEnding.isTakenOver = true;
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
    await holds.finish(id, state, result.code ?? `status ${result.upstreamStatus}`, release, result.endedBy);
    return result;
  } catch (thrown) {
    await holds.finish(id, "failed", asRefusal(thrown).code, release);
    throw thrown;
  }
}

function endOf({ kind }: Outcome): "delivered" | "unknown" | "failed" {
  if (kind === "forwarded" || kind === "withheld") return "delivered";
  return kind === "unknown" || kind === "abandoned" || kind === "aborted" ? "unknown" : "failed";
}
