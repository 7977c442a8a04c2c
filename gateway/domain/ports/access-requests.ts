import type { JsonValue } from "../../lib/json.ts";

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
  insert(request: AccessRequest): boolean;
  byKey(pep: AccessRequest["pep"], idempotencyKey: string): AccessRequest | null;
  byDenial(denial: string): AccessRequest | null;
  /** Oldest first. */
  ofTask(task: string): AccessRequest[];
  /** Those that want to hear of this task's end and were not told yet; each is handed out once, whichever process asks. */
  takeCallbacks(task: string, now: number): AccessRequest[];
  /** Forgets requests older than this. */
  prune(before: number): void;
}
