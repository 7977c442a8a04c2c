import type { ActionBinding, Approval, ApprovalState, Vote } from "../approval.ts";
import type { ApprovalRequirement, Reason } from "../decision.ts";
import type { JsonObject } from "../json.ts";

/** The durable side of approvals (SQLite or PostgreSQL). Every change compares the state before it sets it. */
export interface ApprovalStore {
  insert(approval: Approval): void;
  get(id: string): Approval | null;
  /** The open (held or approved) item for this call, newest first. */
  findOpen(callDigest: string): Approval | null;
  /** The newest item for this call in any state. */
  findLatest(callDigest: string): Approval | null;
  /** True when the subject has an item that is held, approved or refused and whose clock still runs. On the request path: one indexed look. */
  anyLive(issuer: string, subjectId: string, now: number): boolean;
  /** Items of one subject that wait for people, for the flood cap. */
  countHeld(issuer: string, subjectId: string): number;
  /** All items that wait for people. */
  countAllHeld(): number;
  list(filter: {
    readonly states: readonly ApprovalState[];
    readonly limit: number;
    readonly before?: number;
  }): Approval[];
  /** Held and approved items whose clock has run out: what stays open is not read. */
  due(now: number): Approval[];
  /** False when the state is no longer `from`: somebody else was first. */
  move(id: string, from: ApprovalState, to: ApprovalState, set: ApprovalChange): boolean;
  /** False when the item is no longer held or this approver already voted. */
  addVote(id: string, vote: Vote): boolean;
}

export interface ApprovalChange {
  readonly resolved_at?: number;
  readonly execute_by?: number;
  readonly consumed_at?: number;
  readonly outcome?: string;
}

/** What `act/` and `gather/` need of approvals. */
export interface Holds {
  /** Aborted when the gateway stops: whoever waits is told to come back. */
  readonly draining: AbortSignal;
  /** Durable when it returns. The same call of the same subject attaches to the open item. @throws Refusal approval_flood, holds_unavailable */
  open(request: HoldRequest): Approval;
  get(id: string): Approval | null;
  /**
   * The item that this call may use, must wait for or was refused by; null when there is none.
   * `binding` is only asked for when this subject has items at all.
   */
  forCall(subject: { readonly issuer: string; readonly id: string }, binding: () => ActionBinding): Approval | null;
  /** True when the item is about exactly this call. */
  fits(approval: Approval, binding: ActionBinding): boolean;
  /** Resolves when the item leaves `held`, or after `ms`, or when `signal` aborts; always with the current item. */
  settled(id: string, ms: number, signal: AbortSignal): Promise<Approval>;
  /** One atomic compare-and-set, on disk before it returns. False: somebody else was first, or a clock ran out. */
  consume(id: string): boolean;
  /** After release: how the execution ended. */
  finish(id: string, state: "delivered" | "failed" | "unknown", note: string): void;
}

export interface HoldRequest {
  readonly binding: ActionBinding;
  readonly requirement: ApprovalRequirement;
  readonly reasons: readonly Reason[];
  readonly context: JsonObject;
  readonly decisionId: string;
  readonly revision: string;
}

/** What the console and the command line need of approvals; identity comes from the authenticated session. */
export interface ApprovalDesk {
  list(filter: {
    readonly states: readonly ApprovalState[];
    readonly limit: number;
    readonly before?: number;
  }): Approval[];
  get(id: string): Approval | null;
  /** @throws Refusal with an approval_* code */
  vote(id: string, actionDigest: string, approver: Approver, vote: "approve" | "deny", reason: string | null): Approval;
  /** Called on every change; returns how to stop. */
  watch(listener: (approval: Approval) => void): () => void;
}

export interface Approver {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly method: Vote["method"];
}
