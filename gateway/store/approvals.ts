import type { ReceiptStore, ApprovalStore, OpenCounts } from "../domain/ports.ts";
import {
  type Approval,
  type ApprovalState,
  canMove,
  clockSetBackMs,
  type Transition,
  type Vote,
} from "../domain/approval.ts";
import { approvalRows, approvalStatements } from "./approval-statements.ts";
import { type Liveness, liveness } from "./call-state.ts";
import type { AnyConnection } from "./engines.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

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

/** Approvals; several processes may share the store. Every write is one statement that compares what it changes. */
export function approvalStore(sql: AnyConnection, live: Liveness = liveness(sql)): ApprovalStore {
  const statements = approvalStatements(sql);
  return {
    ...reads(sql, statements),
    ...writes(statements, live),
    anyLive: (issuer, subject, now) =>
      live.knowsNothingOf(issuer, subject) ? nothingLive : live.look({ issuer, subject, now }),
    changedElsewhere: sql.changedElsewhere("approvals"),
    atomically: (work) => sql.atomically("approvals", work),
  };
}

function reads(sql: Sql, statements: Statements) {
  const { get, latest, byKey, held, allHeld, oldestHeld, open, due, changed, strays } = statements;
  return {
    get: async (id) => fromRow(await get.get(id)),
    findLatest: async (digest) => fromRow(await latest.get(digest)),
    findByKey: async (issuer, subject, route, key) => fromRow(await byKey.get(issuer, subject, route, key)),
    countHeld: async (issuer, subject) => Number((await held.get(issuer, subject))?.["n"] ?? 0),
    countAllHeld: async () => Number((await allHeld.get())?.["n"] ?? 0),
    oldestHeld: async () => numberOrNull((await oldestHeld.get())?.["at"]),
    countOpen: async () => openCounts(await open.all()),
    list: async (filter) => fromRows(await approvalRows(sql, filter)),
    due: async (now) => fromRows(await due.all(now, now + clockSetBackMs)),
    changedSince: async (at) => fromRows(await changed.all(at)),
    releasedByOthers: async (owners) => fromRows(await strays.all(JSON.stringify(owners))),
  } satisfies Partial<ApprovalStore>;
}

/** Those after which a caller may have something live are `changes`: nobody is remembered to have nothing meanwhile. */
function writes({ insert, move, vote, extend, claim }: Statements, { changes }: Liveness) {
  return {
    insert: (approval) => changes(async () => void (await insert.run(...insertValues(approval)))),
    // A grant begins with a move, too.
    move: (id, step, now, owner) =>
      changes(async () => canMove(step.from, step.to) && (await move.run(...moveValues(id, step, now, owner))) === 1),
    addVote: async (id, cast) =>
      (await vote.run(JSON.stringify(cast), id, cast.account ?? cast.approver, cast.at, cast.vote)) === 1,
    extend: (id, from, to, now) => changes(async () => (await extend.run(to, now, id, from)) === 1),
    claim: async (id, claimed, now) => (await claim.run(claimed && JSON.stringify(claimed), now, id)) === 1,
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

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
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
    ...(parseJson(body) as Omit<Approval, keyof Row>),
    state,
    votes: parseJson(votes) as Vote[],
    approve_by,
    claim: claim === null ? null : (parseJson(claim) as Approval["claim"]),
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
export function receiptStore(sql: Sql): ReceiptStore {
  sql.define(receiptsTable);
  const add = sql.prepare("INSERT INTO receipts (approval, at, jws) VALUES (?, ?, ?)");
  const of = sql.prepare("SELECT at, jws FROM receipts WHERE approval = ? ORDER BY rowid");
  return {
    add: async (approvalId, at, jws) => void (await add.run(approvalId, at, jws)),
    async of(approvalId) {
      const rows = await of.all(approvalId);
      return rows.map((row) => ({ at: Number(row["at"]), jws: String(row["jws"]) }));
    },
  };
}
