import type { JsonObject } from "../lib/json.ts";
import type { OutboxMessage, OutboxCount, OutboxStore } from "../domain/ports.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

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
 * Due and held by nobody at `now`. What was written by a clock that was far ahead is due at once, and a lease so far beyond `until`,
 * which nobody could take now, is over. Clocks of processes may differ by less: a lease of one that is a little ahead holds.
 */
function dueAt(now: string, until: string): string {
  return `(due <= ${now} OR created > ${now} + ${clockSlackMs} OR error_at > ${now} + ${clockSlackMs})
    AND (leased_until <= ${now} OR leased_until - ${clockSlackMs} > ${until})`;
}

const clockSlackMs = 60_000;

/**
 * Outbox messages. The sender of a message holds a lease on it, taken in one statement: two processes on one store
 * cannot both hold it, and the lease of a process that died runs out. Every later write compares the lease.
 */
export function outboxStore(sql: Sql): OutboxStore {
  sql.define(schema);
  const run = { ...readStatements(sql), ...holderStatements(sql), ...changeStatements(sql) };
  return {
    add: async (messages) => void (await run.add.run(JSON.stringify(messages))),
    get: async (id) => fromRows([await run.get.get(id)])[0] ?? null,
    of: async (approvalId) => fromRows(await run.of.all(approvalId)),
    async take(channel, now, until, limit, lease) {
      if ((await run.anyDue.get(channel, now, until)) === undefined) return [];
      return fromRows(await run.take.all(lease, until, channel, now, limit));
    },
    renew: async (id, lease, until) => (await run.renew.run(until, id, lease)) === 1,
    async settle(id, lease, { lastPhase, remote, closed, at }) {
      const [state, where] = [closed ? "closed" : "settled", remote && JSON.stringify(remote)];
      return (await run.settle.run(state, lastPhase, where, at, id, lease)) === 1;
    },
    postpone: async (id, lease, due, { error, at }) => (await run.postpone.run(due, error, at, id, lease)) === 1,
    deadLetter: async (id, lease, { error, at }) => (await run.deadLetter.run(error, at, id, lease)) === 1,
    release: async (id, lease) => (await run.release.run(id, lease)) === 1,
    reopen: async (id, due) => (await run.reopen.run(due, id)) === 1,
    close: async (id) => (await run.close.run(id)) === 1,
    requeue: async (id, now) => (await run.requeue.run(now, id)) === 1,
    dead: async (limit) => fromRows(await run.dead.all(limit)),
    counts: async (now) => (await run.counts.all(now)) as unknown as OutboxCount[],
    behind: async () => (await run.behind.all()).map((row) => String(row["approval"])),
  };
}

function readStatements(sql: Sql) {
  return {
    get: sql.prepare("SELECT * FROM outbox WHERE id = ?"),
    of: sql.prepare("SELECT * FROM outbox WHERE approval = ?"),
    anyDue: sql.prepare(
      `SELECT 1 FROM outbox WHERE channel = ?1 AND state = 'waiting' AND ${dueAt("?2", "?3")} LIMIT 1`,
    ),
    dead: sql.prepare("SELECT * FROM outbox WHERE state = 'dead' ORDER BY error_at DESC LIMIT ?"),
    counts: sql.prepare(
      `SELECT channel, state, count(*) AS count FROM outbox WHERE state = 'waiting' AND due <= ? GROUP BY channel, state
       UNION ALL SELECT channel, state, count(*) FROM outbox WHERE state = 'dead' GROUP BY channel, state`,
    ),
    behind: sql.prepare(
      `SELECT id AS approval FROM approvals AS a WHERE state = 'held'
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE approval = a.id)
       UNION SELECT approval FROM outbox AS o WHERE o.state = 'settled'
         AND EXISTS (SELECT 1 FROM approvals AS a WHERE a.id = o.approval AND a.changed >= o.said_at)`,
    ),
  };
}

function holderStatements(sql: Sql) {
  const free = "lease = NULL, leased_until = 0";
  return {
    take: sql.prepare(
      `UPDATE outbox SET lease = ?1, leased_until = ?2 WHERE id IN (
         SELECT id FROM outbox WHERE channel = ?3 AND state = 'waiting' AND ${dueAt("?4", "?2")}
         ORDER BY due LIMIT ?5 ${sql.either({ sqlite: "", postgres: "FOR UPDATE SKIP LOCKED" })}) RETURNING *`,
    ),
    renew: sql.prepare("UPDATE outbox SET leased_until = ? WHERE id = ? AND lease = ?"),
    settle: sql.prepare(
      `UPDATE outbox SET state = ?1, tellings = tellings + CASE WHEN CAST(?2 AS TEXT) IS NULL THEN 0 ELSE 1 END, told = coalesce(?2, told),
       remote = coalesce(?3, remote), said_at = ?4, attempts = 0, error = NULL, error_at = NULL, ${free}
       WHERE id = ?5 AND lease = ?6`,
    ),
    postpone: sql.prepare(
      `UPDATE outbox SET due = ?, attempts = attempts + 1, error = ?, error_at = ?, ${free} WHERE id = ? AND lease = ?`,
    ),
    deadLetter: sql.prepare(
      `UPDATE outbox SET state = 'dead', attempts = attempts + 1, error = ?, error_at = ?, ${free}
       WHERE id = ? AND lease = ?`,
    ),
    release: sql.prepare(`UPDATE outbox SET ${free} WHERE id = ? AND lease = ?`),
  };
}

function changeStatements(sql: Sql) {
  const messages = sql.either({ sqlite: "json_each(?)", postgres: "json_array_elements(?::json) AS message (value)" });
  // JSON's booleans are 1 and 0 in SQLite.
  const given = (name: string) =>
    sql.either({
      sqlite: `value ->> '${name}'`,
      postgres: `CASE value ->> '${name}' WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE (value ->> '${name}')::bigint END`,
    });
  return {
    add: sql.prepare(
      `INSERT INTO outbox (id, approval, channel, escalated, state, created, due)
       SELECT value ->> 'id', value ->> 'approvalId', value ->> 'channel', ${given("escalated")}, 'waiting',
         ${given("created")}, ${given("due")} FROM ${messages} WHERE true ON CONFLICT DO NOTHING`,
    ),
    reopen: sql.prepare("UPDATE outbox SET state = 'waiting', due = ? WHERE id = ? AND state = 'settled'"),
    close: sql.prepare("UPDATE outbox SET state = 'closed' WHERE id = ? AND state = 'settled'"),
    requeue: sql.prepare("UPDATE outbox SET state = 'waiting', attempts = 0, due = ? WHERE id = ? AND state = 'dead'"),
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
        remote: remote === null ? null : (parseJson(remote) as JsonObject),
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
