/** What does not hold, in words. */
export interface AuditProblem {
  readonly code: AuditCode;
  /** File below the log's folder, or the id of a decision. */
  readonly place: string;
  readonly detail: string;
}

/**
 * key: no trusted key signs it. checkpoint: its form, signature, order or root. tile: lost or not what the lines below it make. line:
 * not the one in the tree. file: has the name of a segment and is not read, since another one stands for it. missing: lines that the tree holds are gone, and nothing tells why. uncovered: lines behind the newest
 * checkpoint. order: numbers of records. reference: to shared members that are not before the record in its segment, are not what their
 * digest says, or do not fit its values. pair: decisions and outcomes. receipt: of an approval. shorter: the log ends before a
 * checkpoint that was kept elsewhere. witness: the one that is asked for has not cosigned the log. time-stamp: none is of an
 * authority that was given, or one does not hold.
 */
export type AuditCode =
  | "key"
  | "checkpoint"
  | "tile"
  | "line"
  | "file"
  | "missing"
  | "uncovered"
  | "order"
  | "reference"
  | "pair"
  | "receipt"
  | "shorter"
  | "witness"
  | "time-stamp";

/** So many problems of each code are kept in words; a cut log has as many as lines. */
const KEPT = 100;

export class AuditProblems {
  readonly kept: AuditProblem[] = [];
  readonly #keptOf = new Map<AuditCode, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(code: AuditCode, place: string, detail: string): void {
    this.#count += 1;
    this.#keep({ code, place, detail });
  }

  addAll({ kept, count }: { readonly kept: readonly AuditProblem[]; readonly count: number }): void {
    this.#count += count;
    for (const problem of kept) this.#keep(problem);
  }

  #keep(problem: AuditProblem): void {
    const kept = this.#keptOf.get(problem.code) ?? 0;
    if (kept === KEPT) return;
    this.#keptOf.set(problem.code, kept + 1);
    this.kept.push(problem);
  }
}

/** A time stamp whose signature holds: that the log had these lines at that time (ISO 8601, UTC), when its authority was given. */
export interface StampedLines {
  readonly size: number;
  readonly at: string;
  /** Subject of the certificate of the authority. */
  readonly by: string;
  /** Whether that is one of those that were given; anybody can make a time stamp of another one. */
  readonly is_given: boolean;
}

/** The result of `audit verify`. */
export interface AuditReport {
  readonly ok: boolean;
  readonly log: string;
  /** Whether the keys came from outside; if not, somebody who replaced log and key together goes unseen. */
  readonly keys: "given" | "of the log";
  /** What the witness has cosigned last, as far as the log has it; null when none was asked for, or it has not. */
  readonly cosigned: { readonly by: string; readonly size: number; readonly at: string } | null;
  /** What was asked of time stamps; null: nothing, and none was looked at. */
  readonly time_stamps: readonly StampedLines[] | null;
  readonly size: number;
  readonly root: string;
  readonly checkpoints: number;
  readonly segments: number;
  /** Lines that are there and are those of the tree. */
  readonly lines: number;
  /** Lines that retention has removed, and told. */
  readonly pruned: number;
  /** Lines behind the newest checkpoint, which nothing proves yet. */
  readonly uncovered: number;
  readonly decisions: number;
  /** Decisions without an outcome: under way, or cut off when their gateway ended. */
  readonly unfinished: number;
  /** Receipts of approvals that hold. */
  readonly receipts: number;
  readonly problem_count: number;
  readonly problems: readonly AuditProblem[];
}
