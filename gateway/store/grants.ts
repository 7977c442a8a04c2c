import { clockSetBackMs, type Grant } from "../domain/approval.ts";
import type { GrantKeyStore, GrantStore, KeyName } from "../domain/ports.ts";
import { purging } from "./purging.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

/** The approval store looks here too, to answer in one question whether a caller has anything live. */
export const grantSchema = `
  CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, created INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, uses_left INTEGER NOT NULL, body TEXT NOT NULL, revoked TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS grants_live ON grants (issuer, subject, expires_at) WHERE uses_left > 0;
`;

/** `?1`: now. What a clock wrote that was ahead would be live until the clock is there again. */
const liveCondition = `revoked IS NULL AND uses_left > 0 AND expires_at > ?1 AND created <= ?1 + ${clockSetBackMs}`;

/** Grants. A use is one statement that compares: two callers at once cannot both take the last one. */
export function grantStore(sql: Sql): GrantStore {
  sql.define(grantSchema);
  const insert = sql.prepare(
    "INSERT INTO grants (id, issuer, subject, created, expires_at, uses_left, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const get = sql.prepare("SELECT * FROM grants WHERE id = ?");
  const ofCaller = sql.prepare(
    `SELECT * FROM grants WHERE issuer = ?2 AND subject = ?3 AND ${liveCondition} ORDER BY created`,
  );
  const listLive = sql.prepare(`SELECT * FROM grants WHERE ${liveCondition} ORDER BY created DESC LIMIT ?2`);
  const listAll = sql.prepare("SELECT * FROM grants ORDER BY created DESC LIMIT ?");
  const use = sql.prepare(`UPDATE grants SET uses_left = uses_left - 1 WHERE id = ?2 AND ${liveCondition}`);
  const revoke = sql.prepare("UPDATE grants SET revoked = ? WHERE id = ? AND revoked IS NULL");
  return {
    async insert({ uses_left, revoked: _, ...fixed }) {
      const { id, binding, created, expires_at } = fixed;
      const { issuer, id: subject } = binding.subject;
      await insert.run(id, issuer, subject, created, expires_at, uses_left, JSON.stringify(fixed));
    },
    get: async (id) => fromRow(await get.get(id)),
    live: async (issuer, subject, now) => fromRows(await ofCaller.all(now, issuer, subject)),
    list: async ({ live, now, limit }) => fromRows(live ? await listLive.all(now, limit) : await listAll.all(limit)),
    use: async (id, now) => (await use.run(now, id)) === 1,
    revoke: async (id, by, reason, at) => (await revoke.run(JSON.stringify({ by, at, reason }), id)) === 1,
  };
}

function fromRows(rows: readonly Record<string, unknown>[]): Grant[] {
  return rows.flatMap((row) => fromRow(row) ?? []);
}

function fromRow(row: Record<string, unknown> | undefined): Grant | null {
  if (row === undefined) return null;
  const { body, uses_left, revoked } = row as { body: string; uses_left: number; revoked: string | null };
  return {
    ...(parseJson(body) as Omit<Grant, "uses_left" | "revoked">),
    uses_left,
    revoked: revoked === null ? null : (parseJson(revoked) as Grant["revoked"]),
  };
}

const grantKeySchema = `
  CREATE TABLE IF NOT EXISTS grant_keys (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, request_digest TEXT NOT NULL,
    owner TEXT NOT NULL, ended INTEGER NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (issuer, subject, route, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS grant_keys_expired ON grant_keys (expires_at);
`;

const keyColumns = "issuer = ? AND subject = ? AND route = ? AND key = ?";

/** Idempotency-Keys of calls that grants covered. They go with their grant, so that there are never more than it has uses. */
export function grantKeyStore(sql: Sql): GrantKeyStore {
  sql.define(grantKeySchema);
  const find = sql.prepare(`SELECT * FROM grant_keys WHERE ${keyColumns} AND expires_at > ?`);
  const purge = purging(sql, "grant_keys", "expires_at <= ?", { key: "issuer, subject, route, key" });
  const take = sql.prepare(
    `INSERT INTO grant_keys (issuer, subject, route, key, request_digest, owner, ended, expires_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7) ON CONFLICT (issuer, subject, route, key) DO UPDATE
     SET request_digest = ?5, owner = ?6, ended = 0, expires_at = ?7 WHERE grant_keys.expires_at <= ?8`,
  );
  const end = sql.prepare(`UPDATE grant_keys SET ended = 1 WHERE ${keyColumns}`);
  const endAll = sql.prepare("UPDATE grant_keys SET ended = 1 WHERE owner = ? AND ended = 0");
  return {
    find: async (name, now) => {
      const row = await find.get(...keyValues(name), now);
      if (row === undefined) return null;
      return { requestDigest: String(row["request_digest"]), owner: String(row["owner"]), ended: row["ended"] === 1 };
    },
    // A transaction, whose fate is found out when nobody answers its end.
    take: (name, { requestDigest, owner, expiresAt }, now) =>
      sql.transaction("approvals", function* () {
        return (yield* take.step.run(...keyValues(name), requestDigest, owner, expiresAt, now)) === 1;
      }),
    purge: async (now) => void (await purge(now)),
    endAllOf: async (owner) => void (await endAll.run(owner)),
    end: async (name) => void (await end.run(...keyValues(name))),
  };
}

function keyValues({ issuer, subject, route, key }: KeyName): [string, string, string, string] {
  return [issuer, subject, route, key];
}
