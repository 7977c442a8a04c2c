import type { AuthorizationSettings } from "../domain/authorization.ts";
import type { OidcSettings } from "../domain/settings.ts";
import type { AnswerDigests } from "../domain/decision-record.ts";
import type { TrustedIssuer } from "../domain/trusted-issuer.ts";
import type { ChannelsSettings } from "../domain/channel.ts";
import type { RegistrySettings } from "../domain/registry.ts";
import type { CredentialConfig } from "../domain/credential.ts";
import type { ConnectedAccountSettings } from "../domain/person-credential.ts";
import type { LimitSettings } from "../domain/limit.ts";
import type { AddressClass, Route } from "../domain/route.ts";
import type { ShipSettings, TraceSettings } from "../domain/shipping.ts";
import type { TransmitterSettings } from "../domain/signal.ts";
import type { TaskTextRules } from "../domain/task-text.ts";
import type { PolicyConfig } from "./policy-config.ts";

/**
 * The content of `sallyport.yaml`, checked and parsed once. Deep-frozen; paths are absolute, durations milliseconds,
 * sizes bytes.
 */
export interface Config {
  /** Absolute path of the file this was read from. */
  readonly file: string;
  /** Label of this gateway in records and in the policy input. */
  readonly instance: string;
  readonly environment: string;
  /** Beyond these two, for services of OPA's status and decision log APIs. */
  readonly labels: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly listeners: { readonly agents: AgentsListener; readonly console: ConsoleListener };
  readonly issuers: readonly IssuerConfig[];
  readonly routes: readonly Route[];
  /** By name, as the obligation `inject_credential` and `Route.credential` name them. */
  readonly credentials: ReadonlyMap<string, CredentialConfig>;
  /** null: nobody connects accounts here. */
  readonly connectedAccounts: ConnectedAccountSettings | null;
  readonly policy: PolicyConfig;
  readonly store: StoreConfig;
  readonly record: RecordConfig;
  /** Null: no traces. */
  readonly traces: TraceSettings | null;
  readonly sessions: SessionsConfig;
  readonly tasks: TasksConfig;
  readonly holds: {
    readonly perSubject: number;
    readonly minReviewTimeMs: number;
    /** Approvals one person may give in any hour; null for no limit. */
    readonly approverBudget: number | null;
  };
  readonly limits: LimitSettings;
  /** null: the gateway is no authorization server. */
  readonly authorization: AuthorizationSettings | null;
  /** null: other enforcement points are not answered. */
  readonly authzen: AuthzenConfig | null;
  /** null: the servers are not listed. */
  readonly registry: RegistrySettings | null;
  readonly channels: ChannelsSettings;
  readonly signals: SignalsConfig;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  /**
   * The secret behind `env:NAME` or `file:PATH`, read anew each time so that a rotated file counts.
   * @throws Error that names the reference, never the value
   */
  secret(reference: string): string;
}

interface SessionsConfig {
  readonly idleMs: number;
  readonly history: number;
  /** How long a label counts after it was given last. */
  readonly labelWindowMs: number;
  /** Whether a session of MCP's transport is a session of its own. */
  readonly byTransport: boolean;
  /** Whether a trace is a session where nothing else names one. */
  readonly byTrace: boolean;
  /** `env:NAME` or `file:/absolute/path`, for `Config.secret`; null: the store has one. */
  readonly digestKeyReference: string | null;
  readonly taskText: TaskTextConfig;
}

/** Where state is that outlives the process. */
export type StoreConfig =
  | {
      /** Absolute path of the SQLite file. */
      readonly sqlite: string;
    }
  | { readonly postgres: PostgresStoreConfig };

export interface PostgresStoreConfig {
  /** `env:NAME` or `file:/absolute/path`, for `Config.secret`. */
  readonly urlReference: string;
  /** Most connections. */
  readonly pool: number;
  readonly statementTimeoutMs: number;
}

export interface Bind {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** scheme://host[:port] as callers see it; null when not given and the port is only known after binding. */
  readonly publicUrl: string | null;
}

interface AgentsListener extends Bind {
  readonly limits: ListenerLimits;
  /** null: plain HTTP. */
  readonly tls: ListenerTls | null;
}

/** PEM files by absolute path; read again when they change. */
export interface ListenerTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | null;
  readonly requestClientCertificate: boolean;
}

export interface ListenerLimits {
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly headersTimeoutMs: number;
  /** For the whole request including its body. */
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
  /** Requests of one connection that may wait for their answers. */
  readonly pipelined: number;
  readonly stalledReaderMs: number;
  /** How long a stopping gateway still takes connections and calls. */
  readonly drainMs: number;
  /** How long running calls may take to end after that. */
  readonly finishMs: number;
  /** Proofs of possession remembered against replay. */
  readonly proofs: number;
}

interface ConsoleListener extends Bind {
  /** Addresses and networks whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[];
  /** null: no one can sign in or decide; only allowed on loopback. */
  readonly login: Login | null;
}

