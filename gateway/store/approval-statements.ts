import type { ApprovalFilter } from "../domain/ports.ts";
import { grantSchema } from "./grants.ts";
import type { Sql, SqlRow, SqlValue } from "./sql.ts";

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
export function approvalStatements(sql: Sql) {
  sql.define(approvalSchema);
  // SQLite would take the index over states and read whatever is held. Both are asked often, beside thousands of items.
  const by = (index: string) => sql.either({ sqlite: `INDEXED BY ${index}`, postgres: "" });
  return {
    insert: sql.prepare(
      `INSERT INTO approvals (id, request_digest, issuer, subject, route, idempotency_key, created, approve_by,
       live_until, body, state, votes, claim, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?7)`,
    ),
    get: sql.prepare(`${select} id = ?`),
    latest: sql.prepare(`${select} request_digest = ? ORDER BY created DESC, rowid DESC LIMIT 1`),
    byKey: sql.prepare(
      `${select} issuer = ? AND subject = ? AND route = ? AND idempotency_key = ? ORDER BY created DESC, rowid DESC LIMIT 1`,
    ),
    held: sql.prepare(
      `SELECT count(*) AS n FROM approvals ${by("approvals_live")}
       WHERE issuer = ? AND subject = ? AND state IN ('held', 'approved', 'denied') AND state = 'held'`,
    ),
    due: sql.prepare(
      `SELECT * FROM approvals ${by("approvals_due")} WHERE state IN ('held', 'approved') AND live_until <= ?1
       UNION SELECT * FROM approvals ${by("approvals_by_state")}
         WHERE state IN ('held', 'approved') AND created > ?2
       UNION SELECT * FROM approvals ${by("approvals_by_state")} WHERE state = 'approved' AND resolved_at > ?2`,
    ),
    allHeld: sql.prepare("SELECT count(*) AS n FROM approvals WHERE state = 'held'"),
    oldestHeld: sql.prepare("SELECT min(created) AS at FROM approvals WHERE state = 'held'"),
    open: sql.prepare("SELECT state, count(*) AS n FROM approvals WHERE state IN ('held', 'approved') GROUP BY state"),
    changed: sql.prepare(`${select} changed >= ? ORDER BY changed`),
    strays: sql.prepare(`${select} state = 'released' AND owner NOT IN ${sql.listed("?")} ORDER BY created`),
    ...changes(sql),
  };
}

/** The body says who ended it when `?10` does. PostgreSQL's own JSON refuses texts that a caller may have sent, such as U+0000. */
const endedBody = {
  sqlite: "CASE WHEN ?10 IS NULL THEN body ELSE json_set(body, '$.ended_by', json(?10)) END",
  postgres: `CASE WHEN ?10::text IS NULL THEN body ELSE substr(body, 1, length(body) - 1) || ',"ended_by":' || ?10 || '}' END`,
};

/** `?1`: the vote. */
const oneMoreVote = {
  sqlite: "json_insert(votes, '$[#]', json(?1))",
  postgres:
    "CASE votes WHEN '[]' THEN '[' || ?1 || ']' ELSE substr(votes, 1, length(votes) - 1) || ',' || ?1 || ']' END",
};

/** Votes that whoever `?3` is has cast. */
const votesOf3 = {
  sqlite: `SELECT 1 FROM json_each(votes)
         WHERE coalesce(json_extract(value, '$.account'), json_extract(value, '$.approver')) = ?3`,
  postgres: `SELECT 1 FROM json_array_elements(sallyport_readable(votes)) AS cast_vote (value)
         WHERE coalesce(value ->> 'account', value ->> 'approver') = ?3`,
};

const denialsOf3 = {
  sqlite: `${votesOf3.sqlite} AND json_extract(value, '$.vote') = 'deny'`,
  postgres: `${votesOf3.postgres} AND value ->> 'vote' = 'deny'`,
};

function changes(sql: Sql) {
  return {
    move: sql.prepare(
      `UPDATE approvals SET state = ?1, resolved_at = coalesce(?2, resolved_at), execute_by = coalesce(?3, execute_by),
       live_until = coalesce(?3, live_until), consumed_at = coalesce(?4, consumed_at), outcome = coalesce(?5, outcome),
       owner = coalesce(?6, owner), changed = ?7, body = ${sql.either(endedBody)} WHERE id = ?8 AND state = ?9`,
    ),
    vote: sql.prepare(
      `UPDATE approvals SET votes = ${sql.either(oneMoreVote)}, changed = ?4
       WHERE id = ?2 AND (state = 'held' AND approve_by > ?4 AND NOT EXISTS (${sql.either(votesOf3)})
         OR state = 'approved' AND execute_by > ?4 AND ?5 = 'deny' AND NOT EXISTS (${sql.either(denialsOf3)}))`,
    ),
    extend: sql.prepare(
      "UPDATE approvals SET approve_by = ?1, live_until = ?1, changed = ?2 WHERE id = ?3 AND state = 'held' AND approve_by = ?4",
    ),
    claim: sql.prepare("UPDATE approvals SET claim = ?1, changed = ?2 WHERE id = ?3 AND state = 'held'"),
  };
}

/** What people know a call by: what it does, which tool, which agent, for whom. */
const wordPaths = [
  ["requirement", "summary"],
  ["binding", "tool"],
  ["binding", "subject", "id"],
  ["binding", "acting_for"],
];
const words = {
  sqlite: wordPaths.map((path) => `coalesce(json_extract(body, '$.${path.join(".")}'), '')`).join(" || char(10) || "),
  postgres: wordPaths
    .map((path) => `coalesce(sallyport_readable(body) #>> '{${path.join(",")}}', '')`)
    .join(" || chr(10) || "),
};

/** As `sallyport_readable` has it (migrations of PostgreSQL). */
function readable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

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
export function approvalRows(sql: Sql, filter: ApprovalFilter): Promise<SqlRow[]> {
  const { states, limit, order = "newest", from, text } = filter;
  const { key, next, last, edge, by } = orders[order];
  const conditions = [`state IN (${states.map(() => "?").join(", ")})`];
  const values: SqlValue[] = [...states];
  if (from !== undefined) {
    conditions.push(`${key} ${next} ?`);
    values.push(from);
  }
  if (text !== undefined) {
    conditions.push(
      sql.either({
        sqlite: `instr(lower(${words.sqlite}), lower(?)) > 0`,
        postgres: `strpos(lower(${words.postgres}), lower(?)) > 0`,
      }),
    );
    values.push(sql.either({ sqlite: text, postgres: readable(text) }));
  }
  const chosen = `FROM approvals WHERE ${conditions.join(" AND ")}`;
  const query = `SELECT * ${chosen} AND ${key} ${edge} (
      SELECT ${last}(at) FROM (SELECT ${key} AS at ${chosen} ORDER BY 1 ${by} LIMIT ?) AS page
    ) ORDER BY ${key} ${by}, rowid ${by}`;
  return sql.prepare(query).all(...values, ...values, limit);
}
