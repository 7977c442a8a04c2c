import type { Lease, LeaseEnd, LeaseInUse } from "../domain/lease.ts";
import type { LeaseQuery, LeaseStore } from "../domain/ports.ts";
import { decimal } from "../lib/decimal.ts";
import { noticeWriter } from "./end-notices.ts";
import { countedAtOnce, inParts } from "./purging.ts";
import type { Sql, SqlValue, Steps } from "./sql.ts";
import { silentAfterMs } from "./processes.ts";
import { parseJson } from "../lib/parse-json.ts";

/** `body`: the task as JSON without its end. `spent`: exact decimals by unit. `slots`: calls under way, by process. */
export const leaseSchema = `
  CREATE TABLE IF NOT EXISTS leases (
    id TEXT PRIMARY KEY, parent TEXT, opener TEXT NOT NULL, opened INTEGER NOT NULL, until INTEGER NOT NULL,
    body TEXT NOT NULL, calls INTEGER NOT NULL, spent TEXT NOT NULL, ended INTEGER, end TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS leases_by_parent ON leases (parent) WHERE parent IS NOT NULL;
  CREATE INDEX IF NOT EXISTS leases_open ON leases (until) WHERE ended IS NULL;
  CREATE INDEX IF NOT EXISTS leases_by_opener ON leases (opener) WHERE ended IS NULL;
  CREATE INDEX IF NOT EXISTS leases_by_time ON leases (opened DESC, id DESC);
  CREATE INDEX IF NOT EXISTS leases_by_end ON leases (ended) WHERE ended IS NOT NULL;
  CREATE TABLE IF NOT EXISTS lease_slots (
    lease TEXT NOT NULL, process TEXT NOT NULL, held INTEGER NOT NULL, PRIMARY KEY (lease, process)
  ) STRICT, WITHOUT ROWID`;

/**
 * `?2`: this process. `?3`: now. Calls under way of other processes that are alive: a dead one has none. The table of processes must be
 * there already.
 */
export const othersUnderWay = `SELECT coalesce(sum(held), 0) FROM lease_slots JOIN processes ON processes.id = process
  WHERE lease = leases.id AND process <> ?2 AND heard BETWEEN CAST(?3 AS BIGINT) - ${silentAfterMs} AND CAST(?3 AS BIGINT) + ${silentAfterMs}`;

/** Tasks; several processes may share the store. */
export function leaseStore(sql: Sql, process: string): LeaseStore {
  sql.define(leaseSchema);
  const run = statements(sql);
  const announce = noticeWriter(sql);
  const list = lister(sql, process);
  const purge = inParts((...before) => sql.transaction("leases", () => removed(run, before)));
  return {
    insert: (lease, mostOpen, now) => sql.transaction("leases", () => inserted(run, lease, mostOpen, now)),
    async chains(ids, now) {
      const rows = Map.groupBy(await run.chains.all(JSON.stringify(ids), process, now), (row) => row["root"]);
      return ids.map((id) => (rows.get(id) ?? []).map(fromRow));
    },
    list,
    end: (id, end, notice) =>
      sql.transaction("access", function* () {
        const ids = yield* ended(run, id, end);
        if (ids.length > 0) yield* announce(notice);
        return ids;
      }),
    due: async (now) => (await run.due.all(now)).map((row) => String(row["id"])),
    async purge(before) {
      await purge(before);
    },
    changes: () => sql.changedElsewhere("leases"),
  };
}

type Statements = ReturnType<typeof statements>;

type Insertion = "inserted" | "over" | "full";

function* inserted(run: Statements, lease: Lease, mostOpen: number, now: number): Steps<Insertion> {
  if (lease.parent !== null && (yield* run.isOpen.step.get(lease.parent, now)) === undefined) return "over";
  const opener = openerKey(lease);
  if (Number((yield* run.openOf.step.get(opener, now))?.["n"]) >= mostOpen) return "full";
  const { end: _, ...body } = lease;
  yield* run.insert.step.run(lease.id, lease.parent, opener, lease.opened, lease.limits.until, JSON.stringify(body));
  return "inserted";
}

/** @returns the ids of those that were open, the task itself first */
function* ended(run: Statements, id: string, end: LeaseEnd): Steps<string[]> {
  const ids = (yield* run.family.step.all(id)).map((row) => String(row["id"]));
  for (const one of ids) {
    const text = JSON.stringify(one === id ? end : { ...end, reason: `${id} ended: ${end.reason}` });
    yield* run.end.step.run(end.at, text, one);
  }
  return ids.toSorted((one, other) => Number(other === id) - Number(one === id));
}

