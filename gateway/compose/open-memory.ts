import { DecoyNames } from "../act/hidden/decoy-name.ts";
import { KeptResults } from "../act/kept/kept-results.ts";
import type { Config } from "../config/config.ts";
import type { Background } from "./background.ts";
import type {
  CallQuestion,
  CallState,
  Clock,
  DefinitionLedger,
  DefinitionReviews,
  Ids,
  Job,
  Logger,
  OutsideSignals,
  ProvenanceLedger,
  RiskLedger,
  SessionLedger,
  SessionReviews,
  SessionStore,
  TaskTexts,
} from "../domain/ports.ts";
import { definitionLedger } from "../gather/definitions.ts";
import type { DefinitionLedgerDeps } from "../gather/known-definitions.ts";
import { labelSpanMs, sessionLedger, type SessionOptions } from "../gather/sessions.ts";
import { SealedSessions } from "../gather/sealed-sessions.ts";
import { TransportSessions } from "../gather/transport-sessions.ts";
import { taskTexts } from "../gather/task-texts.ts";
import { liveCallers, type Liveness } from "../store/call-state.ts";
import { callTurn } from "../store/call-turn.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import type { AnyConnection } from "../store/engines.ts";
import type { Subject } from "../domain/subject.ts";
import type { Pins } from "../domain/tool-definitions.ts";
import { definitionStore } from "../store/definitions.ts";
import { RequestStates } from "../parse/mcp/request-states.ts";
import { provenanceLedger } from "../provenance/ledger.ts";
import { provenanceStore } from "../store/provenance.ts";
import { taskTextStore } from "../store/task-texts.ts";
import { type DigestKeys, digestKeys, keyedDigest } from "../store/digest-keys.ts";
import { sessionKeyStore } from "../store/kept-keys.ts";
import { sessionStore } from "../store/session-labels.ts";
import type { SharedMemory } from "./open-store.ts";
import { observedBy, openRisk } from "./open-risk.ts";

const sessionsInMemory = 100_000;

const retryEveryMs = 1_000;

const purgeEveryMs = 60_000;
const dropEveryMs = 3_600_000;

export interface MemoryDeps {
  readonly connection: AnyConnection;
  readonly live: Liveness;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly background: Background;
  readonly outside: Pick<OutsideSignals, "of" | "refresh">;
  /** Names this process, from its start to its end. */
  readonly process: string;
  /** Null where the store is a file. */
  readonly shared: Pick<SharedMemory, "transportSessions"> | null;
}

export interface Memory {
  /** Reads what memory does not know, at once for all calls of a turn of the event loop. */
  readonly read: (question: CallQuestion) => Promise<CallState>;
  readonly sessions: SessionLedger & SessionReviews;
  readonly risk: RiskLedger;
  readonly provenance: ProvenanceLedger;
  readonly taskTexts: TaskTexts;
  readonly definitions: DefinitionLedger & DefinitionReviews;
  /** Whether the caller has an approval or a grant that may answer its call; `now` in milliseconds since the epoch. */
  readonly anyLive: (subject: Subject, now: number) => Awaitable<boolean>;
  /** Writes what was observed of definitions, for the last time, and ends the work in the background. */
  close(): Promise<void>;
  readonly kept: KeptResults;
  readonly transportSessions: SealedSessions;
  readonly requestStates: RequestStates;
  readonly decoyNames: DecoyNames;
  /** Authenticates what is kept of builds of the policy. */
  readonly policyCacheKey: Uint8Array;
}

/** What is remembered of callers and tools: one memory for calls and for questions of other enforcement points. */
export async function openMemory({ routes, sessions, secret }: Config, deps: MemoryDeps): Promise<Memory> {
  const { connection, clock, ids, live } = deps;
  const definitionsKept = definitionStore(connection);
  const sessionsKept = sessionStore(connection);
  const { read } = callTurn(connection);
  const { definitions, keepDefinitions } = openDefinitions(
    { store: definitionsKept, read, pins: pinsOf(routes) },
    deps,
  );
  const keys = await openKeys(sessions.digestKeyReference === null ? null : secret(sessions.digestKeyReference), deps);
  const { texts, stopPurging } = openTaskTexts(sessions.taskText.keepMs, deps);
  const { provenance, closeProvenance } = openProvenance(sessions, await keys.of("provenance"), deps);
  const digest = keyedDigest(await keys.of("destinations"));
  const risk = openRisk(deps);
  const { transportSessions, stopRotating } = await openTransportSessions(deps);
  const stopDropping = dropEnded(sessionsKept, sessions, deps);
  return {
    read,
    definitions,
    taskTexts: texts,
    async close() {
      await stopPurging();
      await stopRotating();
      await stopDropping();
      await closeProvenance();
      await keepDefinitions();
    },
    anyLive: liveCallers(live, read),
    risk,
    sessions: observedBy(risk, openSessions({ store: sessionsKept, read, digest }, sessions, deps)),
    kept: new KeptResults(clock),
    transportSessions,
    decoyNames: new DecoyNames(await keys.of("made-up-names")),
    requestStates: new RequestStates({ key: await keys.of("request-state"), clock, ids }),
    provenance,
    policyCacheKey: await keys.of("policy-cache"),
  };
}

