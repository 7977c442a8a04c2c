import type {
  Approval,
  ActionBinding,
  ApprovalState,
  Grant,
  HoldConditions,
  KeyUse,
  Transition,
  Vote,
} from "../approval.ts";
import type { ApprovalRequirement, GrantScope, Reason } from "../decision.ts";
import type { Refusal } from "../errors.ts";
import type { EndedBy } from "../revocation.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Approver } from "./people.ts";

/** The durable side of approvals (SQLite or PostgreSQL). Every change compares the state before it sets it. */
export interface ApprovalStore {
  /**
   * What `work` writes in any port of this store is on disk when it resolves: all of it, or none when it rejects. Nobody else
   * reads or writes meanwhile. Within another such work it is part of that one.
   */
  atomically<T>(work: () => Promise<T>): Promise<T>;
  insert(approval: Approval): Promise<void>;
  get(id: string): Promise<Approval | null>;
  /** The newest item for what this caller sent, in any state. */
  findLatest(requestDigest: string): Promise<Approval | null>;
  /** The newest item that was held under this key of this caller on this route. */
  findByKey(issuer: string, subjectId: string, route: string, idempotencyKey: string): Promise<Approval | null>;
  /** True when the subject has an item that is held, approved or refused and whose clock still runs, or a grant. On the request path: one indexed look. */
  anyLive(issuer: string, subjectId: string, now: number): Promise<boolean>;
  /** Items of one subject that wait for people, for the flood cap. */
  countHeld(issuer: string, subjectId: string): Promise<number>;
  /** All items that wait for people. */
  countAllHeld(): Promise<number>;
  /** When the oldest item that waits for people was held, in milliseconds since the epoch; null when none waits. */
  oldestHeld(): Promise<number | null>;
  /** How many wait for people, and how many are approved and have not run. */
  countOpen(): Promise<OpenCounts>;
  /** A few more than `limit` when several share the last one's millisecond. */
  list(filter: ApprovalFilter): Promise<Approval[]>;
  /** Held and approved items whose clock has run out: what stays open is not read. */
  due(now: number): Promise<Approval[]>;
  /** False when the item is no longer in the transition's `from`: somebody else was first. `owner` is the process that releases. */
  move(id: string, transition: Transition, now: number, owner?: string): Promise<boolean>;
  /**
   * False when the item is no longer held, its clock has run out, or this approver already voted. A denial is taken of an approved item
   * too, also of whoever approved it.
   */
  addVote(id: string, vote: Vote): Promise<boolean>;
  /** False when the item is no longer held or its clock is no longer at `from`. */
  extend(id: string, from: number, to: number, now: number): Promise<boolean>;
  /** False when the item is no longer held. Null gives the claim back. */
  claim(id: string, claim: Approval["claim"], now: number): Promise<boolean>;
  /** Items changed after this moment by anybody, oldest change first. */
  changedSince(at: number): Promise<Approval[]>;
  /** Released by a process other than those given, and without an outcome. */
  releasedByOthers(owners: readonly string[]): Promise<Approval[]>;
  /** True when another process wrote to the store since the last look. */
  changedElsewhere(): boolean;
}

export interface ApprovalFilter {
  readonly states: readonly ApprovalState[];
  readonly limit: number;
  /** newest: by when they were held, the default. deadline: the one whose clock runs out first. */
  readonly order?: "newest" | "deadline";
  /** Only those behind this moment, in the order's own key. */
  readonly from?: number;
  /** Only those with this text in summary, tool, agent or the person it acts for; ASCII letters of either case. */
  readonly text?: string;
}

export interface OpenCounts {
  readonly held: number;
  readonly approved: number;
}

/** The processes that share one store, and when each was last heard of. */
export interface ProcessStore {
  /** `now`, where each process has a clock of its own; processes on one database are heard of by the clock of that. */
  /** @returns what the clock of the database said when it was written; null of a file, which has the machine's */
  beat(process: string, now: number): Promise<number | null>;
  /**
   * Heard of within as long as the store is patient (15 seconds when nothing is said), or within `silentMs`; a beat of a clock that was ahead by
   * more than that is none. Of a process that may be silent for longer, as the store knows, that counts; and it is alive before `listenedMs` is as long.
   */
  alive(now: number, silentMs?: number, listenedMs?: number): Promise<string[]>;
  leave(process: string): Promise<void>;
}

