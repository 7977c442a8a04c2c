import type { GrantKeyStore, KeyName } from "../domain/ports.ts";
import type { Database } from "./database.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS grant_keys (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, request_digest TEXT NOT NULL,
    owner TEXT NOT NULL, ended INTEGER NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (issuer, subject, route, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS grant_keys_expired ON grant_keys (expires_at);
`;

const named = "issuer = ? AND subject = ? AND route = ? AND key = ?";

/** Idempotency-Keys of calls that grants covered, in SQLite. They go with their grant, so that there are never more than it has uses. */
export function grantKeyStore(database: Database): GrantKeyStore {
  database.exec(schema);
  const find = database.prepare(`SELECT * FROM grant_keys WHERE ${named} AND expires_at > ?`);
  const purge = database.prepare("DELETE FROM grant_keys WHERE expires_at <= ?");
  const take = database.prepare(
    `INSERT OR IGNORE INTO grant_keys (issuer, subject, route, key, request_digest, owner, ended, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
  );
  const end = database.prepare(`UPDATE grant_keys SET ended = 1 WHERE ${named}`);
  const endAll = database.prepare("UPDATE grant_keys SET ended = 1 WHERE owner = ? AND ended = 0");
  return {
    find: (name, now) => {
      const row = find.get(...values(name), now);
      if (row === undefined) return null;
      const {
        request_digest: requestDigest,
        owner,
        ended,
      } = row as {
        request_digest: string;
        owner: string;
        ended: number;
      };
      return { requestDigest, owner, ended: ended === 1 };
    },
    take: (name, { requestDigest, owner, expiresAt }, now) => {
      purge.run(now);
      return take.run(...values(name), requestDigest, owner, expiresAt).changes === 1;
    },
    endAllOf: (owner) => void endAll.run(owner),
    end: (name) => void end.run(...values(name)),
  };
}

function values({ issuer, subject, route, key }: KeyName): [string, string, string, string] {
  return [issuer, subject, route, key];
}
