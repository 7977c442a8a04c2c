import { actOnServerRequest } from "../act/server-requests/judge.ts";
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
import { refusingTokenInCall } from "../identify/own-token.ts";
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
  const identify = refusingTokenInCall(deps.identify);
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