export interface GrantStore {
  insert(grant: Grant): Promise<void>;
  get(id: string): Promise<Grant | null>;
  /** Of one caller, not revoked, not used up, not expired. */
  live(issuer: string, subjectId: string, now: number): Promise<Grant[]>;
  list(filter: { readonly live: boolean; readonly now: number; readonly limit: number }): Promise<Grant[]>;
  /** One use less, durable when it resolves; false when none is left, it is revoked or its time is up. */
  use(id: string, now: number): Promise<boolean>;
  /** False when it is revoked already. */
  revoke(id: string, by: string, reason: string | null, now: number): Promise<boolean>;
}

/** Whose Idempotency-Key, and where. */
export interface KeyName {
  readonly issuer: string;
  readonly subject: string;
  readonly route: string;
  readonly key: string;
}

/** The Idempotency-Keys of calls that grants covered, each as long as its grant lives. */
export interface GrantKeyStore {
  /** Null when there is none, or its grant's time is up. `owner` is the process that sent the call. */
  find(
    name: KeyName,
    now: number,
  ): Promise<{ readonly requestDigest: string; readonly owner: string; readonly ended: boolean } | null>;
  /** Durable when it resolves; false when the key is taken. */
  take(
    name: KeyName,
    use: { readonly requestDigest: string; readonly owner: string; readonly expiresAt: number },
    now: number,
  ): Promise<boolean>;
  /** The call's execution is over, however it ended. */
  end(name: KeyName): Promise<void>;
  /** The same of all calls of one process. */
  endAllOf(owner: string): Promise<void>;
  /** Removes those whose grant's time is up. */
  purge(now: number): Promise<void>;
}

/** A call under an Idempotency-Key. */
export interface KeyedCall {
  readonly binding: ActionBinding;
  readonly key: string;
}

/** What `act/` and `gather/` need of approvals. */
export interface Holds {
  /** Aborted when the gateway stops: whoever waits is told to come back. */
  readonly draining: AbortSignal;
  /** Durable when it resolves. The same call of the same subject attaches to the open item. @throws Refusal approval_flood, holds_unavailable */
  open(request: HoldRequest): Promise<Approval>;
  get(id: string): Promise<Approval | null>;
  /**
   * The item for what this caller sent, or the grant that covers it; null when there is none.
   * `binding` is only asked for when this subject has items at all.
   */
  forCall(
    subject: { readonly issuer: string; readonly id: string },
    binding: () => ActionBinding,
  ): Promise<Answer | null>;
  /** The item that was held under this Idempotency-Key of this caller. */
  forKey(binding: ActionBinding, key: string): Promise<Approval | null>;
  /** What went through under this Idempotency-Key of this caller with a grant. */
  keyUse(keyed: KeyedCall): Promise<KeyUse | null>;
  /** The execution of a call under this key, which a grant covered, is over. */
  endKey(keyed: KeyedCall): Promise<void>;
  /** True when the item is about exactly this call. */
  sameCall(approval: Approval, binding: ActionBinding): boolean;
  /** True when the item is about what this caller sent, whatever has changed on the gateway's side. */
  sameRequest(approval: Approval, binding: ActionBinding): boolean;
  /** The newest item for what this caller sent, when it is about exactly this call and its approval was used; else null. */
  used(binding: ActionBinding): Promise<Approval | null>;
  /** Resolves when the item leaves `held`, or after `ms`, or when `signal` aborts; always with the current item. */
  settled(id: string, ms: number, signal: AbortSignal): Promise<Approval>;
  /**
   * One atomic compare-and-set, on disk before it resolves. False: somebody else was first, or a clock ran out. Takes approvals
   * and grants; a use of a grant takes the call's key with it.
   * @throws Refusal idempotency_reused, idempotency_busy, approval_consumed when the key was used with a grant
   */
  consume(id: string, keyed?: KeyedCall | null): Promise<boolean>;
  /** After release: how the execution ended, and what ended access of its caller meanwhile. */
  finish(
    id: string,
    state: "delivered" | "failed" | "unknown",
    note: string,
    release?: ReleaseFacts,
    by?: EndedBy,
  ): Promise<void>;
  /** The caller, or the one who asked in its name, takes the question back; or its access has ended. */
  withdraw(id: string, why: string | EndedBy): Promise<boolean>;
}

