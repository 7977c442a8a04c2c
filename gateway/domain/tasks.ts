import type { Approval } from "./approval.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Subject } from "./subject.ts";

/**
 * Begins the id of every task of the gateway's own, so that none is taken for a tool server's; behind it stand 128
 * random bits (MCP tasks, "Task ID unguessability").
 */
export const ownTaskPrefix = "sallyport-";

/** Name of the tasks extension (MCP 2026-07-28), in capabilities of both sides. */
export const tasksExtension = "io.modelcontextprotocol/tasks";

/**
 * A call whose caller polls for its result. On disk before its id is told, so that a crash loses none.
 * Times are milliseconds since the epoch.
 */
export interface McpTask {
  readonly id: string;
  /** `taskOwner` of its caller: nobody else ever hears of it. */
  readonly owner: string;
  /** `callerRun` of the caller: an approval is for one run of an agent, and only a poll of that run executes the call. */
  readonly run: string;
  readonly route: string;
  readonly tool: string;
  /** The item that people decide about; null when the call needed nobody. */
  readonly approval: string | null;
  readonly request: StoredRequest;
  readonly state: McpTaskState;
  /** The process that executes or executed it. */
  readonly process: string | null;
  /** The call's own JSON-RPC answer, its `result` or `error`; null until there is one. */
  readonly answer: TaskAnswer | null;
  /** The tool server answered with a task of its own, and this is its id. */
  readonly upstream_task: string | null;
  /** What a person reads of how it ended; null when the answer says it. */
  readonly note: string | null;
  readonly created: number;
  readonly changed: number;
  /** From then on it may be forgotten. */
  readonly expires: number;
}

/**
 * waiting: for people, or for the poll that executes it. running: the call is under way. relayed: the tool server has
 * its own task for it. The others are its ends.
 */
export type McpTaskState = "waiting" | "running" | "relayed" | "answered" | "cancelled";

/** What the call was, without whoever sent it: no credential is kept. */
export interface StoredRequest {
  readonly method: string;
  readonly url: string;
  /** As sent, flat like Node's `rawHeaders`: what may travel on, and what tells the parser how to read it. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly era: "legacy" | "modern";
  /** JSON-RPC id of the call: its answer carries it. */
  readonly rpc_id: string | number;
}

export type TaskAnswer = { readonly result: JsonObject } | { readonly error: JsonObject };

/**
 * Who may ask about a task: the same caller with the same key, for the same person, on the same route. An agent that acts
 * for somebody else now must not read what it was told for the first one.
 */
export function taskOwner(subject: Subject, route: string): string {
  return JSON.stringify([subject.issuer, subject.id, subject.proof.key, subject.actingFor?.id ?? null, route]);
}

/** The run of the agent as its token names it; approvals are bound to it. */
export function callerRun(subject: Subject): string {
  return subject.session ?? "";
}

/** How long a task is kept, in milliseconds: as long as people and caller may take, extension included, and then an hour. */
export function keptFor({ requirement }: Pick<Approval, "requirement">): number {
  return (2 * requirement.approve_within + requirement.execute_within) * 1_000 + hourMs;
}

const hourMs = 3_600_000;

/** What a caller asked for, within bounds (MCP 2025-11-25, tasks: receivers may override the `ttl`). */
export function keptAsAsked(ttlMs: number | null): number {
  return Math.min(Math.max(ttlMs ?? hourMs, 60_000), 24 * hourMs);
}
