import type { Awaitable } from "../../lib/awaitable.ts";
import type { OutcomeKind } from "../decision-record.ts";
import type { EvaluatedCall } from "../exchange.ts";
import type { HistoryFact, SessionFact, SessionTrust } from "../facts.ts";
import type { Subject } from "../subject.ts";
import type { SealedSession, ToolCall } from "../tool-call.ts";

/** Whose the sessions of MCP's transport are that tool servers begin (MCP-Session-Id). */
export interface BegunSessions {
  /** An answer to this call begins it or goes on with it. @throws Refusal upstream_answer_refused when it is another caller's */
  begun(subject: Subject, call: ToolCall, session: string): void;
  /** The id that its caller knows it by. `said`: at its beginning, by its client and its tool server. */
  shown(subject: Subject, call: ToolCall, session: string, said: SaidInSession): string;
}

export type SaidInSession = Pick<SealedSession, "announced" | "opensPages">;

/** An id of a session as its caller has it, and what is in it. */
export interface OpenedSession extends SealedSession {
  /** The tool server's own id. */
  readonly session: string;
}

export interface SessionSealer {
  /** The id by which this caller knows a session of the tool server on this route; whose the session is is asked when it is named. */
  sealed(subject: Subject, route: string, session: string): string;
}

export interface SessionOpener {
  /** Null for what no process of this store has sealed, and for what was changed since. @throws Refusal store_unavailable */
  open(id: string): OpenedSession | null | Promise<OpenedSession | null>;
}

/** What sessions have done: read by `gather/`, written by `act/`. */
export interface SessionLedger {
  /** Which session the call belongs to. */
  named(subject: Subject, call: ToolCall): Pick<SessionFact, "id" | "trust">;
  /** From memory when the session is known there. `readsHistory`: whether policy may read what the session has done. */
  fact(subject: Subject, call: ToolCall, now: number, readsHistory?: boolean): Awaitable<SessionFact>;
  /** One more call in this session's history. Where processes share it, none of them misses the call once `noted` resolves. */
  observe(evaluated: EvaluatedCall, now: number): ObservedCall;
  /** Durable when it resolves, or where it returns no promise; taints the principal too, so that a new session id launders nothing. */
  label(evaluated: EvaluatedCall, labels: readonly string[]): void | Promise<void>;
}

/** A call in the history of its session. */
export interface ObservedCall {
  /** Null where this process alone has the history. */
  readonly noted: Promise<void> | null;
  /** What came of it, once it is known; told again where it turns out otherwise. */
  ended(outcome: OutcomeKind): Awaitable<void>;
}

/** Labels of sessions and principals, durable. What calls read of them is in `CallStateStore`. */
export interface SessionStore {
  /** Durable when it resolves: all of them, or none when it rejects. One that is there is given again, and ends later for it. */
  addLabels(added: readonly AddedLabels[]): Promise<void>;
  /** Labels by the keys of their sessions and principals, in their own order; without those that have none. */
  labels(keys: readonly string[]): Promise<ReadonlyMap<string, readonly StoredLabel[]>>;
  /** Sessions and principals with labels, those first that got one last; `at` is when. */
  labelled(query: LabelledQuery): Promise<readonly SessionPlace[]>;
  /** Removes the labels that were last given before this moment. @returns how many */
  drop(before: number): Promise<number>;
  /** True when another process may have written to the store since the last look. Looks at memory only. */
  changedElsewhere(): boolean;
  /** Null where the calls of sessions are in the memory of each process. */
  readonly calls: SessionCallStore | null;
}

/** Calls of sessions, for all processes of a store. What calls read of them is in `CallStateStore`. */
export interface SessionCallStore {
  /** Every process reads it when it resolves. */
  add(call: AddedCall): Promise<void>;
  update(call: EndedCall): Promise<void>;
  /** Removes what sessions did whose latest call is from before this moment. @returns of how many sessions */
  drop(before: number): Promise<number>;
}

/** What is said of a call after it was added. */
export interface EndedCall {
  /** The session; see `sessionKey`. */
  readonly key: string;
  readonly decisionId: string;
  readonly labels: readonly string[];
  readonly outcome: OutcomeKind | null;
}

export interface AddedCall extends EndedCall {
  readonly call: CallBody;
  /** So many calls of the session are kept. */
  readonly most: number;
  /** A session whose latest call is older than so many milliseconds begins anew. */
  readonly idleMs: number;
}

/** What never changes of a call. */
export interface CallBody extends Pick<HistoryFact, "tool" | "effect" | "destinations"> {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface StoredCall extends Omit<EndedCall, "key"> {
  readonly call: CallBody;
}

/** What a session has done since it began, as the store has it. */
export interface StoredHistory extends LiveSession {
  /** Oldest first. */
  readonly latest: readonly StoredCall[];
}

export interface AddedLabels {
  /** A session or a principal. */
  readonly key: string;
  readonly labels: readonly string[];
  /** When they were given, in milliseconds since the epoch. */
  readonly since: number;
}

export interface StoredLabel {
  readonly label: string;
  /** When a call gave it first, and when one gave it last, a sixteenth of the window less exact. Milliseconds since the epoch. */
  readonly since: number;
  readonly last: number;
}

/** A moment and a key: together the place of a session in the order of a list. */
export interface SessionPlace {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly key: string;
}

export interface LabelledQuery {
  readonly subject?: string;
  readonly session?: string;
  readonly limit: number;
  /** Only those that got a label after this moment, in milliseconds since the epoch. */
  readonly since: number;
  /** What comes behind this place. */
  readonly after?: SessionPlace;
}

/** What people see of sessions. */
export interface SessionReviews {
  /** Those of the latest call or label first. */
  list(query: SessionQuery): Promise<ListedSessions>;
  /** Null when `ref` names no session; one that nothing is known of has neither calls nor labels. */
  get(ref: string): Promise<SessionReview | null>;
}

export interface SessionQuery {
  /** Id of the caller. */
  readonly subject?: string;
  /** Id of the session. */
  readonly session?: string;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface ListedSessions {
  readonly items: readonly SessionRow[];
  /** For `after` of the next page; null when this is the last. */
  readonly next: string | null;
}

export interface SessionRow {
  /** Names this session of this caller; URL-safe. */
  readonly ref: string;
  readonly id: string;
  readonly trust: SessionTrust;
  readonly issuer: string;
  readonly subject: string;
  /**
   * What this process remembers of its calls, in memory only: since it started, and as long as the session is not idle. Null
   * when it remembers none.
   */
  readonly live: LiveSession | null;
  /** What policy reads as its labels, from the store. */
  readonly labels: readonly SessionLabel[];
}

export interface LiveSession {
  readonly calls: number;
  /** Of the first and of the latest call that is remembered. Milliseconds since the epoch. */
  readonly since: number;
  readonly last: number;
}

export interface SessionLabel extends StoredLabel {
  /** When it ends unless a call gives it again. */
  readonly ends: number;
  /** A session that its caller names itself, or nobody names, has the labels of the caller. */
  readonly of: "session" | "caller";
}

export interface SessionReview extends SessionRow {
  /** The latest calls, oldest first; of this process, unless the store has them. */
  readonly history: readonly ReviewedCall[];
}

export interface ReviewedCall extends Omit<HistoryFact, "ago"> {
  readonly decision_id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