/** Tasks that are over, each with its slots: counting locks a task before its slots. @returns how many */
function* removed(run: Statements, before: readonly SqlValue[]): Steps<number> {
  const ids = (yield* run.over.step.all(...before)).map((row) => String(row["id"]));
  for (const remove of run.remove) yield* remove.step.run(JSON.stringify(ids));
  return ids.length;
}

function statements(sql: Sql) {
  return {
    insert: sql.prepare(
      "INSERT INTO leases (id, parent, opener, opened, until, body, calls, spent) VALUES (?, ?, ?, ?, ?, ?, 0, '{}')",
    ),
    isOpen: sql.prepare("SELECT 1 FROM leases WHERE id = ? AND ended IS NULL AND until > ?"),
    openOf: sql.prepare("SELECT count(*) AS n FROM leases WHERE opener = ? AND ended IS NULL AND until > ?"),
    // From each of these tasks up.
    chains: sql.prepare(
      `WITH RECURSIVE chain (root, id, depth) AS (
         SELECT id, id, 0 FROM leases WHERE id IN ${sql.listed("?1")}
         UNION ALL SELECT root, parent, depth + 1 FROM chain JOIN leases USING (id) WHERE parent IS NOT NULL
       ) SELECT root, leases.*, (${othersUnderWay}) AS others FROM chain JOIN leases USING (id) ORDER BY depth`,
    ),
    // From the task down, those that are open, in the order in which counting locks tasks.
    family: sql.prepare(
      `WITH RECURSIVE family (id) AS (
         SELECT id FROM leases WHERE id = ? UNION SELECT leases.id FROM family JOIN leases ON leases.parent = family.id
       ) SELECT id FROM family JOIN leases USING (id) WHERE ended IS NULL ORDER BY id`,
    ),
    end: sql.prepare('UPDATE leases SET ended = ?, "end" = ? WHERE id = ?'),
    due: sql.prepare("SELECT id FROM leases WHERE ended IS NULL AND until <= ? ORDER BY opened LIMIT 1000"),
    over: sql.prepare(
      `SELECT id FROM leases WHERE ended < ? LIMIT ${countedAtOnce} ${sql.either({ sqlite: "", postgres: "FOR UPDATE SKIP LOCKED" })}`,
    ),
    remove: [
      `DELETE FROM lease_slots WHERE lease IN ${sql.listed("?")}`,
      `DELETE FROM leases WHERE id IN ${sql.listed("?")}`,
    ].map((text) => sql.prepare(text)),
  };
}

/** Open ones whose time is over count as ended, whether or not that is written yet. */
const states: Readonly<Record<LeaseQuery["state"], string>> = {
  all: "?3 = ?3",
  open: "ended IS NULL AND until > ?3",
  ended: "(ended IS NOT NULL OR until <= ?3)",
};

function lister(sql: Sql, process: string): (query: LeaseQuery, now: number) => Promise<LeaseInUse[]> {
  return async function list({ state, parent, after, limit }, now) {
    const where = [states[state], "(CAST(?4 AS TEXT) IS NULL OR parent = ?4)"];
    if (after !== undefined) where.push("(opened, id) < (SELECT opened, id FROM leases WHERE id = ?5)");
    const text = `SELECT leases.*, (${othersUnderWay}) AS others FROM leases
      WHERE ${where.join(" AND ")} ORDER BY opened DESC, id DESC LIMIT ?1`;
    const values = [limit, process, now, parent ?? null, ...(after === undefined ? [] : [after])];
    return (await sql.prepare(text).all(...values)).map(fromRow);
  };
}

/** In whose share of open tasks it counts: those of a person, a client or an agent. */
function openerKey({ opener: { kind, issuer, id } }: Lease): string {
  return JSON.stringify([kind, issuer, id]);
}

function fromRow(row: Record<string, unknown>): LeaseInUse {
  const { body, end, calls, spent, others } = row as Record<string, string | number | null>;
  const lease = parseJson(String(body)) as Omit<Lease, "end">;
  return {
    lease: { ...lease, end: end === null ? null : (parseJson(String(end)) as LeaseEnd) },
    use: { calls: Number(calls), spent: spentFrom(String(spent)), concurrent: Number(others) },
  };
}

/** Amounts of `decimal` by unit. */
export function spentFrom(text: string): Map<string, bigint> {
  const amounts = Object.entries(parseJson(text) as Record<string, string>);
  return new Map(amounts.map(([unit, amount]) => [unit, decimal(amount) ?? 0n]));
}
