import type { DefinitionName } from "../definition-kinds.ts";
import type { StoredDefinition, StoredTaskTexts } from "./memory.ts";
import type { MemoryClaim, StoredMemory } from "./provenance.ts";
import type { AddedCall, AddedLabels, EndedCall, StoredHistory, StoredLabel } from "./sessions.ts";

/** What a call may ask of the store when memory does not know it. What is absent is not asked. */
export interface CallQuestion {
  /** A session or a principal. */
  readonly labelsOf?: string;
  readonly definitionOf?: DefinitionName;
  /** A caller, and the moment in milliseconds since the epoch. */
  readonly liveOf?: { readonly issuer: string; readonly subject: string; readonly now: number };
  /** A session; see `sessionKey`. */
  readonly memoryOf?: string;
  /** A key of texts (see `taskTextKey`), and the moment in milliseconds since the epoch. */
  readonly textsOf?: { readonly key: string; readonly now: number };
  /** A session, where the store has the calls of sessions; see `SessionStore.calls`. */
  readonly historyOf?: string;
}

export interface CallState {
  /** In their own order; none for what was not asked. */
  readonly labels: readonly StoredLabel[];
  /** Null when it was never listed, and when it was not asked for. */
  readonly definition: StoredDefinition | null;
  /** As `ApprovalStore.anyLive`; false when it was not asked for. */
  readonly live: boolean;
  /** Null when nothing was kept of the session, and when it was not asked for. */
  readonly memory: StoredMemory | null;
  /** Null when there are none, or they have expired, and when they were not asked for. */
  readonly texts: StoredTaskTexts | null;
  /** Null when no call of it is known, and when it was not asked for. */
  readonly history: StoredHistory | null;
}

/** What a call changes before it goes on. What is absent is not changed. */
export interface CallChange {
  /** As `SessionStore.addLabels`. */
  readonly labels?: readonly AddedLabels[];
  /** As `ProvenanceStore.claim`. */
  readonly claim?: MemoryClaim & { readonly writer: string; readonly now: number };
  /** As `SessionCallStore.add` and `update`, where the store has the calls of sessions. */
  readonly added?: AddedCall;
  readonly ended?: EndedCall;
}

/** What calls need of the store and what they change in it, for many of them at once. */
export interface CallStateStore {
  /** Answers in the order of the questions. Whatever was durable when it was called is in them. */
  read(questions: readonly CallQuestion[]): Promise<readonly CallState[]>;
  /**
   * Durable when it resolves. When it rejects, none is, or all but claims of sessions that another process has: PostgreSQL writes those in a
   * second transaction. Whoever writes the same again loses nothing.
   * @returns for each what `ProvenanceStore.claim` says; true without a claim
   */
  write(changes: readonly CallChange[]): Promise<readonly boolean[]>;
}
