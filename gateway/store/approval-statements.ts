import type { SQLInputValue } from "node:sqlite";
import type { ApprovalFilter } from "../domain/ports.ts";
import type { Database } from "./database.ts";
import { grantSchema } from "./grants.ts";

/** Tables of approvals and of the grants they leave behind. */
export const approvalSchema = `
  CREATE TABLE IF NOT EXISTS approvals (
    id TEXT PRIMARY KEY, request_digest TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL, route TEXT NOT NULL,
    idempotency_key TEXT, created INTEGER NOT NULL, approve_by INTEGER NOT NULL,
    live_until INTEGER NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
    votes TEXT NOT NULL, claim TEXT, resolved_at INTEGER, execute_by INTEGER, consumed_at INTEGER, outcome TEXT,
    owner TEXT, changed INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS approvals_by_request ON approvals (request_digest, created);
  CREATE INDEX IF NOT EXISTS approvals_by_state ON approvals (state, created);
  CREATE INDEX IF NOT EXISTS approvals_live ON approvals (issuer, subject, live_until)
    WHERE state IN ('held', 'approved', 'denied');
  CREATE INDEX IF NOT EXISTS approvals_by_key ON approvals (issuer, subject, route, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE INDEX IF NOT EXISTS approvals_due ON approvals (live_until) WHERE state IN ('held', 'approved');
  CREATE INDEX IF NOT EXISTS approvals_by_change ON approvals (changed);
  ${grantSchema}
`;

const select = "SELECT * FROM approvals WHERE";

/** The statements of the approval store, prepared once. */
export function approvalStatements(database: Database) {
  database.exec(approvalSchema);
  return {
    insert: database.prepare(
      `INSERT INTO approvals (id, request_digest, issuer, subject, route, idempotency_key, created, approve_by,
       live_until, body, state, votes, claim, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?7)`,
    ),
    get: database.prepare(`${select} id = ?`),
    latest: database.prepare(`${select} request_digest = ? ORDER BY created DESC, rowid DESC LIMIT 1`),
    byKey: database.prepare(
      `${select} issuer = ? AND subject = ? AND route = ? AND idempotency_key = ? ORDER BY created DESC, rowid DESC LIMIT 1`,
    ),
    // SQLite would take the index over states and read whatever is held. Both are asked often, beside thousands of items.
    held: database.prepare(
      `SELECT count(*) AS n FROM approvals INDEXED BY approvals_live
       WHERE issuer = ? AND subject = ? AND state IN ('held', 'approved', 'denied') AND state = 'held'`,
    ),
    due: database.prepare(
      `SELECT * FROM approvals INDEXED BY approvals_due WHERE state IN ('held', 'approved') AND live_until <= ?1
       UNION SELECT * FROM approvals INDEXED BY approvals_by_state
         WHERE state IN ('held', 'approved') AND created > ?2
       UNION SELECT * FROM approvals INDEXED BY approvals_by_state WHERE state = 'approved' AND resolved_at > ?2`,
    ),
    allHeld: database.prepare("SELECT count(*) AS n FROM approvals WHERE state = 'held'"),
    open: database.prepare(
      "SELECT state, count(*) AS n FROM approvals WHERE state IN ('held', 'approved') GROUP BY state",
    ),
    changed: database.prepare(`${select} changed >= ? ORDER BY changed`),
    strays: database.prepare(
      `${select} state = 'released' AND owner NOT IN (SELECT value FROM json_each(?)) ORDER BY created`,
    ),
    ...changes(database),
  };
}

function changes(database: Database) {
  return {
    move: database.prepare(
      `UPDATE approvals SET state = ?1, resolved_at = coalesce(?2, resolved_at), execute_by = coalesce(?3, execute_by),
       live_until = coalesce(?3, live_until), consumed_at = coalesce(?4, consumed_at), outcome = coalesce(?5, outcome),
       owner = coalesce(?6, owner), changed = ?7,
       body = CASE WHEN ?10 IS NULL THEN body ELSE json_set(body, '$.ended_by', json(?10)) END WHERE id = ?8 AND state = ?9`,
    ),
    vote: database.prepare(
      `UPDATE approvals SET votes = json_insert(votes, '$[#]', json(?1)), changed = ?4
       WHERE id = ?2 AND state = 'held' AND approve_by > ?4
       AND NOT EXISTS (SELECT 1 FROM json_each(votes) 
         WHERE coalesce(json_extract(value, '$.account'), json_extract(value, '$.approver')) = ?3)`,
    ),
    extend: database.prepare(
      "UPDATE approvals SET approve_by = ?1, live_until = ?1, changed = ?2 WHERE id = ?3 AND state = 'held' AND approve_by = ?4",
    ),
    claim: database.prepare("UPDATE approvals SET claim = ?1, changed = ?2 WHERE id = ?3 AND state = 'held'"),
  };
}

/** What people know a call by: what it does, which tool, which agent, for whom. */
const words = ["$.requirement.summary", "$.binding.tool", "$.binding.subject.id", "$.binding.acting_for"]
  .map((path) => `coalesce(json_extract(body, '${path}'), '')`)
  .join(" || char(10) || ");

/** The clock that runs: until somebody decides, then until it is executed. */
const deadline = "CASE state WHEN 'approved' THEN coalesce(execute_by, approve_by) ELSE approve_by END";

const orders = {
  newest: { key: "created", next: "<", last: "min", edge: ">=", by: "DESC" },
  deadline: { key: deadline, next: ">", last: "max", edge: "<=", by: "ASC" },
} as const;

/**
 * One page of approvals, the newest first or the one whose clock runs out first. A page never ends between two of the same
 * millisecond: the next one begins behind `from`, and would leave out the rest of it.
 */
export function approvalRows(database: Database, filter: ApprovalFilter): unknown[] {
  const { states, limit, order = "newest", from, text } = filter;
  const { key, next, last, edge, by } = orders[order];
  const conditions = [`state IN (${states.map(() => "?").join(", ")})`];
  const values: SQLInputValue[] = [...states];
  if (from !== undefined) {
    conditions.push(`${key} ${next} ?`);
    values.push(from);
  }
  if (text !== undefined) {
    conditions.push(`instr(lower(${words}), lower(?)) > 0`);
    values.push(text);
  }
  const chosen = `FROM approvals WHERE ${conditions.join(" AND ")}`;
  const sql = `SELECT * ${chosen} AND ${key} ${edge} (
      SELECT ${last}(at) FROM (SELECT ${key} AS at ${chosen} ORDER BY at ${by} LIMIT ?)
    ) ORDER BY ${key} ${by}, rowid ${by}`;
  return database.prepare(sql).all(...values, ...values, limit);
}
