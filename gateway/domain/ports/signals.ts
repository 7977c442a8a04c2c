import type { SignalEffect, SignalTarget } from "../signal.ts";
import type { ErrorCode } from "../errors.ts";

/** Which SETs were carried out already, so that none counts twice. */
export interface SeenSetStore {
  has(transmitter: string, jti: string): Promise<boolean>;
  /** Durable when it resolves. `until`: milliseconds since the epoch. */
  add(transmitter: string, jti: string, until: number): Promise<void>;
  /** Removes what need not be known any more. */
  purge(now: number): Promise<void>;
}

/** What is known of the stream of a transmitter; for all processes that share the store. */
export interface StoredStream {
  /** null while it is not known. */
  readonly streamId: string | null;
  readonly status: StreamStatus | null;
  readonly reason: string | null;
  /** `state` of the verification that is awaited; null when none is. */
  readonly awaited: string | null;
  /** When verification was asked for and when it came last, in milliseconds since the epoch. */
  readonly askedAt: number | null;
  readonly verifiedAt: number | null;
}

export const streamStatuses = ["enabled", "paused", "disabled"] as const;
export type StreamStatus = (typeof streamStatuses)[number];

export interface StreamStore {
  /** null for one that was never written. */
  read(transmitter: string): Promise<StoredStream | null>;
  /** Changes what is given; durable when it resolves. */
  change(transmitter: string, change: Partial<StoredStream>): Promise<StoredStream>;
}

/** A SET, or what came in its place, for the decision log. */
export interface SignalNotice {
  readonly transmitter: string;
  readonly way: "push" | "poll" | "logout" | "introspection";
  readonly jti: string | null;
  /** Names of known events, URIs of others. */
  readonly events: readonly string[];
  readonly effect: SignalEffect;
  readonly code: ErrorCode | null;
  readonly detail: string | null;
  readonly targets: readonly SignalTarget[];
  /** Members and formats of the subject that name nothing here. */
  readonly unused: readonly string[];
  /** Ids of the revocations that it led to. */
  readonly revocations: readonly string[];
}

/** Of what is sent again until it is taken. Resolves when it is on disk. @throws Refusal record_unavailable */
export type RecordSignal = (notice: SignalNotice) => Promise<void>;

/** Of what nobody sends again: it waits in memory while the log cannot be written. */
export type NoteSignal = (notice: SignalNotice) => void;

/** Who is to be signed out of the console, as their provider says; both when neither is null. */
export interface SignedOut {
  /** Account of the person; null for whoever has the session. */
  readonly account: string | null;
  /** The session at the provider; null for all of the person. */
  readonly sid: string | null;
}

/** What the provider says about the end of sessions (OpenID Connect Back-Channel Logout 1.0). */
export interface LogoutReceiver {
  /**
   * @param end ends the sessions, and says how many there were
   * @throws Refusal logout_token_invalid, signal_unavailable; recorded
   */
  receive(token: string, end: (who: SignedOut) => Promise<number>): Promise<void>;
}

/** One transmitter for people: its stream, and what was heard of it. Times in milliseconds since the epoch. */
export interface SignalStreamRow {
  readonly id: string;
  readonly issuer: string;
  readonly delivery: "push" | "poll";
  readonly stream_id: string | null;
  readonly status: StreamStatus | null;
  readonly reason: string | null;
  /** When a SET came last that could be verified; null since the start of this process. */
  readonly heard_at: number | null;
  readonly verified_at: number | null;
  /** What is wrong now; null when nothing is. */
  readonly problem: string | null;
}

export interface SignalStreams {
  list(): Promise<readonly SignalStreamRow[]>;
  /**
   * Asks the transmitter for a verification event and waits for it. Resolves with how long it took, in milliseconds.
   * @throws Refusal signal_transmitter_unknown, signal_unverifiable, signal_stream, signal_state
   */
  verify(id: string): Promise<number>;
}
