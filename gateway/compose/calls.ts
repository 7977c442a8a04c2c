import { actOnServerRequest } from "../act/server-requests/judge.ts";
import type { ResultPhase } from "../act/results/result-phase.ts";
import { makesTasks } from "../act/results/task-support.ts";
import type {
  CallQuestion,
  CallState,
  Clock,
  Holds,
  Ids,
  Logger,
  ProcessStore,
  SessionSealer,
  Tasks,
} from "../domain/ports.ts";
import type { Exchanges } from "../pipeline/exchanges.ts";
import type { AnyConnection } from "../store/engines.ts";
import { mcpTaskStore } from "../store/mcp-tasks.ts";
import type { Running } from "../tasks/running.ts";
import { createTasks } from "../tasks/tasks.ts";
import { answerByDecoy, type DecoyRequestDeps } from "../act/hidden/decoy-request.ts";
import { type ActDeps, createAct } from "../act/act.ts";
import { type McpSendDeps, sendHttp, sendMcp } from "../act/send.ts";
import type { QuestionDeps } from "../authzen/deps.ts";
import { type QuestionSteps, questionSteps } from "../authzen/question-steps.ts";
import { decide } from "../decide/decide.ts";
import { Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { type CallFactsDeps, callFacts } from "../gather/gather.ts";
import type { Identify } from "../identify/create-identify.ts";
import type { MakesTasks } from "../parse/mcp/own-task.ts";
import { keepingTokens } from "../identify/own-token.ts";
import type { CallTable, Steps } from "../pipeline/enforce.ts";

type Row = Steps<Exchange>;

export interface CallTableDeps {
  readonly identify: Identify;
  readonly facts: CallFactsDeps;
  readonly record: Row["record"];
  readonly act: ActDeps & McpSendDeps;
  /** For calls of what is hidden. */
  readonly unknown: Pick<DecoyRequestDeps, "exchanges" | "decoyNames">;
  /** Null when no other enforcement point may ask. */
  readonly questions: QuestionDeps | null;
}

/** Every kind of call and its steps. Bytes become a call at the door, `callDoor` or `questionDoor`; these steps follow. */
export function callTable(deps: CallTableDeps): CallTable<QuestionSteps | null> {
  const { record } = deps;
  const identify = keepingTokens(deps.identify);
  /** The credential that came with the request. */
  const caller: Row["identify"] = ({ req, res, context }, { call }) => identify({ req, res, context }, call);
  /** Whose call or stream the request came on. */
  const serverRequestCaller: Row["identify"] = ({ serverRequest }) => {
    if (serverRequest === undefined) throw new Refusal("internal", { detail: "nothing is asked" });
    return serverRequest.within.subject;
  };
  /** The credential of the poll that executes the task; the stored call of a task has none. */
  const poller: Row["identify"] = ({ req, res, credentials = req }, { call }) =>
    identify({ req: credentials, res }, call);
  const facts = callFacts(deps.facts);
  /** What the gateway knows of the call, from its own memory and store. */
  const known: Row["gather"] = (exchange, { call }, subject, before) => facts(exchange, call, subject, before);
  /** The active policy, taken once when the facts were gathered. */
  const judged: Row["decide"] = (input, { policy }, decisionId) => decide(policy, input, decisionId);
  /** Forwards, holds or refuses; the answer of the tool server is passed on as it comes. */
  const http = createAct(deps.act, sendHttp(deps.act));
  /** The same; what of the answer may reach the caller is read first, and a held call may become a task. */
  const mcp = createAct(deps.act, sendMcp(deps.act), answerByDecoy({ ...deps.act, ...deps.unknown, decide }));
  /** Passes what is asked on to the caller, or tells its tool server that it is refused. */
  const pass = actOnServerRequest(deps.act);
  // prettier-ignore
  return {
    http:     { identify: caller, gather: known, decide: judged, record, act: http },
    mcp:      { identify: caller, gather: known, decide: judged, record, act: mcp },
    task:     { identify: poller, gather: known, decide: judged, record, act: mcp },
    serverRequest: { identify: serverRequestCaller, gather: known, decide: judged, record, act: pass },
    question: deps.questions === null ? null : questionSteps(deps.questions),
  };
}

export interface OpenTasksDeps {
  readonly read: (question: CallQuestion) => Promise<CallState>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly holds: Holds;
  readonly exchanges: Exchanges;
  readonly processes: ProcessStore;
  /** This process, among those that share the store. */
  readonly process: string;
  /** The calls of tasks that this process executes now. */
  readonly running: Running;
  readonly results: ResultPhase;
  readonly sessions: SessionSealer;
}

/** Whether the tool server makes tasks of a tool's calls, as the tool's pinned definition says. */
export function toolMakesTasks(read: OpenTasksDeps["read"]): MakesTasks {
  return async (server, name) => {
    const { definition } = await read({ definitionOf: { server, kind: "tool", name } });
    return makesTasks(definition?.pinned.definition ?? null);
  };
}

export function openTasks(connection: AnyConnection, deps: OpenTasksDeps): Tasks {
  const { read, exchanges, processes, clock, ids, logger, holds, running, results, sessions, process } = deps;
  return createTasks({
    store: mcpTaskStore(connection),
    holds,
    clock,
    ids,
    logger,
    running,
    results,
    sessions,
    process,
    isAlive: async (other) => (await processes.alive(clock.now())).includes(other),
    makesTasks: toolMakesTasks(read),
    begin: (parts) => exchanges.inner(parts),
  });
}
