import {
  type Approval,
  type ApprovalState,
  canMove,
  clockSetBackMs,
  type Transition,
  type Vote,
} from "../domain/approval.ts";
import type { ApprovalStore } from "../domain/ports.ts";
import { approvalRows, approvalStatements } from "./approval-statements.ts";
import { type Database, dataVersion, transactions } from "./database.ts";
import { writeDetector } from "./change-detector.ts";

/** What changes has columns of its own, set only after comparing the state; the rest is one JSON column. */
interface Row {
  readonly body: string;
  readonly state: ApprovalState;
  readonly votes: string;
  readonly approve_by: number;
  readonly claim: string | null;
  readonly resolved_at: number | null;
  readonly execute_by: number | null;
  readonly consumed_at: number | null;
  readonly outcome: string | null;
}

/** Approvals in SQLite; several processes may share the file. Every write is one statement that compares what it changes. */
export function approvalStore(database: Database): ApprovalStore {
  const run = approvalStatements(database);
  const { anyLive, forget } = liveness(
    database,
    (issuer, subject, now) => run.live.get(issuer, subject, now) !== undefined,
  );
  return {
    insert: (approval) => {
      forget();
      run.insert.run(...insertValues(approval));
    },
    get: (id) => fromRow(run.get.get(id)),
    findLatest: (digest) => fromRow(run.latest.get(digest)),
    findByKey: (issuer, subject, route, key) => fromRow(run.byKey.get(issuer, subject, route, key)),
    anyLive,
    countHeld: (issuer, subject) => Number(run.held.get(issuer, subject)?.["n"] ?? 0),
    countAllHeld: () => Number(run.allHeld.get()?.["n"] ?? 0),
    list: (filter) => fromRows(approvalRows(database, filter)),
    countOpen: () => openCounts(run.open.all()),
    due: (now) => fromRows(run.due.all(now, now + clockSetBackMs)),
    move: (id, step, now, owner) => {
      // A grant begins with a move, too.
      forget();
      return canMove(step.from, step.to) && run.move.run(...moveValues(id, step, now, owner)).changes === 1;
    },
    addVote: (id, vote) => run.vote.run(JSON.stringify(vote), id, vote.account ?? vote.approver, vote.at).changes === 1,
    extend: (id, from, to, now) => {
      forget();
      return run.extend.run(to, now, id, from).changes === 1;
    },
    claim: (id, claim, now) => run.claim.run(claim && JSON.stringify(claim), now, id).changes === 1,
    changedSince: (at) => fromRows(run.changed.all(at)),
    releasedByOthers: (owners) => fromRows(run.strays.all(JSON.stringify(owners))),
    changedElsewhere: dataVersion(database),
    atomically: transactions(database),
  };
}

/** So many callers are remembered to have nothing. */
const callersKept = 10_000;

/**
 * Most callers have nothing that is live, and without a write that stays so: time only ends what there is. What this process
 * writes itself makes it `forget` at once.
 */
function liveness(
  database: Database,
  ask: ApprovalStore["anyLive"],
): Pick<ApprovalStore, "anyLive"> & { readonly forget: () => void } {
  const mayHaveWritten = writeDetector(database);
  const nothing = new Map<string, Set<string>>();
  let size = 0;
  function forget(): void {
    if (size > 0) nothing.clear();
    size = 0;
  }
  function anyLive(issuer: string, subject: string, now: number): boolean {
    if (mayHaveWritten() || size >= callersKept) forget();
    const known = nothing.get(issuer);
    if (known?.has(subject) === true) return false;
    const live = ask(issuer, subject, now);
    if (live) return true;
    size += 1;
    if (known === undefined) nothing.set(issuer, new Set([subject]));
    else known.add(subject);
    return false;
  }
  return { anyLive, forget };
}

function insertValues(approval: Approval): (string | number | null)[] {
  const { id, binding, seal, state, votes, approve_by, claim, ...rest } = approval;
  const { resolved_at: _r, execute_by: _e, consumed_at: _c, outcome: _o, ...fixed } = rest;
  return [
    id,
    approval.request_digest,
    binding.subject.issuer,
    binding.subject.id,
    binding.route,
    approval.idempotency_key,
    seal.created,
    approve_by,
    JSON.stringify({ id, binding, seal, ...fixed }),
    state,
    JSON.stringify(votes),
    claim && JSON.stringify(claim),
  ];
}

function moveValues(id: string, { from, to, set }: Transition, now: number, owner: string | undefined) {
  const { resolved_at = null, execute_by = null, consumed_at = null, outcome = null } = set;
  return [to, resolved_at, execute_by, consumed_at, outcome, owner ?? null, now, id, from] as const;
}

function openCounts(rows: readonly Record<string, unknown>[]): ReturnType<ApprovalStore["countOpen"]> {
  const of = (state: string): number => Number(rows.find((row) => row["state"] === state)?.["n"] ?? 0);
  return { held: of("held"), approved: of("approved") };
}

function fromRows(rows: readonly unknown[]): Approval[] {
  return rows.flatMap((row) => fromRow(row) ?? []);
}

function fromRow(row: unknown): Approval | null {
  if (row === undefined) return null;
  const { body, votes, claim, state, approve_by, resolved_at, execute_by, consumed_at, outcome } = row as Row;
  return {
    ...(JSON.parse(body) as Omit<Approval, keyof Row>),
    state,
    votes: JSON.parse(votes) as Vote[],
    approve_by,
    claim: claim === null ? null : (JSON.parse(claim) as Approval["claim"]),
    resolved_at,
    execute_by,
    consumed_at,
    outcome,
  };
}