async function openKeys(secret: string | null, { connection, logger }: MemoryDeps): Promise<DigestKeys> {
  const keys = await digestKeys(connection, secret);
  if (keys.changed)
    logger.warn("sessions.digest_key has changed: which values sessions have met before is forgotten", {});
  return keys;
}

/** Ids of sessions are sealed with keys that change. */
async function openTransportSessions({ connection, clock, ids, background, shared }: MemoryDeps) {
  const owners = new TransportSessions(clock, undefined, shared?.transportSessions ?? null);
  const transportSessions = await SealedSessions.open({ keys: sessionKeyStore(connection), owners, clock, ids });
  const rotate: Job = {
    name: "session-keys",
    failing: "the keys that ids of transport sessions are sealed with cannot be read",
    severity: "degraded",
    work: () => transportSessions.refresh(),
  };
  return { transportSessions, stopRotating: background.every(purgeEveryMs, rotate) };
}

/** Of 9 to 15 KiB each. What memory forgets is read from the store again. */
const provenanceInMemory = 4_000;
/** Memories are kept for so many times as long as an idle session is. */
const keptFor = 14;

/** What answers have brought is written soon after they came; that something untrusted came is a label, and durable before. */
function openProvenance({ idleMs, labelWindowMs }: Config["sessions"], secret: Uint8Array, deps: MemoryDeps) {
  const { connection, clock, background, process } = deps;
  const provenance = provenanceLedger({
    store: provenanceStore(connection),
    secret,
    writer: process,
    clock,
    capacity: provenanceInMemory,
    keepMs: keptFor * idleMs,
    // By then a session without calls has no labels, but for a caller's own window, which gets those of the caller's other sessions.
    forgottenMs: labelSpanMs(labelWindowMs),
  });
  const keep: Job = {
    name: "provenance-kept",
    failing: "what sessions have read is kept in memory only",
    severity: "degraded",
    work: () => provenance.keep(),
  };
  const stop = background.every(retryEveryMs, keep);
  return {
    provenance,
    async closeProvenance(): Promise<void> {
      await stop();
      await background.run({ ...keep, work: () => provenance.close() });
    },
  };
}

/** They may be private: what has expired does not stay in the store either. */
function openTaskTexts(keepMs: number, { connection, clock, background }: MemoryDeps) {
  const store = taskTextStore(connection);
  const purge: Job = {
    name: "task-texts-purged",
    failing: "texts of tasks that have expired stay in the store",
    severity: "degraded",
    work: () => store.purge(clock.now()),
  };
  return { texts: taskTexts({ store, clock, keepMs }), stopPurging: background.every(purgeEveryMs, purge) };
}

function openSessions(
  { store, read, digest }: Pick<SessionOptions, "store" | "read" | "digest">,
  { history, idleMs, labelWindowMs, byTransport, byTrace }: Config["sessions"],
  { clock }: MemoryDeps,
): Memory["sessions"] {
  const limits = { history, idleMs, labelWindowMs, byTransport, byTrace, capacity: sessionsInMemory };
  return sessionLedger({ store, read, digest, clock, ...limits });
}

/** Labels that count no more, and calls of sessions that have ended, would stay in the store for ever. @returns how to stop it */
export function dropEnded(
  store: Pick<SessionStore, "drop" | "calls">,
  { labelWindowMs, idleMs }: Pick<Config["sessions"], "labelWindowMs" | "idleMs">,
  { background, clock }: Pick<MemoryDeps, "background" | "clock">,
): () => Promise<void> {
  const { calls } = store;
  const stopLabels = background.every(dropEveryMs, {
    name: "session-labels",
    failing: "labels of sessions that count no more are not removed from the store",
    severity: "degraded",
    work: async () => void (await store.drop(clock.now() - labelSpanMs(labelWindowMs))),
  });
  if (calls === null) return stopLabels;
  const stopCalls = background.every(purgeEveryMs, {
    name: "session-calls",
    failing: "calls of sessions that have ended are not removed from the store",
    severity: "degraded",
    work: async () => void (await calls.drop(clock.now() - idleMs)),
  });
  return async () => void (await Promise.all([stopLabels(), stopCalls()]));
}

/** By server: its routes agree. */
function pinsOf(routes: Config["routes"]): ReadonlyMap<string, Pins> {
  const listed = routes.filter(({ protocol, operationsOf }) => protocol === "mcp" && operationsOf === undefined);
  return new Map(listed.map(({ server, pins = "first_use" }) => [server, pins]));
}

/** What was observed is written when the turn of the call that listed it is over. */
function openDefinitions(
  kept: Pick<DefinitionLedgerDeps, "store" | "read" | "pins">,
  { clock, logger, background }: MemoryDeps,
) {
  let stopSoon: (() => Promise<void>) | null = null;
  const definitions = definitionLedger({
    ...kept,
    clock,
    logger,
    onPending: () => void (stopSoon = background.soon(keep)),
  });
  const keep: Job = {
    name: "tool-definitions-kept",
    failing: "definitions of tools that were listed are kept in memory only",
    severity: "degraded",
    work: () => definitions.keep(),
  };
  const stop = background.every(retryEveryMs, keep);
  return {
    definitions,
    async keepDefinitions(): Promise<void> {
      await stop();
      await stopSoon?.();
      await background.run(keep);
    },
  };
}