/** Of which approvals it is known what came of their use, and kept for a caller that repeats the call. */
export interface KnownResults {
  has(approvalId: string): boolean;
}

/** Under which policy and decision a call was released, for its receipt. */
export interface ReleaseFacts {
  readonly revision: string;
  readonly decisionId: string;
}

export type Answer =
  { readonly kind: "approval"; readonly approval: Approval } | { readonly kind: "grant"; readonly grant: Grant };

export interface HoldRequest {
  readonly binding: ActionBinding;
  readonly requirement: ApprovalRequirement;
  readonly reasons: readonly Reason[];
  readonly conditions: HoldConditions;
  readonly context: JsonObject;
  readonly decisionId: string;
  readonly idempotencyKey: string | null;
  readonly replaces: Approval["replaces"];
}

export interface Ballot {
  readonly vote: "approve" | "deny";
  readonly reason: string | null;
  /** Absent or null: this one call. */
  readonly grant?: GrantScope | null;
  /** One of several that are decided together. */
  readonly batch?: boolean;
}

/** What the console and the command line need of approvals; identity comes from the authenticated session. */
export interface ApprovalService {
  list(filter: ApprovalFilter): Promise<Approval[]>;
  counts(): Promise<OpenCounts>;
  get(id: string): Promise<Approval | null>;
  /**
   * The card is on this approver's screen, or no longer; a screen reports it every few seconds. One approver looks at one
   * card at a time. @throws Refusal approval_unknown
   */
  viewing(id: string, approver: Approver, visible: boolean): Promise<Review>;
  /** Null when this approver may vote so on it now; else the refusal's code and sentence. */
  whyNot(approval: Approval, approver: Approver, vote: Vote["vote"]): Refusal | null;
  /** What cannot be undone is looked at first: for how long, and how long this approver has. */
  review(approval: Approval, approver: Approver): Review;
  /** @throws Refusal with an approval_* code */
  vote(id: string, actionDigest: string, approver: Approver, ballot: Ballot): Promise<Approval>;
  /** More time to decide, in the last minute of the first clock. @throws Refusal with an approval_* code */
  extend(id: string, approver: Approver): Promise<Approval>;
  /** Says to others who is looking; `false` gives it back. @throws Refusal with an approval_* code */
  claim(id: string, approver: Approver, take: boolean): Promise<Approval>;
  /**
   * Called on every change, which is told to whoever made it when all listeners are done. `from`: the state before, of a change that this process
   * has made to the state; else null. Returns how to stop.
   */
  watch(listener: (approval: Approval, from: ApprovalState | null) => Promise<void> | void): () => void;
}

/** Milliseconds that a card must have been on its approver's screen before it may be approved, and has been. */
export interface Review {
  readonly neededMs: number;
  readonly seenMs: number;
}

export interface GrantService {
  list(filter: { readonly live: boolean; readonly limit: number }): Promise<Grant[]>;
  /** Effective on the next call. @throws Refusal grant_unknown */
  revoke(id: string, by: string, reason: string | null): Promise<Grant>;
}

/** Signed statements of how approvals ended (compact JWS, `typ: sallyport-approval+jwt`). */
export interface Receipts {
  /** Signs and keeps one for the item's state as it is. */
  issue(approval: Approval, release: ReleaseFacts | null): Promise<void>;
}

export interface ReceiptStore {
  add(approvalId: string, at: number, jws: string): Promise<void>;
  /** Oldest first. */
  of(approvalId: string): Promise<{ readonly at: number; readonly jws: string }[]>;
}

export interface ReceiptSigner {
  /** Of claims to a compact JWS; synchronous: a resolution is not told before its receipt exists. */
  sign(claims: object): string;
}
