/**
 * The small interfaces through which the rooms of floor 1 meet. Each is stated by the one who needs it;
 * compose.ts hands in who provides it.
 */
import type { ActionBinding, Approval, ApprovalState, Vote } from "./approval.ts";
import type { ApprovalRequirement, Reason } from "./decision.ts";
import type { ErrorCode } from "./errors.ts";
import type { CatalogFact, DefinitionFact, SessionFact } from "./facts.ts";
import type { Judged } from "./judged.ts";
import type { Subject } from "./subject.ts";
import type { ToolCall } from "./tool-call.ts";
import type { JsonObject } from "./json.ts";
import type { PolicyInput } from "./policy-input.ts";

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a clock that never jumps. */
  monotonic(): number;
}

export interface Ids {
  /** 128 random bits or more, URL-safe, with a short prefix that says what it names. */
  make(prefix: "d" | "a" | "s" | "n" | "t"): string;
}

/** Operations log (winston behind it); carries no audit duty. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export type Entrypoint = "decision" | "visible" | "result";

/** What one evaluation gave: the raw result set, for `decide` to distrust. */
export interface Evaluation {
  readonly results: unknown;
  readonly fuel: number;
}

/** A bundle that is loaded, self-tested and able to judge. Immutable: a request keeps the one it began with. */
export interface ActivePolicy {
  readonly revision: string;
  /** sha256:… of the bundle archive. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly activatedAt: number;
  /** Every rule of the library with its METADATA, for people who ask "which rule, where". */
  readonly rules: readonly RuleInfo[];
  /** `data.sallyport.catalog[server][tool]`; unknown tools give `known: false` and nulls. */
  catalog(server: string, tool: string): CatalogFact;
  /** @throws PolicyFault */
  evaluate(entrypoint: Entrypoint, input: PolicyInput): Evaluation;
}

/** One rule as its METADATA describes it (`opa inspect --annotations`). */
export interface RuleInfo {
  /** `topic/rule`, as in Reason.rule. */
  readonly rule: string;
  readonly title: string;
  readonly description: string;
  readonly code: string;
  readonly severity: Reason["severity"];
  readonly controls: readonly string[];
  readonly owner: string | null;
  /** Path below rego/, and the 1-based line of the rule. */
  readonly file: string;
  readonly line: number;
}

/** Delivery: what is active now, and what went wrong since. */
export interface Bundles {
  /** Builds or loads, self-tests and activates; resolves when a policy is active. @throws when none can be. */
  start(): Promise<void>;
  active(): ActivePolicy | null;
  status(): PolicyStatus;
  /** Called after each activation and each failure; returns how to stop. */
  watch(listener: (status: PolicyStatus) => void): () => void;
  close(): Promise<void>;
}

/** The policy could not be evaluated; `code` says how. The instance it happened in is already discarded. */
export class PolicyFault extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = "PolicyFault";
    this.code = code;
  }
}

/** Turns a compiled module and its data into something that evaluates; `decide/` provides it to `bundles/`. */
export interface PolicyEngine {
  prepare(wasm: Uint8Array, data: JsonObject): Promise<PreparedPolicy>;
}

export interface PreparedPolicy {
  /** Names as compiled, e.g. "sallyport/main/decision". */
  readonly entrypoints: readonly string[];
  /** @throws PolicyFault */
  evaluate(entrypoint: string, input: PolicyInput): Evaluation;
}

export interface PolicyStatus {
  readonly active: { readonly revision: string; readonly digest: string; readonly activated_at: number; readonly source: string } | null;
  /** The last build or load that failed since the active one; null when the newest is active. */
  readonly failure: PolicyFailure | null;
}

export interface PolicyFailure {
  readonly at: number;
  readonly stage: "compile" | "load" | "self-test" | "activate";
  /** file:line: message, one a line. */
  readonly message: string;
  readonly locations: readonly { readonly file: string; readonly line: number; readonly message: string }[];
}

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
  list(filter: { readonly states: readonly ApprovalState[]; readonly limit: number; readonly before?: number }): Approval[];
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
  list(filter: { readonly states: readonly ApprovalState[]; readonly limit: number; readonly before?: number }): Approval[];
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

/** Search over the decision log, newest first. */
export interface DecisionSearch {
  search(query: DecisionQuery): Promise<{ readonly rows: readonly DecisionRow[]; readonly next: string | null }>;
  /** The records of one decision as written, in order; null when unknown. */
  get(decisionId: string): Promise<{ readonly decision: JsonObject; readonly outcome: JsonObject | null } | null>;
}

export interface DecisionQuery {
  readonly effect?: string;
  readonly tool?: string;
  readonly subject?: string;
  readonly session?: string;
  readonly code?: string;
  /** Free text over tool, subject, reason codes and decision id. */
  readonly text?: string;
  readonly limit: number;
  readonly after?: string;
}

export interface DecisionRow {
  readonly decision_id: string;
  readonly seq: number;
  readonly timestamp: string;
  readonly effect: string;
  readonly tool: string | null;
  readonly subject: string | null;
  readonly session: string | null;
  readonly protocol: string | null;
  readonly codes: readonly string[];
  readonly message: string | null;
  readonly revision: string | null;
  readonly outcome: string | null;
  readonly status: number | null;
  readonly duration_ms: number | null;
}

/** What sessions have done: read by `gather/`, written by `act/`. */
export interface SessionLedger {
  fact(subject: Subject, call: ToolCall, now: number): SessionFact;
  /** One more call in this session's history. */
  observe(judged: Judged, now: number): void;
  /** Durable when it returns; taints the principal too, so that a new session id launders nothing. */
  label(judged: Judged, labels: readonly string[]): void;
}

/** Definitions seen in tools/list answers; the first one seen is pinned. */
export interface DefinitionLedger {
  fact(server: string, tool: string): DefinitionFact;
  observe(server: string, tool: string, definition: JsonObject): void;
}

/** Sessions and what they have done, durable as far as labels go. */
export interface SessionStore {
  labels(key: string): readonly string[];
  /** Labels only grow; durable when it returns. */
  addLabels(key: string, labels: readonly string[], now: number): void;
}

/** First definition seen of each tool, by server and tool. */
export interface DefinitionStore {
  get(server: string, tool: string): { readonly digest: string; readonly definition: JsonObject } | null;
  pin(server: string, tool: string, digest: string, definition: JsonObject): void;
}

/** Where the decision log is made searchable; derived from the log and rebuilt from it when lost. */
export interface DecisionIndex {
  /** How far each log segment is indexed, in bytes. */
  position(segment: string): number;
  add(segment: string, upTo: number, lines: readonly JsonObject[]): void;
  search(query: DecisionQuery): { readonly rows: readonly DecisionRow[]; readonly next: string | null };
  get(decisionId: string): { readonly decision: JsonObject; readonly outcome: JsonObject | null } | null;
}
