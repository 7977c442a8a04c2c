import { fulfil } from "../act/obligations.ts";
import { decisionOf, refuse } from "../act/respond/refuse.ts";
import { type Callbacks, callbacks, callbackSender } from "../authzen/callbacks.ts";
import { type Authzen, createAuthzen } from "../authzen/create-authzen.ts";
import type { AuthzenDeps, QuestionDeps } from "../authzen/deps.ts";
import { asking, questionDoor, type QuestionSteps } from "../authzen/question-steps.ts";
import type { DeadConnections } from "../domain/connections.ts";
import type { AuthzenConfig, Config } from "../config/config.ts";
import { decide } from "../decide/decide.ts";
import { detect } from "../detect/detect.ts";
import type {
  ActivePolicy,
  ApprovalService,
  CallLimits,
  Clock,
  DefinitionLedger,
  Holds,
  Ids,
  LeaseLedger,
  Logger,
  ProvenanceLedger,
  Revocations,
  RiskLedger,
  SessionLedger,
  TaskTexts,
} from "../domain/ports.ts";
import { delegatedFacts } from "../gather/gather.ts";
import type { Identify } from "../identify/create-identify.ts";
import { assertOrigin, checkedLookup } from "../net/addresses.ts";
import { signedPost } from "../net/signed-post.ts";
import { signingKey } from "../net/webhook-signature.ts";
import { ownRequests } from "../parse/body.ts";
import { accessRequestStore } from "../store/access-requests.ts";
import type { AnyConnection } from "../store/engines.ts";
import type { ListenerAddress } from "./open-identity.ts";
import type { TracedPath } from "../traces/traced-path.ts";
import type { Store } from "./open-store.ts";

export interface OpenQuestionsDeps {
  readonly signingKey: Store["signingKey"];
  readonly address: ListenerAddress;
  readonly clock: Clock;
  readonly holds: Holds;
  readonly sessions: SessionLedger;
  readonly leases: LeaseLedger;
  readonly risk: RiskLedger;
  readonly provenance: ProvenanceLedger;
  readonly taskTexts: TaskTexts;
  readonly definitions: DefinitionLedger;
  readonly revocations: Revocations;
  readonly record: QuestionDeps["record"];
}

/** What questions of other enforcement points are judged with; null when nobody may ask. */
export async function openQuestions(config: Config, deps: OpenQuestionsDeps): Promise<QuestionDeps | null> {
  const { authzen, instance, environment } = config;
  if (authzen === null) return null;
  const { address, clock, holds, sessions, leases, risk, provenance, taskTexts, definitions, revocations, record } =
    deps;
  return {
    route: authzen.route,
    ignoredContext: authzen.ignoredContext,
    ownServer: authzen.hooks?.server ?? "",
    origin: () => address.url ?? "",
    holds,
    key: await deps.signingKey("authzen"),
    clock,
    facts: delegatedFacts({
      sessions,
      leases,
      risk,
      provenance,
      taskTexts,
      definitions,
      revocations,
      find: detect,
      instance,
      environment,
    }),
    decide,
    record,
  };
}

export interface OpenAuthzenDeps extends OpenQuestionsDeps {
  readonly connection: AnyConnection;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly identify: Identify;
  readonly connections: DeadConnections;
  readonly limits: CallLimits;
  readonly approvals: ApprovalService;
  readonly activePolicy: () => ActivePolicy | null;
  /** The row of the table of calls, and what it was built from. */
  readonly questions: QuestionDeps;
  readonly steps: QuestionSteps;
  /** Null: nobody traces questions. */
  readonly traced: TracedPath | null;
}

/** The door of other enforcement points. */
export function openAuthzen(config: Config, authzen: AuthzenConfig, deps: OpenAuthzenDeps): Authzen {
  const { route, evaluations, requestWithinMs, hooks } = authzen;
  const { questions, steps, holds, sessions, limits, clock, ids, logger, identify } = deps;
  const door = questionDoor(questions, steps);
  const refusals = { record: deps.record, decisionOf, logger };
  const authzenDeps: AuthzenDeps = {
    ...questions,
    ...refusals,
    evaluations,
    requestWithinMs,
    activePolicy: deps.activePolicy,
    read: ownRequests(route, { ...config.listeners.agents.limits, connections: deps.connections }),
    identify: (exchange) => identify(exchange, { route }),
    own: hooks === null ? null : { identify: (exchange) => identify(exchange, hooks) },
    // Nothing is sent from here, so what would have to go upstream cannot be carried out, and that is a no. What a permission takes
    // from limits stays taken: what becomes of the call is not known here.
    fulfil: async (evaluated) =>
      (await fulfil(evaluated, { holds, sessions, limits, find: detect, inject: null })).obligations,
    refuse,
    approvals: deps.approvals,
    requests: accessRequestStore(deps.connection),
    revocations: deps.revocations,
    sessions,
    callbacks: openCallbacks(config, authzen, deps),
    ids,
    ask: asking(deps.traced?.door(door) ?? door, { ...refusals, ids, clock, route }),
  };
  return createAuthzen(authzenDeps);
}

function openCallbacks(
  config: Config,
  { callbacks: rules }: AuthzenConfig,
  { clock, ids, logger }: Pick<OpenAuthzenDeps, "clock" | "ids" | "logger">,
): Callbacks {
  const { allow, addresses, secretReference, timeoutMs } = rules;
  const lookup = checkedLookup(addresses);
  const post = signedPost({
    lookup,
    timeoutMs,
    clock,
    keys: () => [signingKey(config.secret(secretReference ?? ""))],
    assertOrigin: (origin) => assertOrigin(origin, addresses),
  });
  return callbacks({
    allow,
    resolve: (hostname) =>
      new Promise((resolve, reject) => {
        lookup(hostname, { all: true }, (error) => (error === null ? resolve() : reject(error)));
      }),
    sender: callbackSender({ ids, logger, post }),
  });
}
