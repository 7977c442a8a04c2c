import type { JsonObject } from "../lib/json.ts";
import type { OutboxMessage, OutboxCount, OutboxStore } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS outbox (
    id TEXT PRIMARY KEY, approval TEXT NOT NULL, channel TEXT NOT NULL, escalated INTEGER NOT NULL,
    state TEXT NOT NULL, created INTEGER NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    told TEXT, tellings INTEGER NOT NULL DEFAULT 0, remote TEXT, error TEXT, error_at INTEGER,
    said_at INTEGER NOT NULL DEFAULT 0, lease TEXT, leased_until INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS outbox_by_approval ON outbox (approval);
  CREATE INDEX IF NOT EXISTS outbox_due ON outbox (channel, due) WHERE state = 'waiting';
  CREATE INDEX IF NOT EXISTS outbox_dead ON outbox (error_at) WHERE state = 'dead';
  CREATE INDEX IF NOT EXISTS outbox_settled ON outbox (approval) WHERE state = 'settled';
`;

/**
 * Due and held by nobody at `now`. What was written by a clock that was ahead is due at once, and a lease beyond `until`,
 * which nobody could take now, is over.
 */
function dueAt(now: string, until: string): string {
  return `(due <= ${now} OR max(created, coalesce(error_at, 0)) > ${now} + ${clockSlackMs})
    AND (leased_until <= ${now} OR leased_until > ${until})`;
}

const clockSlackMs = 60_000;

/**
 * Outbox messages in SQLite. The sender of a message holds a lease on it, taken in one statement: two processes on one file
 * cannot both hold it, and the lease of a process that died runs out. Every later write compares the lease.
 */
export function outboxStore(connection: Connection): OutboxStore {
  const { database } = connection;
  database.exec(schema);
  const run = { ...readStatements(database), ...holderStatements(database), ...changeStatements(database) };
  const changes = (write: () => { readonly changes: number | bigint }) => connection.run(() => write().changes === 1);
  return {
    add: (messages) => connection.run(() => void run.add.run(JSON.stringify(messages))),
    get: (id) => connection.run(() => fromRows([run.get.get(id)])[0] ?? null),
    of: (approvalId) => connection.run(() => fromRows(run.of.all(approvalId))),
    take: (channel, now, until, limit, lease) =>
      connection.run(() =>
        run.anyDue.get(channel, now, until) === undefined
          ? []
          : fromRows(run.take.all(lease, until, channel, now, limit)),
      ),
    settle: (id, lease, { lastPhase, remote, closed, at }) =>
      changes(() =>
        run.settle.run(closed ? "closed" : "settled", lastPhase, remote && JSON.stringify(remote), at, id, lease),
      ),
    postpone: (id, lease, due, { error, at }) => changes(() => run.postpone.run(due, error, at, id, lease)),
    deadLetter: (id, lease, { error, at }) => changes(() => run.deadLetter.run(error, at, id, lease)),
    release: (id, lease) => changes(() => run.release.run(id, lease)),
    reopen: (id, due) => changes(() => run.reopen.run(due, id)),
    close: (id) => changes(() => run.close.run(id)),
    requeue: (id, now) => changes(() => run.requeue.run(now, id)),
    dead: (limit) => connection.run(() => fromRows(run.dead.all(limit))),
    counts: (now) => connection.run(() => run.counts.all(now) as unknown as OutboxCount[]),
    behind: () => connection.run(() => run.behind.all().map((row) => String(row["approval"]))),
  };
}

function readStatements(database: Database) {
  return {
    get: database.prepare("SELECT * FROM outbox WHERE id = ?"),
    of: database.prepare("SELECT * FROM outbox WHERE approval = ?"),
    anyDue: database.prepare(
      `SELECT 1 FROM outbox WHERE channel = ?1 AND state = 'waiting' AND ${dueAt("?2", "?3")} LIMIT 1`,
    ),
    dead: database.prepare("SELECT * FROM outbox WHERE state = 'dead' ORDER BY error_at DESC LIMIT ?"),
    counts: database.prepare(
      `SELECT channel, state, count(*) AS count FROM outbox WHERE state = 'waiting' AND due <= ? GROUP BY channel
       UNION ALL SELECT channel, state, count(*) FROM outbox WHERE state = 'dead' GROUP BY channel`,
    ),
    behind: database.prepare(
      `SELECT id AS approval FROM approvals AS a WHERE state = 'held'
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE approval = a.id)
       UNION SELECT approval FROM outbox AS o WHERE o.state = 'settled'
         AND EXISTS (SELECT 1 FROM approvals AS a WHERE a.id = o.approval AND a.changed >= o.said_at)`,
    ),
  };
}

function holderStatements(database: Database) {
  const free = "lease = NULL, leased_until = 0";
  return {
    take: database.prepare(
      `UPDATE outbox SET lease = ?1, leased_until = ?2 WHERE id IN (
         SELECT id FROM outbox WHERE channel = ?3 AND state = 'waiting' AND ${dueAt("?4", "?2")}
         ORDER BY due LIMIT ?5) RETURNING *`,
    ),
    settle: database.prepare(
      `UPDATE outbox SET state = ?1, tellings = tellings + (?2 IS NOT NULL), told = coalesce(?2, told),
       remote = coalesce(?3, remote), said_at = ?4, attempts = 0, error = NULL, error_at = NULL, ${free}
       WHERE id = ?5 AND lease = ?6`,
    ),
    postpone: database.prepare(
      `UPDATE outbox SET due = ?, attempts = attempts + 1, error = ?, error_at = ?, ${free} WHERE id = ? AND lease = ?`,
    ),
    deadLetter: database.prepare(
      `UPDATE outbox SET state = 'dead', attempts = attempts + 1, error = ?, error_at = ?, ${free}
       WHERE id = ? AND lease = ?`,
    ),
    release: database.prepare(`UPDATE outbox SET ${free} WHERE id = ? AND lease = ?`),
  };
}

function changeStatements(database: Database) {
  return {
    add: database.prepare(
      `INSERT OR IGNORE INTO outbox (id, approval, channel, escalated, state, created, due)
       SELECT value ->> 'id', value ->> 'approvalId', value ->> 'channel', value ->> 'escalated', 'waiting',
         value ->> 'created', value ->> 'due' FROM json_each(?)`,
    ),
    reopen: database.prepare("UPDATE outbox SET state = 'waiting', due = ? WHERE id = ? AND state = 'settled'"),
    close: database.prepare("UPDATE outbox SET state = 'closed' WHERE id = ? AND state = 'settled'"),
    requeue: database.prepare(
      "UPDATE outbox SET state = 'waiting', attempts = 0, due = ? WHERE id = ? AND state = 'dead'",
    ),
  };
}

function fromRows(rows: readonly unknown[]): OutboxMessage[] {
  return rows.flatMap((row) => {
    if (row === undefined) return [];
    const {
      approval,
      escalated,
      told,
      tellings,
      remote,
      error_at,
      said_at: _s,
      lease: _l,
      leased_until: _u,
      ...rest
    } = row as Row;
    return [
      {
        ...rest,
        approvalId: approval,
        escalated: escalated === 1,
        lastPhase: told,
        sentCount: tellings,
        remote: remote === null ? null : (JSON.parse(remote) as JsonObject),
        errorAt: error_at,
      },
    ];
  });
}

interface Row extends Omit<
  OutboxMessage,
  "approvalId" | "escalated" | "lastPhase" | "sentCount" | "remote" | "errorAt"
> {
  readonly approval: string;
  readonly escalated: number;
  readonly told: string | null;
  readonly tellings: number;
  readonly remote: string | null;
  readonly error_at: number | null;
  readonly said_at: number;
  readonly lease: string | null;
  readonly leased_until: number;
}
