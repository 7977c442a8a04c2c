import type { JsonValue } from "../../lib/json.ts";
import type { EvaluatedCall } from "../exchange.ts";
import type { CatalogFact, TaskFact } from "../facts.ts";
import type { Lease, LeaseChain, LeaseEnd, LeaseInUse, LeaseOpener, Price } from "../lease.ts";
import type { Subject } from "../subject.ts";
import type { ToolCall } from "../tool-call.ts";
import type { EndedEverywhere, EndNotice } from "./endings.ts";

/** Tasks (leases), durable when a method resolves. What is under way is counted of other processes alone: this one knows its own. */
export interface LeaseStore {
  /** over: its parent has ended. full: its opener has `mostOpen` open ones. Compared in the same step in which it is inserted. */
  insert(lease: Lease, mostOpen: number, now: number): Promise<"inserted" | "over" | "full">;
  /** In the order of the ids: the task, then its parent and so on up; empty where there is none of that id. */
  chains(ids: readonly string[], now: number): Promise<readonly (readonly LeaseInUse[])[]>;
  /** The latest first. */
  list(query: LeaseQuery, now: number): Promise<readonly LeaseInUse[]>;
  /**
   * Ends a task that is open, and all below it; when any was open, the notice for all processes is written in the same step.
   * @returns the ids of those that were open
   */
  end(id: string, end: LeaseEnd, notice: EndNotice): Promise<readonly string[]>;
  /** Ids of open tasks whose time is over, the oldest first. */
  due(now: number): Promise<readonly string[]>;
  /** Forgets tasks that ended before this moment. */
  purge(before: number): Promise<void>;
  /**
   * A look of one's own: each call says whether another process may have written to the store since the call before. Looks at
   * memory only.
   */
  changes(): () => boolean;
}

export interface LeaseQuery {
  readonly state: "open" | "ended" | "all";
  /** Parts of this task alone. */
  readonly parent?: string;
  /** Id of the task behind which the page begins. */
  readonly after?: string;
  readonly limit: number;
}

/** Counts what tasks use, exactly, for all processes of one store. */
export interface LeaseCounterStore {
  /**
   * One step, which begins when the one before has ended: what is given back first, then each wish in its order, as a whole or not at
   * all. On disk when it resolves, as far as a wish was granted. `own` has the calls of this process that are under way, by task; it is
   * read and raised in that step, and not raised when it rejects.
   */
  count(work: CounterWork, own: Map<string, number>, now: number): Promise<CountedCalls>;
  /** What this process had under way in an earlier life is over. */
  forgetOwn(): Promise<void>;
}

export interface CounterWork {
  readonly back: readonly GivenBack[];
  readonly wishes: readonly CounterWish[];
  /** Tasks of which fewer calls of this process are under way than the store knows. */
  readonly freed: ReadonlySet<string>;
}

/** One call: of each task of its chain, and what it costs. */
export interface CounterWish {
  readonly of: readonly CountedLease[];
  readonly prices: ReadonlyMap<string, Price>;
}

export interface CountedLease {
  readonly id: string;
  readonly calls: number | null;
  readonly concurrent: number | null;
  /** Amounts of `decimal` by unit. */
  readonly spend: ReadonlyMap<string, bigint>;
}

/** A call that was counted and of which nothing left the gateway. */
export type GivenBack = CounterWish;

/** Why a call was not counted. */
export interface Shortage {
  /** The task whose limit it is. */
  readonly id: string;
  readonly limit: "closed" | "expired" | "calls" | "concurrent" | "spend" | "price";
  /** Of spend and price. */
  readonly unit: string | null;
}

export interface CountedCalls {
  /** In the order of the wishes; null for one that was granted. */
  readonly shortages: readonly (Shortage | null)[];
  /** What the tasks that were touched have used now; of calls under way, those of other processes. */
  readonly now: ReadonlyMap<string, LeaseInUse["use"]>;
}

/** The tasks of calls: read by `gather/`, counted by `act/`. */
export interface LeaseLedger {
  /**
   * The task that a caller's token names. From memory when it is known there.
   * @throws Refusal task_foreign, task_closed, task_expired
   */
  of(subject: Subject, id: string, now: number): Promise<LeaseChain> | LeaseChain;
  /** What policy sees of it. */
  fact(chain: LeaseChain, call: ToolCall, catalog: CatalogFact, now: number): TaskFact;
  /**
   * Counts a call that is about to leave, in its task and in all above; on disk when it resolves. Null for a call that is not
   * counted.
   * @throws Refusal task_used_up, task_busy, task_closed, task_expired, task_unavailable
   */
  take(evaluated: EvaluatedCall): Promise<TakenCall> | null;
}

/** A call that was counted. */
export interface TakenCall {
  /** Once, when it has ended. `left`: bytes of it may have left the gateway; else it counts for nothing. */
  ended(left: boolean): void;
}

/** Opens and ends tasks, for orchestrators and people. */
export interface LeaseService {
  /**
   * A task as it would be opened, completed from its parent and checked; nothing is kept. `issuer`: of callers that are named
   * without one; null when it must be said.
   * @throws Refusal task_invalid, task_wider, task_over, task_absent
   */
  draft(asked: JsonValue | undefined, opener: LeaseOpener, issuer: string | null): Promise<Lease>;
  /** @throws Refusal task_over, task_limit */
  open(lease: Lease): Promise<void>;
  /** Null when there is none. */
  get(id: string): Promise<LeaseChain | null>;
  list(query: LeaseQuery): Promise<readonly LeaseInUse[]>;
  /** Ends it and all below, and cuts what is under way. @throws Refusal task_absent, task_over */
  close(id: string, by: string, reason: string): Promise<ClosedLease>;
}

export interface ClosedLease {
  /** Itself and all below that were open. */
  readonly ids: readonly string[];
  /** False when it has ended in this process only: the store cannot be written, which is tried again; a restart before that loses it. */
  readonly durable: boolean;
  /** What was cut, in all processes; null when some of it could not be cut yet. */
  readonly cut: EndedEverywhere | null;
}

/** Secret keys of one use, as texts, newest first. Those of tasks' tokens are private keys (PKCS #8, PEM). */
export interface KeptKeyStore {
  list(): Promise<readonly StoredKey[]>;
  /** Inserted unless a key that is newer than `before` is there already: of two processes one makes it. */
  add(key: StoredKey, before: number): Promise<void>;
  /** Removes the keys that were made before this moment. */
  drop(before: number): Promise<void>;
}

export interface StoredKey {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly made: number;
}
