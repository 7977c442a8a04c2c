import type { Upstreams } from "../act/forward/upstreams.ts";
import type { Authzen } from "../authzen/create-authzen.ts";
import type { Config } from "../config/config.ts";
import { DeadConnections } from "../domain/connections.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Clock, FindingSource, HealthReport, Ids, Logger } from "../domain/ports.ts";
import { ConnectionBursts } from "../listener/connection-bursts.ts";
import type { Enter } from "../pipeline/enforce.ts";
import { Exchanges } from "../pipeline/exchanges.ts";
import type { Tracing } from "../traces/tracing.ts";
import { createMetrics, type Metrics } from "../record/metrics/metrics.ts";
import { Running } from "../tasks/running.ts";
import { systemClock, systemIds } from "./clock-and-ids.ts";
import { policyHealth } from "./active-policy.ts";
import { watchPolicy } from "./health.ts";
import { healthReport, type NamedSources } from "./health-report.ts";
import { ListenerAddress, type Identity, openIdentity, type KnownPeople, openPeople } from "./open-identity.ts";
import { type Approvals, openApprovals } from "./open-approvals.ts";
import { type OpenCredentials, openCredentials } from "./open-credentials.ts";
import { type Channels, openChannels } from "./open-channels.ts";
import { openDoors } from "./open-doors.ts";
import { type AccessControl, openEndings } from "./open-endings.ts";
import { type Leases, openLeases } from "./open-leases.ts";
import { type Limits, openLimits } from "./open-limits.ts";
import { type Memory, openMemory } from "./open-memory.ts";
import { openLogWriter, openRecords, type Records } from "./open-records.ts";
import { type OpenProofs, openProofs } from "./open-proofs.ts";
import { type Offers, openOffers } from "./open-offers.ts";
import { openPolicy, type Policies } from "./open-policy.ts";
import { openSignals, type OutsideWorld } from "./open-signals.ts";
import { openState, type State } from "./open-state.ts";
import { openUpstreams } from "./open-upstreams.ts";
import packageFile from "../../package.json" with { type: "json" };

export interface ComposeOptions {
  /** They say what is wrong around the gateway, such as an edited configuration. */
  readonly others: readonly FindingSource[];
  /** The operator's word that a store that is behind its log is meant. */
  readonly acceptStore: boolean;
  /** Default: the system's. Replayed sessions have one of their own, so that no report depends on the time of day. */
  readonly clock?: Clock;
}

/** Everything that there is, in the order in which it is built: a component knows those above it alone. */
export interface Components extends Policies {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Where agents reach the gateway. */
  readonly address: ListenerAddress;
  /** Where people reach the console. */
  readonly consoleAddress: ListenerAddress;
  /** The data folder, the store, the index of the log, and work in the background. */
  readonly state: State;
  /** Accounts, passkeys, and what is known of people today. */
  readonly people: KnownPeople;
  /** What is under way, and the one place that ends access. */
  readonly access: AccessControl;
  /** Tasks as leases. */
  readonly leases: Leases;
  /** Held calls, grants, receipts, revocations. */
  readonly approvals: Approvals;
  /** The decision log, its search, and metrics. */
  readonly records: Records;
  /** What other systems say of callers. */
  readonly signals: OutsideWorld;
  /** How people hear of held calls. */
  readonly channels: Channels;
  /** Sessions, definitions of tools, kept results. */
  readonly memory: Memory;
  /** What calls may take. */
  readonly limits: Limits;
  readonly identity: Identity;
  /** What processes of one store share of DPoP; null where the store is a file. */
  readonly proofs: OpenProofs | null;
  readonly upstreams: Upstreams;
  /** Connections of agents on which nothing that follows is judged. */
  readonly connections: DeadConnections;
  readonly bursts: ConnectionBursts;
  readonly exchanges: Exchanges;
  /** What of the tool servers callers may see, and how it is offered to them. */
  readonly offers: Offers;
  /** Calls of tasks that are executed now. */
  readonly running: Running;
  /** Spans of calls; null: none are made. */
  readonly tracing: Tracing | null;
  /** What calls carry to tool servers. */
  readonly credentials: OpenCredentials;
}

