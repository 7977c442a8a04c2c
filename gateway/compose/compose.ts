import type { IncomingMessage, ServerResponse } from "node:http";
import { type ActOptions, createAct } from "../act/act.ts";
import { McpAnswers } from "../act/results/mcp-answers.ts";
import { Cancellations } from "../act/hold/cancellations.ts";
import type { Credential } from "../act/forward/credentials.ts";
import { Reachability } from "../act/forward/reachability.ts";
import { decisionOf, refuse } from "../act/respond/refuse.ts";
import { Upstreams } from "../act/forward/upstreams.ts";
import { visibility } from "../act/respond/visibility.ts";
import { createApp } from "../listener/app.ts";
import { approvalStatus } from "../listener/approval-status.ts";
import { openAuthzen } from "./open-authzen.ts";
import { openChannels } from "./open-channels.ts";
import { openDelivery } from "./open-delivery.ts";
import { openIdentity } from "./open-identity.ts";
import { type Memory, openMemory } from "./open-memory.ts";
import { openApprovals } from "./open-approvals.ts";
import { openPeople } from "./open-people.ts";
import { openRecords } from "./open-records.ts";
import { openState, type State } from "./open-state.ts";
import { openTasks } from "./open-tasks.ts";
import { wellKnown } from "../listener/well-known.ts";
import type { Config } from "../config/config.ts";
import { decide, visible } from "../decide/decide.ts";
import type { Bundles, FindingSource, Logger } from "../domain/ports.ts";
import type { Steps } from "../pipeline/enforce.ts";
import { createExchanges, type Exchanges } from "../pipeline/exchanges.ts";
import { failClosed } from "../pipeline/fail-closed.ts";
import { createGather } from "../gather/gather.ts";
import { healthReport, policyFindings } from "./health.ts";
import type { Identify } from "../identify/create-identify.ts";
import { malformed } from "../listener/malformed.ts";
import { DeadConnections } from "../domain/dead-connections.ts";
import { preflights } from "../parse/cors.ts";
import { createParse } from "../parse/parse.ts";
import { PendingAnswers } from "../listener/pending-answers.ts";
import type { Metrics } from "../record/metrics.ts";
import { systemClock as clock, systemIds } from "./system.ts";

export interface ComposeOptions {
  /** They say what is wrong around the gateway, such as an edited configuration. */
  readonly others: readonly FindingSource[];
  /** The operator's word that a store that is behind its log is meant. */
  readonly acceptStore: boolean;
}

/** Builds the gateway from its configuration: the only place where the rooms meet. Nothing listens yet. */
export function compose(config: Config, logger: Logger, { others, acceptStore }: ComposeOptions) {
  const ids = systemIds();
  const state = openState(config, { ids, logger, acceptStore });
  const who = openPeople(config, state.database, clock);
  const around = { clock, ids, logger, people: who.people, process: state.lock.id, background: state.background };
  const approvals = openApprovals(config, state.database, { ...around, storeWasBehind: state.wasBehind });
  const delivery = openDelivery(config, state.database, { clock, logger });
  const records = openRecords(config, { state, approvals, clock, logger });
  const channels = openChannels(config, state.database, { ...around, ...records, approvals: approvals.deps });
  const path = openPath(config, logger, ids, { state, approvals, delivery, records });
  watchPolicy(delivery, records.metrics, logger);
  const { definitions, upstreams } = path;
  const sources = [...findingSources({ state, delivery, records, channels, definitions, upstreams }), ...others];
  return {
    ids,
    clock,
    logger,
    health: () => healthReport(sources),
    ...path,
    ...approvals,
    ...records,
    channels,
    bundles: delivery,
    ...who,
    async close(): Promise<void> {
      path.stopAuthzen();
      approvals.stopExpiry();
      approvals.stopCounting();
      await channels.stop();
      await delivery.close();
      await path.tasksIdle(config.listeners.agents.limits.drainMs);
      await path.upstreams.destroy();
      path.keepDefinitions();
      await records.closeLog();
      state.close();
    },
  };
}

export type Gateway = ReturnType<typeof compose>;

/** Counts activations and failed edits, and tells when a failed edit was mended; what failed is told where it fails. */
function watchPolicy(delivery: Bundles, metrics: Metrics, logger: Logger): void {
  let failed = false;
  delivery.watch(({ active, failure }) => {
    if (failure === null) metrics.policyActivated();
    else metrics.policyFailed(failure.stage);
    if (failed && failure === null) logger.info("the policy was mended", { revision: active?.revision });
    failed = failure !== null;
  });
}

/** Every component that can say what is wrong with it, in the order in which problems are told. */
function findingSources(
  parts: Pick<Rooms, "state" | "delivery" | "records"> &
    Readonly<Record<"channels" | "definitions" | "upstreams", FindingSource>>,
): FindingSource[] {
  return [
    { findings: () => policyFindings(parts.delivery) },
    parts.records.writer,
    parts.state.background,
    parts.channels,
    parts.definitions,
    parts.upstreams,
  ];
}

interface Rooms {
  readonly state: State;
  readonly approvals: ReturnType<typeof openApprovals>;
  readonly delivery: ReturnType<typeof openDelivery>;
  readonly records: ReturnType<typeof openRecords>;
}

