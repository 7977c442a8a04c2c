import type { JsonObject } from "../../lib/json.ts";
import type { AccessNote } from "../access-record.ts";
import type { CountField, DecisionField } from "../decision-fields.ts";

/** Search over the decision log, newest first. */
export interface DecisionSearch {
  search(query: DecisionQuery): Promise<FoundDecisions>;
  /** What `search` finds, as written. Where records are long, a page may have less than its limit, and a `next`. */
  records(query: DecisionQuery): Promise<FoundRecords>;
  /** How many `search` finds on all pages together, by each combination of the fields' values. */
  count(query: DecisionFilter, by: readonly CountField[]): Promise<DecisionCounts>;
  /** The records of one decision as written, in order; null when unknown. */
  get(decisionId: string): Promise<RecordsOfDecision | null>;
}

export interface FoundRecords {
  readonly items: readonly RecordsOfDecision[];
  /** As of `FoundDecisions`. */
  readonly next: string | null;
}

export interface DecisionCounts {
  readonly by: readonly CountField[];
  /** The largest first; `values` in the order of `by`. */
  readonly groups: readonly { readonly values: readonly (string | null)[]; readonly decisions: number }[];
  readonly total: number;
  /** Decisions of groups that are not given, as there are too many. */
  readonly left_out: number;
}

export interface FoundDecisions {
  readonly rows: readonly DecisionRow[];
  /** For `after` of the next page; null when this is the last. */
  readonly next: string | null;
}

export interface RecordsOfDecision {
  readonly decision: JsonObject;
  /** Null as long as there is none. */
  readonly outcome: JsonObject | null;
}

/** subject: a caller, whoever it acts for, or an actor in between. */
export type LooselyNamed = "subject" | "client" | "key" | "session" | "tool";

export interface DecisionFilter extends Readonly<Partial<Record<DecisionField, string>>> {
  /** The issuer of the caller, and who named the session. A record whose input does not say it counts as one of any. */
  readonly issuer?: string;
  readonly trust?: string;
  /** Of the caller's token, of the key that it proved, and somebody in its chain of actors: looked for in the latest records alone. */
  readonly client?: string;
  readonly key?: string;
  readonly actor?: string;
  /** Calls that a revocation of this name would have met, compared as loosely: in the latest records alone. */
  readonly like?: { readonly kind: LooselyNamed; readonly name: string };
  /** Free text over tool, subject, reason codes and decision id. */
  readonly text?: string;
  /** From this moment on, and before that one: UTC with milliseconds, as records have them. */
  readonly since?: string;
  readonly until?: string;
}

export interface DecisionQuery extends DecisionFilter {
  readonly limit: number;
  readonly after?: string;
}

export interface DecisionRow {
  readonly decision_id: string;
  readonly seq: number;
  readonly timestamp: string;
  readonly effect: string;
  /** "tools/call", or the protocol's own method. */
  readonly action: string | null;
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

/** Where it is recorded who ended or gave back whose access. */
export interface AccessJournal {
  /** Never throws; a record that cannot be written is told to operators. */
  note(note: AccessNote): void;
}

/** Where the decision log is made searchable; derived from the log and rebuilt from it when lost. */
export interface DecisionIndex extends DecisionSearch {
  /** How far each log segment is indexed; zero for one that is not. */
  position(segment: string): Promise<IndexPosition>;
  /** Lines of other kinds than decisions and outcomes are left out. All of it, with the new position, or none when it rejects. */
  add(segment: string, upTo: IndexPosition, lines: readonly JsonObject[]): Promise<void>;
  /** Forgets the decisions with a lower number. */
  prune(below: number): Promise<void>;
  /** False when there are fewer or more decisions than were added: somebody else has changed it. Values that were changed are not noticed. */
  isWhole(): Promise<boolean>;
  /** Forgets everything, to be filled anew. */
  clear(): Promise<void>;
  /** Another number whenever the index has become empty: by `clear`, or because its file was damaged. */
  generation(): number;
}

export interface IndexPosition {
  readonly bytes: number;
  /** Which file it is, as the file system says. */
  readonly file: string;
}

/** How far a log had come: kept in the store, apart from the log itself, so that a log that was cut or lost gives no number twice. */
export interface LogMark {
  /** A number that was given to a record on disk; there may be higher ones. */
  readonly last: number;
  /** No record has a higher number. */
  readonly reserved: number;
}

/** Who reads the segments of the log, one after the other. */
export interface LogConsumer {
  readonly name: string;
  /** The segment that it has not had all of; null when it has had nothing. @throws Error when that cannot be found out */
  reached(): ReachedSegment | null;
  /** How long after its last record a segment is kept for it; null: until it has had it. */
  readonly retainMs: number | null;
}

/** `log`: origin of the log that the segment is of; null when it does not say. */
export interface ReachedSegment {
  readonly segment: string;
  readonly log: string | null;
}

export interface LogMarks {
  /** Zeros for a log that has never been written. */
  read(): Promise<LogMark>;
  /** Neither number ever falls. Durable when it resolves: numbers up to `reserved` may be given from then on. */
  reserve(mark: LogMark): Promise<void>;
  /** Of a log for which numbers were reserved. A power cut may undo it. */
  note(last: number): Promise<void>;
}
