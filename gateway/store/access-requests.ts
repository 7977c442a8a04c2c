import type { AccessRequest, AccessRequestStore } from "../domain/ports.ts";
import { purging } from "./purging.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS access_requests (
    denial TEXT PRIMARY KEY, task TEXT NOT NULL, pep_issuer TEXT NOT NULL, pep TEXT NOT NULL, idempotency_key TEXT,
    evaluation TEXT NOT NULL, body TEXT NOT NULL, callback TEXT, told INTEGER, created INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS access_requests_by_key ON access_requests (pep_issuer, pep, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE INDEX IF NOT EXISTS access_requests_by_task ON access_requests (task);
  CREATE INDEX IF NOT EXISTS access_requests_by_age ON access_requests (created);
`;

interface Row {
  readonly denial: string;
  readonly task: string;
  readonly pep_issuer: string;
  readonly pep: string;
  readonly idempotency_key: string | null;
  readonly evaluation: string;
  readonly body: string;
  readonly callback: string | null;
  readonly created: number;
}

/** Access requests; several processes may share the store. */
export function accessRequestStore(sql: Sql): AccessRequestStore {
  sql.define(schema);
  const select = "SELECT * FROM access_requests WHERE";
  const run = {
    insert: sql.prepare(
      `INSERT INTO access_requests (denial, task, pep_issuer, pep, idempotency_key, evaluation, body, callback, created)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    byKey: sql.prepare(`${select} pep_issuer = ? AND pep = ? AND idempotency_key = ?`),
    byDenial: sql.prepare(`${select} denial = ?`),
    ofTask: sql.prepare(`${select} task = ? ORDER BY created, rowid`),
    take: sql.prepare(
      "UPDATE access_requests SET told = ?1 WHERE task = ?2 AND callback IS NOT NULL AND told IS NULL RETURNING *",
    ),
  };
  const prune = purging(sql, "access_requests", "created < ?");
  return {
    insert: async (request) => (await run.insert.run(...valuesOf(request))) === 1,
    byKey: async ({ issuer, id }, key) => fromRow(await run.byKey.get(issuer, id, key)),
    byDenial: async (denial) => fromRow(await run.byDenial.get(denial)),
    ofTask: async (task) => (await run.ofTask.all(task)).flatMap((row) => fromRow(row) ?? []),
    takeCallbacks: async (task, now) => (await run.take.all(now, task)).flatMap((row) => fromRow(row) ?? []),
    prune: async (before) => void (await prune(before)),
  };
}

function valuesOf(request: AccessRequest): (string | number | null)[] {
  const { denial, task, pep, idempotencyKey, evaluation, body, callback, created } = request;
  const wanted = callback && JSON.stringify(callback);
  return [denial, task, pep.issuer, pep.id, idempotencyKey, evaluation, body, wanted, created];
}

function fromRow(row: unknown): AccessRequest | null {
  if (row === undefined) return null;
  const { denial, task, pep_issuer, pep, idempotency_key, evaluation, body, callback, created } = row as Row;
  return {
    task,
    pep: { issuer: pep_issuer, id: pep },
    idempotencyKey: idempotency_key,
    body,
    denial,
    evaluation,
    callback: callback === null ? null : (parseJson(callback) as AccessRequest["callback"]),
    created,
  };
}
