import type { Approval } from "../approval.ts";
import type { EvaluatedCall, Exchange } from "../exchange.ts";
import type { Outcome } from "../decision-record.ts";
import type { McpTask, McpTaskState } from "../tasks.ts";
import type { JsonValue } from "../../lib/json.ts";

/** The durable side of MCP tasks. Every change compares the state before it sets it. */
export interface McpTaskStore {
  /** On disk when it resolves to true; false when its owner has `mostOpen` tasks already that have not ended. */
  insert(task: McpTask, mostOpen: number): Promise<boolean>;
  /** Null when there is none, it is somebody else's, or its time is up: nobody can tell which. */
  get(id: string, owner: string, now: number): Promise<McpTask | null>;
  /** Tasks of this caller about this item, newest first: the same call, made again, is another task about the same question. */
  about(approval: string, owner: string, now: number): Promise<McpTask[]>;
  /** Newest first, `limit` at most, older than the task `after`. */
  list(owner: string, now: number, limit: number, after: string | null): Promise<McpTask[]>;
  /** False when it is no longer in `from`: somebody else was first. */
  move(id: string, from: McpTaskState, change: TaskChange, now: number): Promise<boolean>;
  /** Forgets what nobody may ask about any more. */
  purge(now: number): Promise<void>;
}

export interface TaskChange extends Partial<
  Pick<McpTask, "approval" | "process" | "answer" | "upstream_task" | "note">
> {
  readonly state: McpTaskState;
}

/** The gateway's own MCP tasks, for callers that can ask about one. */
export interface HeldTasks {
  /** Null when this request cannot be answered with a task, so that its caller has to wait some other way. */
  hold(exchange: Exchange, evaluated: EvaluatedCall, approval: Approval): Promise<Outcome | null>;
}

/** The gateway's own MCP tasks: made when a call is held or asks to be one, answered when their caller asks. */
export interface Tasks extends HeldTasks {
  /** An allowed question about the caller's own tasks. `enter` sends the call of a task through the whole request path. */
  answer(exchange: Exchange, evaluated: EvaluatedCall, enter: (exchange: Exchange) => Promise<void>): Promise<Outcome>;
  /** Forwards an allowed call: as a task when it asks to be one, else as it is. */
  forward(exchange: Exchange, evaluated: EvaluatedCall, forward: (to: Exchange) => Promise<Outcome>): Promise<Outcome>;
}

/** One access request of an enforcement point, beside the approval that it asks for. */
export interface AccessRequest {
  /** The approval's id. */
  readonly task: string;
  readonly pep: { readonly issuer: string; readonly id: string };
  readonly idempotencyKey: string | null;
  /** Digest of the canonical body. */
  readonly body: string;
  /** `jti` of the denial it answers: one denial gives one task. */
  readonly denial: string;
  /** Of the evaluation that was denied. */
  readonly evaluation: string;
  /** As accepted; null when none was asked for. */
  readonly callback: AccessCallback | null;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export interface AccessCallback {
  readonly endpoint: string;
  /** As sent: any JSON; null when absent. */
  readonly state: JsonValue;
  /** Empty: all. */
  readonly events: readonly string[];
}

export interface AccessRequestStore {
  /** False when this caller's Idempotency-Key, or this denial, has a request already: somebody else was first. */
  insert(request: AccessRequest): Promise<boolean>;
  byKey(pep: AccessRequest["pep"], idempotencyKey: string): Promise<AccessRequest | null>;
  byDenial(denial: string): Promise<AccessRequest | null>;
  /** Oldest first. */
  ofTask(task: string): Promise<AccessRequest[]>;
  /** Those that want to hear of this task's end and were not told yet; each is handed out once, whichever process asks. */
  takeCallbacks(task: string, now: number): Promise<AccessRequest[]>;
  /** Forgets requests older than this. */
  prune(before: number): Promise<void>;
}