/** The components and the doors that lead to them. */
export interface Gateway extends Components {
  /** The request path for calls of agents, failing closed. */
  readonly enter: Enter<Exchange>;
  /** The door of other enforcement points; null when none may ask. */
  readonly authzen: Authzen | null;
  readonly health: () => Promise<HealthReport>;
  /** Ends what runs, in the reverse order, and closes what is open. */
  close(): Promise<void>;
}

/** Builds the gateway from its configuration: the only place that constructs. Nothing listens yet. @throws CannotStart, Error */
export async function compose(
  config: Config,
  logger: Logger,
  { others, acceptStore, clock = systemClock }: ComposeOptions,
): Promise<Gateway> {
  const base = await openBase(config, logger, clock, acceptStore);
  try {
    return await composeOn(base, { config, logger, clock, others });
  } catch (failure) {
    // Connections to the store would keep the process alive, and the data folder locked.
    await base.state.close().catch(() => undefined);
    throw failure;
  }
}

type ComposeDeps = Pick<Components, "config" | "logger" | "clock"> & Pick<ComposeOptions, "others">;

async function composeOn(base: Base, { config, logger, clock, others }: ComposeDeps): Promise<Gateway> {
  const components = await build(config, logger, clock, base);
  const { bundles, records } = components;
  const { enter, authzen } = await openDoors(components);
  watchPolicy(bundles, records.metrics, logger);
  const health = healthReport(findingSources(components, others), clock);
  records.metrics.findings(health);
  return {
    ...components,
    enter,
    authzen,
    health,
    close: () => close(components, authzen),
  };
}

/** In the order in which problems are told. */
function findingSources(components: Components, others: readonly FindingSource[]): NamedSources {
  const { bundles, plane, shadow, records, state, tracing } = components;
  return [
    ["policy", policyHealth(bundles, shadow)],
    ...optional("bundle-status", plane.reports),
    ["decision-log", records.writer],
    ...optional("shipping", records.shipping),
    ...optional("traces", tracing),
    ["background", state.background],
    ["channels", components.channels],
    ["issuers", components.identity],
    ["signals", components.signals],
    ["definitions", components.memory.definitions],
    ["upstreams", components.upstreams],
    ["tool-search", components.offers.lists],
    ["credentials", components.credentials.registry],
    ...others.map((source) => ["process", source] as const),
  ];
}

function optional(name: string, source: FindingSource | null): NamedSources {
  return source === null ? [] : [[name, source]];
}

type Base = Pick<Components, "ids" | "state"> & { readonly metrics: Metrics };

async function openBase(config: Config, logger: Logger, clock: Clock, acceptStore: boolean): Promise<Base> {
  const ids = systemIds();
  const metrics = createMetrics();
  const watch = { monotonic: () => clock.monotonic(), took: metrics.storeTook };
  return { ids, metrics, state: await openState(config, { ids, logger, acceptStore, watch }) };
}

type Ground =
  "config" | "logger" | "clock" | "ids" | "state" | "people" | "access" | "leases" | "approvals" | "records";

