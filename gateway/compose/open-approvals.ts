import { type AttentionCounter, attentionCounter } from "../approvals/attention.ts";
import { ApprovalEvents } from "../approvals/events.ts";
import { ApprovalEndings, startExpiry } from "../approvals/expiry.ts";
import { fatigue } from "../approvals/fatigue.ts";
import { grantService } from "../approvals/grants.ts";
import { countHeld, endHeld } from "../approvals/end-held.ts";
import { holds } from "../approvals/holds.ts";
import type { ApprovalsDeps } from "../approvals/transition.ts";
import { endingUnsent, neverSent } from "../approvals/unsent.ts";
import { receiptKey, receipts } from "../approvals/receipts.ts";
import { approvalService } from "../approvals/service.ts";
import type { ApproverBudget } from "../approvals/vote-checks.ts";
import type { Config } from "../config/config.ts";
import { type Approval, noOutcome } from "../domain/approval.ts";
import type { Background } from "./background.ts";
import type {
  AccessJournal,
  ApprovalService,
  ApprovalStore,
  Clock,
  Fatigue,
  GrantService,
  Holds,
  Ids,
  Job,
  Logger,
  People,
  ReceiptStore,
  Revocations,
} from "../domain/ports.ts";
import { revocations } from "../gather/revocations.ts";
import type { AccessControl } from "./open-endings.ts";
import type { Store } from "./open-store.ts";
import type { ReceiptJournal } from "../record/receipt-journal.ts";
import { clockCheck } from "../store/clock-check.ts";
import { approvalStore, receiptStore } from "../store/approvals.ts";
import { type Liveness, revocationStore } from "../store/call-state.ts";
import { attentionStore } from "../store/attention.ts";
import type { AnyConnection } from "../store/engines.ts";
import { grantKeyStore, grantStore } from "../store/grants.ts";
import { fileTimes, heartbeatTimes, patient, processStore } from "../store/processes.ts";

interface OpenApprovalsDeps {
  readonly live: Liveness;
  readonly signingKey: Store["signingKey"];
  readonly heartbeat: Store["heartbeat"];
  readonly onChange: Store["onChange"];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly people: People;
  /** This process, among those that share the store. */
  readonly process: string;
  readonly background: Background;
  readonly access: AccessControl;
  readonly journal: AccessJournal;
  readonly receiptJournal: ReceiptJournal;
  /** The operator took a store that may have forgotten what was used up since it was written. */
  readonly storeWasBehind: boolean;
}

const retryEveryMs = 1_000;
const purgeEveryMs = 60_000;

export interface Approvals {
  /** What every part of approvals/ works with. */
  readonly deps: ApprovalsDeps;
  /** Follows what people's attention is spent on. */
  readonly attention: AttentionCounter;
  readonly store: ApprovalStore;
  /** The call's side. */
  readonly holds: Holds;
  /** The people's side. */
  readonly service: ApprovalService;
  readonly grants: GrantService;
  readonly fatigue: Fatigue;
  readonly receipts: ReceiptStore;
  readonly receiptKeys: { readonly keys: readonly object[] };
  readonly revocations: Revocations;
  /** Whoever waits for people is told to come back. */
  drain(): void;
  stop(): Promise<void>;
  /** Resolves when no ending of a call is being written. */
  idle(): Promise<void>;
}

/** Where people decide: approvals, grants and receipts, and what ends all of them early. */
export async function openApprovals(
  config: Config,
  connection: AnyConnection,
  given: OpenApprovalsDeps,
): Promise<Approvals> {
  const { clock, logger, background, onChange } = given;
  const stopping = new AbortController();
  const key = receiptKey(await given.signingKey("approval-receipts"));
  const kept = receiptStore(connection);
  // Before what counts votes: that stands on its table.
  const store = approvalStore(connection, given.live);
  const spent = openFatigue(config, connection, clock, background);
  const note = (approval: string, jws: string): void => given.receiptJournal(approval, jws, key.publicKeys.keys[0]);
  const signed = receipts({ signer: key, store: kept, clock, issuer: config.instance, note });
  const processes = patient(processStore(connection), given.heartbeat === null ? fileTimes : heartbeatTimes);
  const deps = depsOf(connection, given, { store, receipts: signed, attention: spent.attention, processes });
  const access = await openRevocations(connection, deps, given);
  const forDoor = { logger, background, access, onChange, draining: stopping.signal };
  const { door, endings, stopExpiry } = await openDoor(config, deps, forDoor);
  const stopBeating = given.heartbeat === null ? null : startHeartbeat(given.heartbeat, processes, given);
  return {
    deps,
    store,
    holds: door,
    service: approvalService({ ...deps, budget: spent.budget, minReviewTimeMs: config.holds.minReviewTimeMs }),
    attention: spent.attention,
    fatigue: spent.fatigue,
    grants: grantService(deps),
    receipts: kept,
    receiptKeys: key.publicKeys,
    revocations: access,
    drain: () => stopping.abort(),
    idle: () => endings.idle(),
    async stop() {
      await stopBeating?.();
      await stopExpiry();
      await spent.stopCounting();
    },
  };
}

const heartbeatEveryMs = 500;

const clockJob = {
  name: "clock",
  failing: "held calls, permissions and sign-ins of all gateways may end at the wrong time",
  severity: "degraded",
} as const;

