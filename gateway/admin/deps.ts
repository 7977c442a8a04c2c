import type { AccountStore } from "../domain/account.ts";
import type { Decision } from "../domain/decision.ts";
import type { Outcome } from "../domain/decision-record.ts";
import type { RequestContext } from "../domain/exchange.ts";
import type { OidcSettings } from "../domain/settings.ts";
import type { DataApi } from "./opa/data.ts";
import type { OpaHealth } from "./opa/health.ts";
import type { CheckPassword } from "../sign-in/passwords.ts";
import type {
  ApprovalService,
  BreakerState,
  Bundles,
  Clock,
  ConnectedAccounts,
  ConsoleSessionStore,
  DecisionSearch,
  DefinitionReviews,
  Fatigue,
  GrantService,
  HealthReport,
  Ids,
  KnownNames,
  LeaseService,
  Logger,
  LogoutReceiver,
  MetricsFormat,
  MetricsText,
  OneTimeStore,
  OutboxService,
  PasskeyStore,
  PolicyHistory,
  PolicyShadow,
  ReceiptStore,
  Revocations,
  SessionReviews,
  SignalStreams,
  SharedEndings,
} from "../domain/ports.ts";

/** What the console is given; it makes nothing of this itself. */
export interface ConsoleDeps {
  /** Name of this gateway among those that share the store (`instance`). */
  readonly gateway: string;
  /** Calls of the same sessions may come to other gateways: it uses a database, or another one uses its file. */
  readonly sharesStore: () => Promise<boolean>;
  readonly approvals: ApprovalService;
  readonly grants: GrantService;
  readonly receipts: Pick<ReceiptStore, "of">;
  /** Public keys that receipts are signed with (RFC 7517). */
  readonly receiptKeys: { readonly keys: readonly object[] };
  readonly revocations: Revocations;
  readonly signals: SignalStreams;
  /** Counts what a revocation would end. */
  readonly endings: Pick<SharedEndings, "count">;
  readonly names: KnownNames;
  readonly fatigue: Fatigue;
  readonly channels: OutboxService;
  readonly decisions: DecisionSearch;
  readonly tasks: ConsoleTasks;
  readonly definitions: DefinitionReviews;
  readonly agentSessions: SessionReviews;
  readonly bundles: Pick<Bundles, "active" | "status" | "watch">;
  /** Null when no candidate is judged beside the active policy. */
  readonly shadow: PolicyShadow | null;
  readonly policyHistory: PolicyHistory;
  readonly accounts: AccountStore;
  readonly passkeys: PasskeyStore;
  /** Null when there are none to connect. */
  readonly connectedAccounts: ConnectedAccounts | null;
  readonly login: ConsoleLogin;
  /** What the consoles of all gateways of a store share; null: this one keeps it in memory. */
  readonly shared: SharedConsole | null;
  /** One for all doors, so that guesses at any of them are counted together. */
  readonly checkPassword: CheckPassword;
  /** What the provider says about the end of sessions; null when nobody signs in elsewhere. */
  readonly logouts: LogoutReceiver | null;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Folder of the built pages (console/dist). */
  readonly staticDir: string;
  /** scheme://host[:port] as browsers see this listener; decides cookie names and which hosts and origins count. */
  readonly publicUrl: string;
  /** Addresses and networks whose X-Forwarded-For says where a request comes from. */
  readonly trustedProxies: readonly string[];
  /** Is the gateway fit for traffic now, and if not, what is wrong. */
  health(): Promise<HealthReport>;
  /** The same of the policy alone, for those that know OPA. */
  opaHealth(): OpaHealth;
  /** Documents of the policy, for those that know OPA; null: nobody may ask. */
  readonly dataApi: DataApi | null;
  /** How calls to tool servers are now, where a limit is a breaker. */
  breakers(): readonly BreakerState[];
  /** As Prometheus reads it. */
  metrics(format: MetricsFormat): Promise<MetricsText>;
}

/** Who is signed in, and what is under way until they are. */
export interface SharedConsole {
  readonly sessions: ConsoleSessionStore;
  readonly secrets: OneTimeStore;
  /** `run` is called when the store could not be asked and answers again. */
  onReturn(run: () => void): void;
}

/** Tasks, as leases. */
export interface ConsoleTasks {
  readonly service: LeaseService;
  /** Who may open and close them. */
  readonly roles: readonly string[];
  /** Of agents that are named without their issuer; null when it must be said. */
  readonly issuer: string | null;
  readonly record: (context: RequestContext, decision: Decision, act: () => Promise<Outcome>) => Promise<Outcome>;
}

/** How people sign in here. */
export interface ConsoleLogin {
  /** Somebody has a password. */
  readonly passwords: boolean;
  /** The OpenID Connect provider; null when there is none. */
  readonly provider: OidcSettings | null;
  /** Read anew with each call, so that a rotated secret counts. @throws Error that names where it is looked for */
  secret(reference: string): string;
  /** How long a proof of who somebody is, given again, counts. */
  readonly stepUpMs: number;
}
