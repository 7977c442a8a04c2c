import type { Config } from "../config/config.ts";
import type {
  CallUnderWay,
  Clock,
  Ids,
  Job,
  Logger,
  LogoutReceiver,
  NoteSignal,
  OutsideSignals,
} from "../domain/ports.ts";
import { createIntrospector } from "../identify/token/introspection.ts";
import { SentTokens } from "../identify/token/sent-tokens.ts";
import type { SetReceiverDeps } from "../signals/set/set-receiver.ts";
import { labelsText } from "../record/decision/decision-line.ts";
import { signalRecorder } from "../record/signal-recorder.ts";
import { createSignals, type Signals } from "../signals/create-signals.ts";
import { logoutReceiver, type LogoutReceiverDeps } from "../signals/logout/logout-receiver.ts";
import { knownProvider } from "../signals/logout/provider-keys.ts";
import { outsideSignals } from "../signals/outside-signals.ts";
import { TokenRecheck } from "../signals/tokens/token-recheck.ts";
import { outsideSignalStore, seenSetStore, streamStore } from "../store/signals.ts";
import type { Approvals } from "./open-approvals.ts";
import type { Records } from "./open-records.ts";
import type { State } from "./open-state.ts";

const purgeEveryMs = 60_000;

export interface OpenSignalsDeps {
  readonly state: State;
  readonly approvals: Approvals;
  readonly records: Records;
  readonly underWay: Iterable<CallUnderWay>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** What is heard of callers from outside. */
export interface OutsideWorld extends Signals {
  /** What others say of subjects, for policy. */
  readonly outside: OutsideSignals;
  /** What the console's provider says; null when nobody signs in elsewhere. */
  readonly logouts: LogoutReceiver | null;
  /** Texts of tokens whose issuer is asked again. */
  readonly sentTokens: SentTokens;
}

export async function openSignals(config: Config, deps: OpenSignalsDeps): Promise<OutsideWorld> {
  const { state, approvals, records, clock, ids, logger } = deps;
  const { connection, background } = state;
  const [seen, store] = [seenSetStore(connection), outsideSignalStore(connection)];
  const outside = await outsideSignals({ store, clock });
  const { record, note } = recorderOf(config, deps);
  const { revocations } = approvals;
  const counted: SetReceiverDeps["counted"] = (transmitter, event, effect) =>
    records.metrics.signalReceived(transmitter, event, effect);
  const receiving = { seen, record, note, clock, logger, counted };
  const signals = createSignals(config.signals.transmitters, {
    ...receiving,
    outside,
    revocations,
    ids,
    background,
    streams: streamStore(connection),
    secret: (reference) => config.secret(reference),
    chance: () => Math.random(),
    fetchFailed: (transmitter) => records.metrics.signalFetchFailed(transmitter),
  });
  const sentTokens = new SentTokens();
  const purged: Job = {
    name: "signals-purged",
    failing: "signals that count no more stay in the store",
    severity: "degraded",
    work: async () => void (await Promise.all([seen, store].map((one) => one.purge(clock.now())))),
  };
  const stops = [background.every(purgeEveryMs, purged), ...openRechecks(config, deps, sentTokens, note)];
  return {
    ...signals,
    outside,
    sentTokens,
    logouts: openLogouts(config, receiving),
    async stop(): Promise<void> {
      await Promise.all([signals.stop(), ...stops.map((stop) => stop())]);
    },
  };
}

function recorderOf(config: Config, { records, clock, ids, logger }: OpenSignalsDeps) {
  const labels = labelsText(config.instance, config.environment);
  return signalRecorder({ writer: records.writer, clock, ids, labels, logger });
}

function openLogouts(
  { listeners }: Config,
  deps: Omit<LogoutReceiverDeps, "clientId" | "provider"> & { readonly logger: Logger },
): LogoutReceiver | null {
  const oidc = listeners.console.login?.oidc ?? null;
  if (oidc === null) return null;
  const { issuer, clientId } = oidc;
  return logoutReceiver({ ...deps, clientId, provider: knownProvider(issuer, deps) });
}

/** Each issuer that can be asked is asked about the tokens of what is under way. @returns how to stop it */
function openRechecks(
  config: Config,
  { underWay, approvals, state, clock, logger }: OpenSignalsDeps,
  sent: SentTokens,
  note: NoteSignal,
): (() => Promise<void>)[] {
  return config.issuers.flatMap((issuer) => {
    const { introspection } = issuer;
    if (introspection === null || introspection.recheckMs === 0) return [];
    const asked = { ...issuer, introspection };
    const introspector = createIntrospector(asked, { clock, logger, secret: (reference) => config.secret(reference) });
    const { revocations } = approvals;
    const recheck = new TokenRecheck(asked, { underWay, sent, introspector, revocations, note, clock });
    return state.background.every(introspection.recheckMs, {
      name: `introspection-${issuer.id}`,
      failing: `the issuer ${issuer.id} cannot be asked about the tokens of what is under way`,
      severity: "degraded",
      work: () => recheck.look(),
    });
  });
}
