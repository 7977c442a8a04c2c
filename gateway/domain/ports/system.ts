import type { JsonWebKey } from "node:crypto";
import type { JsonObject } from "../../lib/json.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number;
}

export interface Ids {
  /** 128 random bits or more, URL-safe, with a short prefix that says what it names. */
  make(prefix: "a" | "c" | "d" | "g" | "j" | "k" | "l" | "n" | "p" | "s" | "t" | "u"): string;
}

/** Operations log (winston behind it); carries no audit duty. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** What is asked of the store; commit: the end of a transaction of several steps. */
export type StoreOperation = "read" | "write" | "commit";

/** Something that is wrong now. It stands on /readyz, in `sallyport health` and in the console until it is right again. */
export interface Finding {
  /** Short stable name, e.g. "policy" or "decision-log". */
  readonly name: string;
  readonly problem: string;
  /** What to do about it; null when nobody knows. */
  readonly fix: string | null;
  /** "unready": /readyz is 503 until it is mended. "degraded": calls go on, and somebody should look. */
  readonly severity: "unready" | "degraded";
}

/** A component that can say what is wrong with it. Called for every probe, so it answers from memory as far as it can. */
export interface FindingSource {
  findings(): readonly Finding[] | Promise<readonly Finding[]>;
}

export interface HealthReport {
  readonly ready: boolean;
  readonly findings: readonly Finding[];
}

/** Periodic or deferred work that no caller waits for. */
export interface Job {
  /** Short stable name, also of the finding while it fails. */
  readonly name: string;
  /** What does not happen while it fails, as a sentence without its end. */
  readonly failing: string;
  readonly severity: Finding["severity"];
  readonly work: () => Promise<void> | void;
  /** Given what makes `every` run it at once: of many requests during a run, or soon after such a run has begun, one run follows. */
  readonly hurriedBy?: (run: () => void) => void;
  /** From the begin of a run that was hurried to that of the next such run, at least. */
  readonly hurriedEveryMs?: number;
}

/** Runs jobs. What stops one resolves when a run that has begun is over. */
export interface Jobs {
  /** Every `ms` milliseconds, but never while it still runs. @param retryMs how soon it is tried again when it has failed */
  every(ms: number, job: Job, retryMs?: number): () => Promise<void>;
  /** Once, when this turn of the event loop is over. */
  soon(job: Job): () => Promise<void>;
  /** Now. Never rejects. @returns whether it succeeded */
  run(job: Job): Promise<boolean>;
}

/** A key that signs one family of statements (compact JWS, ES256) and reads them back. */
export interface StatementKey {
  /** RFC 7517, public keys only. */
  readonly publicKeys: { readonly keys: readonly JsonWebKey[] };
  /** `typ` is the JOSE header's (RFC 7515 §4.1.9): a statement of one kind never passes for one of another. */
  sign(claims: object, typ: string): string;
  /** The claims when this key signed it as this type, else null. Times and audience are not looked at. */
  read(jws: string, typ: string): JsonObject | null;
}

/** Formats of the page of metrics. OpenMetrics 1.0 alone has exemplars. */
export type MetricsFormat = "prometheus" | "openmetrics";

export interface MetricsText {
  /** For `Content-Type`. */
  readonly type: string;
  readonly text: string;
}
