import type { Approval } from "./approval.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Renaming } from "./exchange.ts";
import type { Subject } from "./subject.ts";

/**
 * Prefix of the ids of the gateway's own tasks, which tells them from tasks of tool servers; 128 random bits follow
 * (MCP tasks, "Task ID unguessability").
 */
export const ownTaskPrefix = "sallyport-";

/** Name of the tasks extension (MCP 2026-07-28), in capabilities of both sides. */
export const tasksExtension = "io.modelcontextprotocol/tasks";

/** Requests about one task, of either era. */
export const aboutOneTask: ReadonlySet<string> = new Set(["tasks/get", "tasks/result", "tasks/update", "tasks/cancel"]);

/**
 * A call whose caller polls for its result. On disk before its id is sent, so that a crash loses none. Times are
 * milliseconds since the epoch.
 */
export interface McpTask {
  readonly id: string;
  /** `taskOwner` of its caller; no other caller can see the task. */
  readonly owner: string;
  /** `callerRun` of the caller: an approval is for one run of an agent, and only a poll of that run executes the call. */
  readonly run: string;
  readonly route: string;
  readonly tool: string;
  /** Id of the approval; null when the call needed none. */
  readonly approval: string | null;
  readonly request: StoredRequest;
  readonly state: McpTaskState;
  /** The process that executes or executed it. */
  readonly process: string | null;
  /** The call's own JSON-RPC answer, its `result` or `error`; null until there is one. */
  readonly answer: TaskAnswer | null;
  /** Id of the tool server's own task, when it answered with one. */
  readonly upstream_task: string | null;
  /** A sentence for people about how it ended; null when the answer itself says it. */
  readonly note: string | null;
  readonly created: number;
  readonly changed: number;
  /** It may be deleted after this time. */
  readonly expires: number;
}

/**
 * waiting: for people, or for the poll that executes it. running: the call is under way. relayed: the tool server has
 * its own task for it. The others are final.
 */
export type McpTaskState = "waiting" | "running" | "relayed" | "answered" | "cancelled";

/** The call without the credentials of its sender. */
export interface StoredRequest {
  readonly method: string;
  readonly url: string;
  /** Headers as sent, flat like Node's `rawHeaders`: those that are forwarded, and those that the parser needs. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly era: "legacy" | "modern";
  /** JSON-RPC id of the call: its answer carries it. */
  readonly rpc_id: string | number;
  /** Of a call under a made-up name: what its caller has called. */
  readonly renaming?: Renaming;
}

export type TaskAnswer = { readonly result: JsonObject } | { readonly error: JsonObject };

/**
 * The owner of a task: the same caller with the same key, for the same person, on the same route. An agent that now
 * acts for another person must not read an answer that was meant for the first one.
 */
export function taskOwner(subject: Subject, route: string): string {
  return JSON.stringify([subject.issuer, subject.id, subject.proof.key, subject.actingFor?.id ?? null, route]);
}

/** The run of the agent as its token names it; approvals are bound to it. */
export function callerRun(subject: Subject): string {
  return subject.session ?? "";
}

/**
 * How long a task is kept, in milliseconds: the time limits of approval and execution, with one extension, and one hour more.
 */
export function taskLifetime({ requirement }: Pick<Approval, "requirement">): number {
  return (2 * requirement.approve_within + requirement.execute_within) * 1_000 + hourMs;
}

const hourMs = 3_600_000;

/**
 * The lifetime of a task that a caller requested, within bounds, in milliseconds (MCP 2025-11-25, tasks: receivers may
 * override the `ttl`).
 */
export function requestedLifetime(ttlMs: number | null): number {
  return Math.min(Math.max(ttlMs ?? hourMs, 60_000), 24 * hourMs);
}