/** Beats that wait for nothing else; whether the store can be written is looked at beside them. @returns how to stop it, before this process leaves */
function startHeartbeat(
  heartbeat: NonNullable<Store["heartbeat"]>,
  processes: { heard(now: number): void },
  { background, clock, process }: Pick<OpenApprovalsDeps, "background" | "clock" | "process">,
): () => Promise<void> {
  const { beat } = processStore(heartbeat.connection);
  const assertAgrees = clockCheck();
  return background.every(heartbeatEveryMs, {
    name: "heartbeat",
    failing: "other gateways may take this one for dead",
    severity: "degraded",
    async work() {
      const now = clock.now();
      const database = await beat(process, now);
      processes.heard(now);
      heartbeat.listen();
      const asked = database === null ? null : { before: now, after: clock.now(), database };
      if (asked !== null) await background.run({ ...clockJob, work: () => assertAgrees(asked) });
    },
  });
}

function depsOf(
  connection: AnyConnection,
  { clock, ids, people, process, logger }: OpenApprovalsDeps,
  parts: Pick<ApprovalsDeps, "store" | "receipts" | "attention" | "processes">,
): ApprovalsDeps {
  const events = new ApprovalEvents(logger);
  events.watch((approval, from) => {
    if (from === "unknown") tellCorrected(approval, logger);
  });
  return {
    ...parts,
    clock,
    ids,
    people,
    process,
    grants: grantStore(connection),
    keys: grantKeyStore(connection),
    events,
  };
}

async function openRevocations(
  connection: AnyConnection,
  deps: ApprovalsDeps,
  { clock, ids, logger, access, journal, storeWasBehind }: OpenApprovalsDeps,
): Promise<Revocations> {
  const { endings, shared: announcements } = access;
  endings.onEnd((matches, by) => endHeld(deps, matches, by));
  endings.onCount((matches) => countHeld(deps, matches));
  const store = revocationStore(connection);
  const known = await revocations({ clock, ids, logger, endings, announcements, journal, store });
  if (storeWasBehind) await endAllOf(deps);
  return known;
}

/** What was approved may have been executed since the store was written, so nothing of it may be used again. */
async function endAllOf(deps: ApprovalsDeps): Promise<void> {
  const reason = "the store was restored from an older copy; ask again";
  await endHeld(deps, () => true, { kind: "gateway", id: null, reason });
}

interface DoorDeps extends Pick<OpenApprovalsDeps, "logger" | "background" | "onChange"> {
  readonly access: Revocations;
  readonly draining: AbortSignal;
}

/** The call's side of approvals, and what of it is tried again after the store could not be written. */
async function openDoor(config: Config, deps: ApprovalsDeps, given: DoorDeps) {
  const { access, draining, logger, background, onChange } = given;
  const endings = new ApprovalEndings(logger);
  const inner = holds({ ...deps, perSubject: config.holds.perSubject, draining });
  const finish: Holds["finish"] = (...ending) => endings.write(() => inner.finish(...ending));
  const door: Holds = {
    ...inner,
    finish,
    consume: endingUnsent({ consume: inner.consume, finish }, (id) => logger.error(neverSent, { approval_id: id })),
    endKey: (keyed) => endings.write(() => inner.endKey(keyed)),
  };
  const stops = [
    await startExpiry(
      deps,
      background,
      (interrupted) => tellUnknown(interrupted, logger),
      (run) => onChange(["approvals"], run),
    ),
    background.every(retryEveryMs, {
      name: "revocations",
      severity: "unready",
      work: () => access.keep(),
      failing: "access that was ended is ended in this process only, and a restart would give it back",
    }),
    background.every(retryEveryMs, {
      name: "approvals-endings",
      severity: "unready",
      work: () => endings.retry(),
      failing: "how approved calls ended cannot be written",
    }),
    background.every(purgeEveryMs, keysPurged(deps)),
  ];
  return {
    door,
    endings,
    async stopExpiry(): Promise<void> {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function keysPurged({ keys, clock }: ApprovalsDeps): Job {
  return {
    name: "grant-keys-purged",
    severity: "degraded",
    work: () => keys.purge(clock.now()),
    failing: "Idempotency-Keys of permissions that have ended stay in the store",
  };
}

function tellUnknown({ id, binding }: Approval, logger: Logger): void {
  logger.error(noOutcome, {
    approval_id: id,
    tool: binding.tool,
  });
}

function tellCorrected({ id, binding, state, outcome }: Approval, logger: Logger): void {
  logger.warn("the outcome of a released call is known after all: others had taken this gateway for dead", {
    approval_id: id,
    tool: binding.tool,
    state,
    outcome,
  });
}

const flushEveryMs = 5_000;

/** What people's attention is spent on. The store of approvals must be open already. */
function openFatigue(config: Config, connection: AnyConnection, clock: Clock, background: Background) {
  const store = attentionStore(connection);
  const attention = attentionCounter(store, clock);
  const budgetPerHour = config.holds.approverBudget;
  const budget: ApproverBudget = { votes: store, perHour: budgetPerHour };
  const flush: Job = {
    name: "attention",
    failing: "refusals for the sake of people's attention cannot be counted in the store",
    severity: "unready",
    work: () => attention.flush(),
  };
  const stopFlushing = background.every(flushEveryMs, flush);
  return {
    attention,
    budget,
    fatigue: fatigue({ store, attention, clock, budgetPerHour }),
    async stopCounting(): Promise<void> {
      await stopFlushing();
      await background.run(flush);
    },
  };
}
