import type { ReceiptStore, ApprovalStore, OpenCounts } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";
import {
  type Approval,
  type ApprovalState,
  canMove,
  clockSetBackMs,
  type Transition,
  type Vote,
} from "../domain/approval.ts";
import { approvalRows, approvalStatements } from "./approval-statements.ts";
import { writtenElsewhere } from "./change-detector.ts";
import { type Liveness, liveness } from "./call-state.ts";

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

type Statements = ReturnType<typeof approvalStatements>;

const nothingLive = Promise.resolve(false);

/** Approvals in SQLite; several processes may share the file. Every write is one statement that compares what it changes. */
export function approvalStore(connection: Connection, live: Liveness = liveness(connection)): ApprovalStore {
  const { database } = connection;
  const statements = approvalStatements(database);
  return {
    ...reads(connection, statements),
    ...writes(connection, statements, () => live.forget()),
    anyLive: (issuer, subject, now) =>
      live.knowsNothingOf(issuer, subject) ? nothingLive : connection.run(() => live.read({ issuer, subject, now })),
    changedElsewhere: writtenElsewhere(database),
    atomically: (work) => connection.atomically(work),
  };
}

function reads(connection: Connection, statements: Statements) {
  const { get, latest, byKey, held, allHeld, open, due, changed, strays } = statements;
  return {
    get: (id) => connection.run(() => fromRow(get.get(id))),
    findLatest: (digest) => connection.run(() => fromRow(latest.get(digest))),
    findByKey: (issuer, subject, route, key) => connection.run(() => fromRow(byKey.get(issuer, subject, route, key))),
    countHeld: (issuer, subject) => connection.run(() => Number(held.get(issuer, subject)?.["n"] ?? 0)),
    countAllHeld: () => connection.run(() => Number(allHeld.get()?.["n"] ?? 0)),
    countOpen: () => connection.run(() => openCounts(open.all())),
    list: (filter) => connection.run(() => fromRows(approvalRows(connection.database, filter))),
    due: (now) => connection.run(() => fromRows(due.all(now, now + clockSetBackMs))),
    changedSince: (at) => connection.run(() => fromRows(changed.all(at))),
    releasedByOthers: (owners) => connection.run(() => fromRows(strays.all(JSON.stringify(owners)))),
  } satisfies Partial<ApprovalStore>;
}

/** Those after which a caller may have something live call `forget` in the step that writes. */
function writes(connection: Connection, { insert, move, vote, extend, claim }: Statements, forget: () => void) {
  return {
    insert: (approval) =>
      connection.run(() => {
        forget();
        insert.run(...insertValues(approval));
      }),
    move: (id, step, now, owner) =>
      connection.run(() => {
        // A grant begins with a move, too.
        forget();
        return canMove(step.from, step.to) && move.run(...moveValues(id, step, now, owner)).changes === 1;
      }),
    addVote: (id, cast) =>
      connection.run(() => vote.run(JSON.stringify(cast), id, cast.account ?? cast.approver, cast.at).changes === 1),
    extend: (id, from, to, now) =>
      connection.run(() => {
        forget();
        return extend.run(to, now, id, from).changes === 1;
      }),
    claim: (id, claimed, now) =>
      connection.run(() => claim.run(claimed && JSON.stringify(claimed), now, id).changes === 1),
  } satisfies Partial<ApprovalStore>;
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
  const { resolved_at = null, execute_by = null, consumed_at = null, outcome = null, ended_by: by } = set;
  const endedBy = by === undefined ? null : JSON.stringify(by);
  return [to, resolved_at, execute_by, consumed_at, outcome, owner ?? null, now, id, from, endedBy] as const;
}

function openCounts(rows: readonly Record<string, unknown>[]): OpenCounts {
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

const receiptsTable = `
  CREATE TABLE IF NOT EXISTS receipts (
    approval TEXT NOT NULL, at INTEGER NOT NULL, jws TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS receipts_by_approval ON receipts (approval)`;

/** Receipts as they were signed; none is ever changed. */
export function receiptStore(connection: Connection): ReceiptStore {
  const { database } = connection;
  database.exec(receiptsTable);
  const add = database.prepare("INSERT INTO receipts (approval, at, jws) VALUES (?, ?, ?)");
  const of = database.prepare("SELECT at, jws FROM receipts WHERE approval = ? ORDER BY rowid");
  return {
    add: (approvalId, at, jws) => connection.run(() => void add.run(approvalId, at, jws)),
    of: (approvalId) =>
      connection.run(() => of.all(approvalId).map((row) => ({ at: Number(row["at"]), jws: String(row["jws"]) }))),
  };
}
