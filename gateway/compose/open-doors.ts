import { Cancellations } from "../act/hold/wait.ts";
import { argumentRedaction } from "../act/redaction/redact-arguments.ts";
import { decisionOf } from "../act/respond/refuse.ts";
import { ResultPhase } from "../act/results/result-phase.ts";
import { refuseArrival } from "../act/server-requests/judge.ts";
import { judgeResult } from "../decide/decide.ts";
import { fitsSchema } from "../decide/schema-fit.ts";
import { detect } from "../detect/detect.ts";
import { challengeFirst } from "../pipeline/challenge-first.ts";
import { callDoor } from "../pipeline/enforce.ts";
import { failClosed } from "../pipeline/fail-closed.ts";
import { TracedPath } from "../traces/traced-path.ts";
import { policyForCalls } from "./active-policy.ts";
import { callTable } from "./call-table.ts";
import type { Components, Gateway } from "./compose.ts";
import { openAuthzen, openQuestions } from "./open-authzen.ts";
import { openMessages } from "./open-messages.ts";
import { parseFor } from "./open-offers.ts";
import { recordedFor } from "./open-shadow.ts";
import { openTasks } from "./open-tasks.ts";

/** The request path, and the two doors to it. */
export async function openDoors(components: Components): Promise<Pick<Gateway, "enter" | "authzen">> {
  const { config, logger, clock, ids, address, state, approvals, bundles, memory, identity } = components;
  const { holds, revocations } = approvals;
  const { sessions, risk, provenance, taskTexts, definitions } = memory;
  const { authzen } = config;
  const activePolicy = policyForCalls(bundles);
  const { traced, record } = recording(components);
  const known = { sessions, risk, provenance, taskTexts, definitions };
  const sources = { ...known, leases: components.leases.ledger, holds, revocations };
  const questionDeps = { ...sources, signingKey: state.store.signingKey, address, clock, record };
  const questions = await openQuestions(config, questionDeps);
  const act = actDeps(components);
  const table = callTable({
    identify: identity.identify,
    facts: { ...sources, ...factsOf(components), activePolicy },
    record,
    act,
    unknown: { exchanges: components.exchanges, decoyNames: components.memory.decoyNames },
    questions,
  });
  const { connections, exchanges } = components;
  const parse = challengeFirst(parseFor(components, act.answers.streams), identity.identify);
  const door = callDoor(parse, table, argumentRedaction({ find: detect, definitions }));
  const enter = failClosed({
    door: traced?.door(door) ?? door,
    record,
    decisionOf,
    logger,
    refuse: refuseArrival,
    resume: (exchange, approvalId) => exchanges.resume(exchange, approvalId),
  });
  if (authzen === null || questions === null || table.question === null) return { enter, authzen: null };
  const of = { identify: identity.identify, limits: components.limits.calls, activePolicy, traced };
  const asked = { ...questionDeps, ...of, questions, steps: table.question };
  const service = { connections, connection: state.connection, ids, logger, approvals: approvals.service };
  return { enter, authzen: openAuthzen(config, authzen, { ...asked, ...service }) };
}

function factsOf({ config, clock, memory }: Components) {
  const { instance, environment, sessions } = config;
  const { anyLive, kept, transportSessions } = memory;
  return {
    instance,
    environment,
    taskTextRules: sessions.taskText,
    anyLive,
    kept,
    transportSessions,
    find: detect,
    clock,
  };
}

/** What is told of each call that is recorded: to the candidate beside the policy, and to its trace. */
function recording({ tracing, shadow, records }: Components) {
  const traced = tracing === null ? null : new TracedPath(tracing);
  const recorded = recordedFor(shadow, records.recorder.record.bind(records.recorder));
  return { traced, record: traced?.record(recorded) ?? recorded };
}

function actDeps(components: Components): Parameters<typeof callTable>[0]["act"] {
  const { logger, clock, approvals, memory, upstreams, credentials, access, offers } = components;
  const { sessions, provenance, taskTexts, definitions, kept } = memory;
  const judging = { evaluate: judgeResult, find: detect, fits: fitsSchema };
  const results = new ResultPhase({ ...judging, sessions, provenance, definitions, clock });
  return {
    holds: approvals.holds,
    sessions,
    provenance,
    taskTexts,
    definitions,
    kept,
    leases: components.leases.ledger,
    limits: components.limits.calls,
    clock,
    logger,
    upstreams,
    results,
    underWay: access.underWay,
    visibility: offers.visibility,
    lists: offers.lists,
    served: offers.served,
    find: detect,
    ...openMessages(components),
    cancellations: new Cancellations(),
    tasks: openTasks(components, results),
    credentials: credentials.registry,
  };
}