function openPath(config: Config, logger: Logger, ids: ReturnType<typeof systemIds>, rooms: Rooms) {
  const upstreams = new Upstreams(new Reachability({ clock, logger }));
  const { identify, metadata, trust, knownAs } = openIdentity(config, { clock, ids, logger });
  const exchanges = createExchanges(clock, ids);
  const memory = openMemory(config, { ...rooms.state, clock, logger });
  const connections = new DeadConnections();
  const { run, tasksIdle } = openRun(config, logger, { ...rooms, memory, upstreams, exchanges, identify, connections });
  const begin = (answerWith: (exchange: ReturnType<typeof exchanges.begin>) => Promise<void>) =>
    function answer(req: IncomingMessage, res: ServerResponse): void {
      void answerWith(exchanges.begin(req, res));
    };
  const enforce = begin(run);
  const pending = new PendingAnswers(config.listeners.agents.limits.pipelined);
  const deps = { clock, ids, logger, memory, identify, connections };
  const authzen = openAuthzen(config, {
    ...{ ...deps, ...rooms.state, ...rooms.records, approvals: rooms.approvals },
    activePolicy: () => rooms.delivery.active(),
  });
  const own = new Map([
    ["approvals", begin(openStatus(config, identify, rooms.approvals.holds))],
    [".well-known", authzen.metadata(wellKnown(metadata, enforce))],
  ]);
  const preflight = preflights(config.routes, config.listeners.agents.limits.maxHeaders);
  return {
    upstreams,
    definitions: memory.definitions,
    keepDefinitions: memory.keepDefinitions,
    trust,
    knownAs: (url: string) => [knownAs, authzen.knownAs].forEach((tell) => tell(url)),
    stopAuthzen: authzen.close,
    tasksIdle,
    app: createApp({ enforce, own, withBody: authzen.answers(begin), connections, pending, preflight }),
    own,
    malformed: malformed({ recorder: rooms.records.recorder, clock, ids, logger, connections, pending }),
  };
}

function openStatus({ routes }: Config, identify: Identify, holds: Rooms["approvals"]["holds"]) {
  return approvalStatus({ holds, routes, identify: (exchange, route) => identify(exchange, { route }), refuse });
}

interface Around {
  readonly memory: Memory;
  readonly upstreams: Upstreams;
  readonly exchanges: Exchanges;
  readonly identify: Identify;
  readonly connections: DeadConnections;
}

/** The request path, failing closed: for whoever calls on a connection, and for calls of tasks. */
function openRun(config: Config, logger: Logger, rooms: Rooms & Around) {
  const { exchanges, identify } = rooms;
  const { holds, deps } = rooms.approvals;
  const { tasks, goBy, idle } = openTasks(rooms.state.database, { ...deps, logger, exchanges, holds });
  const step: Steps = {
    ...openSteps(config, logger, { ...rooms, tasks }),
    identify: ({ req, res, credentials }, call) => identify({ req: credentials ?? req, res }, call),
    resume: (exchange, approvalId) => exchanges.resume(exchange, approvalId),
  };
  const run = failClosed({ step, logger, decisionOf, refuse });
  goBy(run);
  return { run, tasksIdle: idle };
}

/** The steps of the request path that need no more than their rooms. */
function openSteps(
  config: Config,
  logger: Logger,
  { approvals, delivery, records, memory, upstreams, tasks, connections }: Rooms & Around & Pick<ActOptions, "tasks">,
): Omit<Steps, "identify" | "resume"> {
  const { routes, instance, environment } = config;
  const { limits } = config.listeners.agents;
  const { holds, revocations } = approvals;
  const { definitions, sessions, kept } = memory;
  const activePolicy = () => delivery.active();
  return {
    parse: createParse(routes, { bodyTimeoutMs: limits.requestTimeoutMs, maxHeaders: limits.maxHeaders, connections }),
    gather: createGather({
      activePolicy,
      sessions,
      definitions,
      holds,
      revocations,
      kept,
      clock,
      instance,
      environment,
    }),
    decide: (input, facts) => decide(facts.policy, input),
    recorded: (exchange, decision, actOn) => records.recorder.recorded(exchange, decision, actOn),
    act: openAct(config, logger, { ...memory, upstreams, tasks, holds }),
  };
}

function openAct(
  config: Config,
  logger: Logger,
  rooms: Pick<ActOptions, "upstreams" | "holds" | "sessions" | "windows" | "kept" | "tasks" | "definitions">,
) {
  const sight = visibility({ evaluate: visible, definitions: rooms.definitions });
  return createAct({
    ...rooms,
    visibility: sight,
    answers: new McpAnswers(sight, clock),
    cancellations: new Cancellations(),
    clock,
    logger,
    ...credentials(config),
  });
}

/** Secrets are read when the gateway starts, so that a missing one stops the start and not a call. */
function credentials(config: Config) {
  const byName = new Map<string, Credential>();
  for (const [name, { header, prefix, reference }] of config.credentials) {
    byName.set(name, { header, value: `${prefix}${config.secret(reference)}` });
  }
  const byRoute = new Map(config.routes.map((route) => [route.id, byName.get(route.credential ?? "") ?? null]));
  return {
    credential: (name: string) => byName.get(name) ?? null,
    routeCredential: (routeId: string) => byRoute.get(routeId) ?? null,
  };
}
