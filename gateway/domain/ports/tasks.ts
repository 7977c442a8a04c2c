import type { Approval } from "../approval.ts";
import type { Exchange } from "../exchange.ts";
import type { EvaluatedCall } from "../evaluated-call.ts";
import type { Outcome } from "../outcome.ts";
import type { McpTask, McpTaskState } from "../tasks.ts";

/** The durable side of MCP tasks. Every change compares the state before it sets it. */
export interface McpTaskStore {
  /** On disk when it returns. */
  insert(task: McpTask): void;
  /** Null when there is none, it is somebody else's, or its time is up: nobody can tell which. */
  get(id: string, owner: string, now: number): McpTask | null;
  /** Tasks of this caller about this item, newest first: the same call, made again, is another task about the same question. */
  about(approval: string, owner: string, now: number): McpTask[];
  /** Newest first, `limit` at most, older than the task `after`. */
  list(owner: string, now: number, limit: number, after: string | null): McpTask[];
  /** Tasks of this caller that have not ended. */
  countOpen(owner: string, now: number): number;
  /** False when it is no longer in `from`: somebody else was first. */
  move(id: string, from: McpTaskState, change: TaskChange, now: number): boolean;
  /** Running under this process: after a start, those of its earlier life. */
  runningUnder(process: string): McpTask[];
  /** Forgets what nobody may ask about any more. */
  purge(now: number): void;
}

export interface TaskChange extends Partial<
  Pick<McpTask, "approval" | "process" | "answer" | "upstream_task" | "note">
> {
  readonly state: McpTaskState;
}

/** The gateway's own MCP tasks, for callers that can ask about one. */
export interface HeldTasks {
  /** Null when this request cannot be answered with a task, so that its caller has to wait some other way. */
  hold(exchange: Exchange, evaluated: EvaluatedCall, approval: Approval): Outcome | null;
}

/** The gateway's own MCP tasks: made when a call is held or asks to be one, answered when their caller asks. */
export interface Tasks extends HeldTasks {
  /** An allowed question about the caller's own tasks. */
  answer(exchange: Exchange, evaluated: EvaluatedCall): Promise<Outcome>;
  /** Forwards an allowed call: as a task when it asks to be one, else as it is. */
  forward(exchange: Exchange, evaluated: EvaluatedCall, forward: (to: Exchange) => Promise<Outcome>): Promise<Outcome>;
}
