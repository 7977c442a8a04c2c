import { clockSetBackMs, type Grant } from "../domain/approval.ts";
import type { GrantStore } from "../domain/ports.ts";
import type { Database } from "./database.ts";

/** The approval store looks here too, to answer in one question whether a caller has anything live. */
export const grantSchema = `
  CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, created INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, uses_left INTEGER NOT NULL, body TEXT NOT NULL, revoked TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS grants_live ON grants (issuer, subject, expires_at) WHERE uses_left > 0;
`;

/** `?1`: now. What a clock wrote that was ahead would be live until the clock is there again. */
const live = `revoked IS NULL AND uses_left > 0 AND expires_at > ?1 AND created <= ?1 + ${clockSetBackMs}`;

/** Grants in SQLite. A use is one statement that compares: two callers at once cannot both take the last one. */
export function grantStore(database: Database): GrantStore {
  database.exec(grantSchema);
  const insert = database.prepare(
    "INSERT INTO grants (id, issuer, subject, created, expires_at, uses_left, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const get = database.prepare("SELECT * FROM grants WHERE id = ?");
  const ofCaller = database.prepare(
    `SELECT * FROM grants WHERE issuer = ?2 AND subject = ?3 AND ${live} ORDER BY created`,
  );
  const listLive = database.prepare(`SELECT * FROM grants WHERE ${live} ORDER BY created DESC LIMIT ?2`);
  const listAll = database.prepare("SELECT * FROM grants ORDER BY created DESC LIMIT ?");
  const use = database.prepare(`UPDATE grants SET uses_left = uses_left - 1 WHERE id = ?2 AND ${live}`);
  const revoke = database.prepare("UPDATE grants SET revoked = ? WHERE id = ? AND revoked IS NULL");
  return {
    insert: ({ uses_left, revoked: _, ...fixed }) => {
      const { id, binding, created, expires_at } = fixed;
      const { issuer, id: subject } = binding.subject;
      insert.run(id, issuer, subject, created, expires_at, uses_left, JSON.stringify(fixed));
    },
    get: (id) => fromRow(get.get(id)),
    live: (issuer, subject, now) => ofCaller.all(now, issuer, subject).flatMap((row) => fromRow(row) ?? []),
    list: (filter) =>
      (filter.live ? listLive.all(filter.now, filter.limit) : listAll.all(filter.limit)).flatMap(
        (row) => fromRow(row) ?? [],
      ),
    use: (id, now) => use.run(now, id).changes === 1,
    revoke: (id, by, reason, at) => revoke.run(JSON.stringify({ by, at, reason }), id).changes === 1,
  };
}

function fromRow(row: Record<string, unknown> | undefined): Grant | null {
  if (row === undefined) return null;
  const { body, uses_left, revoked } = row as { body: string; uses_left: number; revoked: string | null };
  return {
    ...(JSON.parse(body) as Omit<Grant, "uses_left" | "revoked">),
    uses_left,
    revoked: revoked === null ? null : (JSON.parse(revoked) as Grant["revoked"]),
  };
}