export interface IssuerConfig extends TrustedIssuer {
  /** Short name, used by routes. */
  readonly id: string;
}

interface RecordConfig {
  /** Absolute path of the decision log's folder. */
  readonly dir: string;
  /** JSON pointers into the policy input whose values are never written. */
  readonly mask: readonly string[];
  /** Of arguments with more bytes than `maxBytes`, or of all of them, a digest is kept. */
  readonly arguments: { readonly keep: "full" | "digest"; readonly maxBytes: number };
  /** Records that may wait for the disk on `buffered` routes; one more is refused. */
  readonly bufferedCap: number;
  readonly answerDigests: AnswerDigests;
  /** A segment with so many bytes, or begun so long ago, is followed by a new one. */
  readonly segment: { readonly bytes: number; readonly ageMs: number | null };
  /** Of closed segments; null for none. */
  readonly compress: "gzip" | "zstd" | null;
  /** null: no segment is removed for that. */
  readonly retention: { readonly ageMs: number | null; readonly totalBytes: number | null };
  /** Below so many free bytes no call goes on. */
  readonly lowSpaceBytes: number;
  /** Begin of the origin of the log's checkpoints. */
  readonly originPrefix: string;
  /** Of the key that signs checkpoints; null for one of its own in the data folder. */
  readonly signingKeyReference: string | null;
  /** Null: no witness. */
  readonly witness: WitnessConfig | null;
  /** Null: no time stamps. */
  readonly timeStamp: TimeStampConfig | null;
  /** Where records are sent. */
  readonly ship: readonly ShipSettings[];
}

export interface WitnessConfig {
  /** Ends in a slash. */
  readonly url: string;
  /** Its verifier key. */
  readonly vkey: string;
  readonly everyMs: number;
  /** Absolute path of a PEM file; null: the authorities that Node knows. */
  readonly caFile: string | null;
  readonly addresses: ReadonlySet<AddressClass>;
}

export interface TimeStampConfig {
  readonly url: string;
  readonly everyMs: number;
  /** Absolute path of a PEM file; null: the authorities that Node knows. */
  readonly caFile: string | null;
  readonly addresses: ReadonlySet<AddressClass>;
}

/** Who may add to the text of a session's task in the run. */
export interface TaskTextConfig extends TaskTextRules {
  /** Rules for reading their requests and checking their tokens; nothing is forwarded. */
  readonly route: Route;
  readonly scope: string;
  /** How long texts are kept after the last one was added. */
  readonly keepMs: number;
}

/** Who opens tasks (leases), and what bounds them. */
export interface TasksConfig {
  /** Rules for reading requests below /tasks and checking tokens of orchestrators; nothing is forwarded. */
  readonly route: Route;
  /** OAuth clients that may open tasks; none: people alone. */
  readonly clients: ReadonlySet<string>;
  /** `iss` of the tokens that these clients have. */
  readonly issuers: ReadonlySet<string>;
  readonly scope: string;
  /** Of the console: whose people may open and close tasks. */
  readonly roles: readonly string[];
  /** How long a task lasts that does not say, and how long one may last. */
  readonly usualMs: number;
  readonly longestMs: number;
  readonly mostOpen: number;
  /** Of tokens of tasks. */
  readonly tokenMs: number;
}

/** Systems that say when something about a caller has changed. */
export interface SignalsConfig {
  /** Rules for reading what they push; nothing is forwarded, and no token is checked. */
  readonly route: Route;
  readonly transmitters: readonly TransmitterSettings[];
}

/** Access of other enforcement points (AuthZEN). */
export interface AuthzenConfig {
  /** Rules for reading their requests and checking their tokens; nothing is forwarded. */
  readonly route: Route;
  /** How agents' clients ask about their own agents; null when they may not. */
  readonly hooks: { readonly route: Route; readonly server: string } | null;
  /** Questions in one batch. */
  readonly evaluations: number;
  readonly requestWithinMs: number;
  /** Members of `context` that are ignored. */
  readonly ignoredContext: readonly string[];
  readonly callbacks: {
    /** URLs that an endpoint may equal or lie below. */
    readonly allow: readonly string[];
    readonly addresses: ReadonlySet<AddressClass>;
    /** Reference for `Config.secret`. */
    readonly secretReference: string | null;
    readonly timeoutMs: number;
  };
}

export const logLevels = ["debug", "info", "warn", "error"] as const;
type LogLevel = (typeof logLevels)[number];
export const logFormats = ["auto", "json", "pretty"] as const;
type LogFormat = (typeof logFormats)[number];

/** How people sign in to the console, as configured. */
export const loginKinds = ["local", "oidc"] as const;
export interface Login {
  /** People with a password. */
  readonly users: readonly {
    readonly name: string;
    readonly roles: readonly string[];
    readonly teams: readonly string[];
    readonly also: readonly string[];
  }[];
  /** null: passwords alone. */
  readonly oidc: OidcSettings | null;
  readonly stepUpMs: number;
}
