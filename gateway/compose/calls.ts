import { type ActDeps, createAct } from "../act/act.ts";
import { type McpSendDeps, sendHttp, sendMcp } from "../act/send.ts";
import type { QuestionDeps } from "../authzen/deps.ts";
import { type QuestionSteps, questionSteps } from "../authzen/question-steps.ts";
import { decide } from "../decide/decide.ts";
import type { Exchange } from "../domain/exchange.ts";
import { type CallFactsDeps, callFacts } from "../gather/gather.ts";
import type { Identify } from "../identify/create-identify.ts";
import type { CallTable } from "../pipeline/call-table.ts";
import type { Steps } from "../pipeline/enforce.ts";

type Row = Steps<Exchange>;

export interface CallTableDeps {
  readonly identify: Identify;
  readonly facts: CallFactsDeps;
  readonly record: Row["record"];
  readonly act: ActDeps & McpSendDeps;
  /** Null when no other enforcement point may ask. */
  readonly questions: QuestionDeps | null;
}

/** Every kind of call and its steps. Bytes become a call at the door, `callDoor` or `questionDoor`; these steps follow. */
export function callTable(deps: CallTableDeps): CallTable<QuestionSteps | null> {
  const { identify, record } = deps;
  /** The credential that came with the request. */
  const caller: Row["identify"] = ({ req, res }, { call }) => identify({ req, res }, call);
  /** The credential of the poll that executes the task; the stored call of a task has none. */
  const poller: Row["identify"] = ({ req, res, credentials = req }, { call }) =>
    identify({ req: credentials, res }, call);
  const facts = callFacts(deps.facts);
  /** What the gateway knows of the call, from its own memory and store. */
  const known: Row["gather"] = async (exchange, { call }, subject) => ({ facts: await facts(exchange, call, subject) });
  /** The active policy, taken once when the facts were gathered. */
  const judged: Row["decide"] = (input, { policy }) => decide(policy, input);
  /** Forwards, holds or refuses; the answer of the tool server is passed on as it comes. */
  const http = createAct(deps.act, sendHttp(deps.act));
  /** The same; what of the answer may reach the caller is read first, and a held call may become a task. */
  const mcp = createAct(deps.act, sendMcp(deps.act));
  // prettier-ignore
  return {
    http:     { identify: caller, gather: known, decide: judged, record, act: http },
    mcp:      { identify: caller, gather: known, decide: judged, record, act: mcp },
    task:     { identify: poller, gather: known, decide: judged, record, act: mcp },
    question: deps.questions === null ? null : questionSteps(deps.questions),
  };
}
