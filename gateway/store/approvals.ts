import { type Approval, type ApprovalState, canMove, type Vote } from "../domain/approval.ts";
import type { ApprovalChange, ApprovalStore } from "../domain/ports.ts";
import type { Database } from "./database.ts";

interface Row {
  readonly body: string;
  readonly state: ApprovalState;
  readonly votes: string;
  readonly resolved_at: number | null;
  readonly execute_by: number | null;
  readonly consumed_at: number | null;
  readonly outcome: string | null;
}

/** Approvals in SQLite. What never changes is one JSON column; what changes has columns of its own, set only after comparing the state. */
export function approvalStore(database: Database): ApprovalStore {
  database.exec(schema);
  const statements = prepare(database);
  return {
    insert: (approval) => void statements.insert.run(...insertValues(approval)),
    get: (id) => fromRow(statements.get.get(id)),
    findOpen: (digest) => fromRow(statements.open.get(digest)),
    findLatest: (digest) => fromRow(statements.latest.get(digest)),
    anyLive: (issuer, subject, now) => statements.live.get(issuer, subject, now) !== undefined,
    countHeld: (issuer, subject) => Number(statements.held.get(issuer, subject)?.["n"] ?? 0),
    countAllHeld: () => Number(statements.allHeld.get()?.["n"] ?? 0),
    list: (filter) => listRows(database, filter),
    due: (now) => statements.due.all(now).flatMap((row) => fromRow(row) ?? []),
    move: (id, from, to, set) =>
      canMove(from, to) && statements.move.run(...moveValues(id, from, to, set)).changes === 1,
    addVote: (id, vote) => statements.vote.run(JSON.stringify(vote), id, vote.approver).changes === 1,
  };
}

function prepare(database: Database) {
  return {
    insert: database.prepare(
      `INSERT INTO approvals (id, call_digest, issuer, subject, created, live_until, body, state, votes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]')`,
    ),
    live: database.prepare(
      "SELECT 1 FROM approvals WHERE issuer = ? AND subject = ? AND live_until > ? AND state IN ('held', 'approved', 'denied') LIMIT 1",
    ),
    held: database.prepare("SELECT count(*) AS n FROM approvals WHERE issuer = ? AND subject = ? AND state = 'held'"),
    allHeld: database.prepare("SELECT count(*) AS n FROM approvals WHERE state = 'held'"),
    get: database.prepare("SELECT * FROM approvals WHERE id = ?"),
    open: database.prepare(
      "SELECT * FROM approvals WHERE call_digest = ? AND state IN ('held', 'approved') ORDER BY created DESC LIMIT 1",
    ),
    latest: database.prepare("SELECT * FROM approvals WHERE call_digest = ? ORDER BY created DESC LIMIT 1"),
    due: database.prepare("SELECT * FROM approvals WHERE state IN ('held', 'approved') AND live_until <= ?"),
    move: database.prepare(
      `UPDATE approvals SET state = ?1, resolved_at = coalesce(?2, resolved_at), execute_by = coalesce(?3, execute_by),
       live_until = coalesce(?3, live_until), consumed_at = coalesce(?4, consumed_at),
       outcome = coalesce(?5, outcome) WHERE id = ?6 AND state = ?7`,
    ),
    vote: database.prepare(
      `UPDATE approvals SET votes = json_insert(votes, '$[#]', json(?1)) WHERE id = ?2 AND state = 'held'
       AND NOT EXISTS (SELECT 1 FROM json_each(votes) WHERE json_extract(value, '$.approver') = ?3)`,
    ),
  };
}

const schema = `
  CREATE TABLE IF NOT EXISTS approvals (
    id TEXT PRIMARY KEY, call_digest TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    created INTEGER NOT NULL, live_until INTEGER NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, votes TEXT NOT NULL,
    resolved_at INTEGER, execute_by INTEGER, consumed_at INTEGER, outcome TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS approvals_by_call ON approvals (call_digest, created);
  CREATE INDEX IF NOT EXISTS approvals_by_state ON approvals (state, created);
  CREATE INDEX IF NOT EXISTS approvals_by_subject ON approvals (issuer, subject, live_until);
  CREATE INDEX IF NOT EXISTS approvals_held ON approvals (issuer, subject) WHERE state = 'held';
`;

function insertValues(approval: Approval): [string, string, string, string, number, number, string, string] {
  const { binding, seal } = approval;
  const {
    state: _state,
    votes: _votes,
    resolved_at: _r,
    execute_by: _e,
    consumed_at: _c,
    outcome: _o,
    ...body
  } = approval;
  const { issuer, id: subject } = binding.subject;
  return [
    approval.id,
    approval.call_digest,
    issuer,
    subject,
    seal.created,
    seal.approve_by,
    JSON.stringify(body),
    approval.state,
  ];
}

function moveValues(id: string, from: ApprovalState, to: ApprovalState, set: ApprovalChange) {
  const { resolved_at = null, execute_by = null, consumed_at = null, outcome = null } = set;
  return [to, resolved_at, execute_by, consumed_at, outcome, id, from] as const;
}

function listRows(database: Database, filter: Parameters<ApprovalStore["list"]>[0]): Approval[] {
  const before = filter.before ?? Number.MAX_SAFE_INTEGER;
  const sql = `SELECT * FROM approvals WHERE state IN (${marks(filter.states)}) AND created < ? ORDER BY created DESC LIMIT ?`;
  const rows = database.prepare(sql).all(...filter.states, before, filter.limit);
  return rows.map((row) => fromRow(row)).filter((approval) => approval !== null);
}

function marks(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

function fromRow(row: unknown): Approval | null {
  if (row === undefined) return null;
  const { body, state, votes, resolved_at, execute_by, consumed_at, outcome } = row as Row;
  const fixed = JSON.parse(body) as Omit<Approval, keyof Omit<Row, "body">>;
  return { ...fixed, state, votes: JSON.parse(votes) as Vote[], resolved_at, execute_by, consumed_at, outcome };
}