/** What everything else stands on: the store, who may end access, held calls and the log. */
async function buildGround(
  config: Config,
  logger: Logger,
  clock: Clock,
  { ids, metrics, state }: Base,
): Promise<Pick<Components, Ground>> {
  const { connection, live, background } = state;
  const people = openPeople(config, connection, { clock, ids, logger });
  const log = openLogWriter(config, { state, clock, ids, logger, metrics });
  const given = { clock, ids, logger, background, process: state.lock.id };
  const { heartbeat, onChange, signingKey } = state.store;
  if (heartbeat !== null) metrics.storeNotifies(() => heartbeat.isNotified());
  const access = await openEndings(connection, { ...given, onChange });
  const leases = await openLeases(config, { ...given, connection, access });
  const approvals = await openApprovals(config, connection, {
    ...given,
    access,
    live,
    journal: log.journal,
    receiptJournal: log.receiptJournal,
    signingKey,
    heartbeat,
    onChange,
    people: people.people,
    storeWasBehind: state.wasBehind,
  });
  const records = openRecords(config, { log, state, approvals, clock, ids, logger, metrics });
  return { config, logger, clock, ids, state, people, access, leases, approvals, records };
}

async function build(config: Config, logger: Logger, clock: Clock, base: Base): Promise<Components> {
  const ground = await buildGround(config, logger, clock, base);
  const { ids, state, access, approvals, records } = ground;
  const { connection, live, background } = state;
  const { underWay } = access;
  const address = new ListenerAddress(config.listeners.agents.publicUrl);
  const consoleAddress = new ListenerAddress(config.listeners.console.publicUrl);
  const signals = await openSignals(config, { state, approvals, records, underWay, clock, ids, logger });
  const { outside, sentTokens } = signals;
  const kept = { connection, live, background, process: state.lock.id, shared: state.store.shared };
  const memory = await openMemory(config, { ...kept, clock, ids, logger, outside });
  const proofs = await openProofs(state, { clock, ids });
  const exchanges = new Exchanges(clock, ids);
  const { metrics } = records;
  const policy = await openPolicy(config, { ...ground, connection, cacheKey: memory.policyCacheKey, metrics });
  return {
    ...ground,
    proofs,
    address,
    consoleAddress,
    signals,
    ...policy,
    channels: openChannels(config, connection, { approvals: approvals.deps, clock, logger, metrics }),
    memory,
    limits: openLimits(config, { clock, logger, metrics, shared: state.store.shared?.limitCounts ?? null }),
    identity: openIdentity(config, connection, { ...ground, address, sentTokens, proofs }),
    upstreams: openUpstreams(config, { underWay, clock, ids, logger }),
    connections: new DeadConnections(),
    bursts: new ConnectionBursts(clock.monotonic),
    exchanges,
    offers: openOffers({ ...ground, ...policy, definitions: memory.definitions, exchanges }),
    running: new Running(),
    tracing: await openTracing(config, { clock, logger }),
    credentials: openCredentials(config, { ...ground, address, consoleAddress }),
  };
}

/** Null where the configuration names no receiver: then the request path is as if there were no traces. */
async function openTracing(
  { traces, instance, environment, secret }: Config,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Tracing | null> {
  if (traces === null) return null;
  // The libraries that it needs are a fifth of all modules.
  const { Tracing } = await import("../traces/tracing.ts");
  const sender = { instance, environment, version: packageFile.version };
  return new Tracing(traces, { sender, clock, logger, secret });
}

/** For the endings of calls that were cut off to be written. */
const cutOffMs = 5_000;

async function close(components: Components, authzen: Authzen | null): Promise<void> {
  const { config, access, leases, approvals, channels, signals, bundles, plane, running, upstreams } = components;
  const { credentials, memory, proofs, records, shadow, state } = components;
  authzen?.close();
  // First: another process takes what is executing for interrupted once this one has left the store.
  await running.idle(config.listeners.agents.limits.finishMs);
  // What was cut off is written before the log and the store close: what became of its approval, then of the call.
  await records.recorder.idle(cutOffMs);
  await approvals.idle();
  await signals.stop();
  await leases.close();
  await access.stop();
  await approvals.stop();
  await channels.stop();
  await Promise.all([shadow?.stop(), bundles.close()]);
  await plane.reports?.stop();
  await upstreams.destroy();
  await components.tracing?.close();
  await credentials.close();
  await memory.close();
  await proofs?.stop();
  await records.closeLog();
  await state.close();
}
