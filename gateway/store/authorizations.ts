import type { AuthorizationCode, AuthorizationGrant, AuthorizationStore } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS oauth_grants (
    id TEXT PRIMARY KEY, document TEXT NOT NULL, ends_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_grants_end ON oauth_grants (ends_at);
  CREATE TABLE IF NOT EXISTS oauth_codes (
    digest TEXT PRIMARY KEY, grant_id TEXT NOT NULL, document TEXT NOT NULL, expires_at INTEGER NOT NULL, used INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_codes_end ON oauth_codes (expires_at);
  CREATE TABLE IF NOT EXISTS oauth_refresh_tokens (
    digest TEXT PRIMARY KEY, grant_id TEXT NOT NULL, expires_at INTEGER NOT NULL, used INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_refresh_tokens_end ON oauth_refresh_tokens (expires_at);
  CREATE INDEX IF NOT EXISTS oauth_refresh_tokens_of ON oauth_refresh_tokens (grant_id);
  CREATE TABLE IF NOT EXISTS oauth_access_tokens (
    digest TEXT PRIMARY KEY, grant_id TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_access_tokens_end ON oauth_access_tokens (expires_at);
  CREATE INDEX IF NOT EXISTS oauth_access_tokens_of ON oauth_access_tokens (grant_id);
  CREATE TABLE IF NOT EXISTS oauth_once (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS oauth_once_end ON oauth_once (expires_at);
`;

/** A code that was used is remembered for so long: that it comes again tells that somebody else has it. */
const usedCodeMs = 10 * 60_000;

/** What the authorization server has given out, in SQLite; no token and no code is in it, only digests. */
export function authorizationStore(connection: Connection): AuthorizationStore {
  connection.database.exec(schema);
  return {
    atomically: (work) => connection.atomically(work),
    ...codes(connection),
    ...grants(connection),
    ...forgetting(connection),
    ...refreshTokens(connection),
    ...accessTokens(connection),
  };
}

function codes(connection: Connection): Pick<AuthorizationStore, "addCode" | "takeCode"> {
  const { database } = connection;
  const insert = database.prepare(
    "INSERT INTO oauth_codes (digest, grant_id, document, expires_at, used) VALUES (?, ?, ?, ?, 0)",
  );
  const one = database.prepare("SELECT grant_id, document, expires_at, used FROM oauth_codes WHERE digest = ?");
  const use = database.prepare("UPDATE oauth_codes SET used = 1 WHERE digest = ?");
  return {
    addCode: (code) =>
      connection.run(() => void insert.run(code.digest, code.grant.id, JSON.stringify(code), code.expiresAt)),
    takeCode: (digest, now) =>
      connection.runAll(() => {
        const found = one.get(digest);
        if (found === undefined) return { state: "unknown" } as const;
        if (found["used"] === 1) return { state: "reused", grant: String(found["grant_id"]) } as const;
        use.run(digest);
        if (Number(found["expires_at"]) <= now) return { state: "unknown" } as const;
        return { state: "fresh", code: JSON.parse(String(found["document"])) as AuthorizationCode } as const;
      }),
  };
}

function grants(connection: Connection): Pick<AuthorizationStore, "addGrant" | "grant" | "endGrant"> {
  const { database } = connection;
  const insert = database.prepare(
    "INSERT INTO oauth_grants (id, document, ends_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
  );
  const one = database.prepare("SELECT document FROM oauth_grants WHERE id = ? AND ends_at > ?");
  // A grant whose code is being exchanged is not there yet: that it has ended is kept in its place.
  const end = database.prepare(
    `INSERT INTO oauth_grants (id, document, ends_at) VALUES (?1, '{}', ?2)
     ON CONFLICT (id) DO UPDATE SET ends_at = MIN(ends_at, ?2)`,
  );
  const useAll = ["oauth_codes", "oauth_refresh_tokens"].map((table) =>
    database.prepare(`UPDATE ${table} SET used = 1 WHERE grant_id = ?`),
  );
  const live = database.prepare(
    "SELECT digest, expires_at FROM oauth_access_tokens WHERE grant_id = ? AND expires_at > ?",
  );
  return {
    addGrant: (grant) => connection.run(() => insert.run(grant.id, JSON.stringify(grant), grant.endsAt).changes === 1),
    grant: (id, now) => connection.run(() => grantIn(one.get(id, now))),
    endGrant: (id, now) =>
      connection.runAll(() => {
        end.run(id, now);
        for (const all of useAll) all.run(id);
        return live
          .all(id, now)
          .map(({ digest, expires_at }) => ({ digest: String(digest), expiresAt: Number(expires_at) }));
      }),
  };
}

function forgetting(connection: Connection): Pick<AuthorizationStore, "purge"> {
  const { database } = connection;
  const purges = [
    ["oauth_codes", "expires_at", usedCodeMs],
    ["oauth_refresh_tokens", "expires_at", 0],
    ["oauth_access_tokens", "expires_at", 0],
    ["oauth_once", "expires_at", 0],
    // A grant that has ended is still who a token that comes again belonged to.
    ["oauth_grants", "ends_at", 86_400_000],
  ] as const;
  const purge = purges.map(([table, column, afterMs]) => {
    const statement = database.prepare(`DELETE FROM ${table} WHERE ${column} <= ?`);
    return (now: number) => statement.run(now - afterMs);
  });
  return {
    purge: (now) =>
      connection.runAll(() => {
        for (const one of purge) one(now);
      }),
  };
}

function refreshTokens(
  connection: Connection,
): Pick<AuthorizationStore, "addRefresh" | "takeRefresh" | "grantOf" | "grantOfAccess"> {
  const { database } = connection;
  const insert = database.prepare(
    "INSERT INTO oauth_refresh_tokens (digest, grant_id, expires_at, used) VALUES (?, ?, ?, 0)",
  );
  const one = database.prepare(
    `SELECT t.used, t.expires_at, g.document, g.ends_at FROM oauth_refresh_tokens t
     JOIN oauth_grants g ON g.id = t.grant_id WHERE t.digest = ?`,
  );
  const use = database.prepare("UPDATE oauth_refresh_tokens SET used = 1 WHERE digest = ?");
  const ofAccess = database.prepare(
    "SELECT g.document FROM oauth_access_tokens t JOIN oauth_grants g ON g.id = t.grant_id WHERE t.digest = ? AND t.expires_at > ?",
  );
  return {
    addRefresh: (grant, { digest, expiresAt }) => connection.run(() => void insert.run(digest, grant, expiresAt)),
    takeRefresh: (digest, client, now) =>
      connection.runAll(() => {
        const found = one.get(digest);
        const grant = grantIn(found);
        if (found === undefined || grant === null || grant.client.id !== client) return { state: "unknown" } as const;
        const isOver = Number(found["ends_at"]) <= now || Number(found["expires_at"]) <= now;
        if (isOver) return { state: "ended", grant } as const;
        if (found["used"] === 1) return { state: "reused", grant } as const;
        use.run(digest);
        return { state: "fresh", grant } as const;
      }),
    grantOf: (digest) => connection.run(() => grantIn(one.get(digest))),
    grantOfAccess: (digest, now) => connection.run(() => grantIn(ofAccess.get(digest, now))),
  };
}

function accessTokens(connection: Connection): Pick<AuthorizationStore, "addAccess" | "useOnce"> {
  const { database } = connection;
  const insert = database.prepare("INSERT INTO oauth_access_tokens (digest, grant_id, expires_at) VALUES (?, ?, ?)");
  const once = database.prepare(
    `INSERT INTO oauth_once (key, expires_at) VALUES (?1, ?2)
     ON CONFLICT (key) DO UPDATE SET expires_at = ?2 WHERE oauth_once.expires_at <= ?3`,
  );
  return {
    addAccess: (grant, { digest, expiresAt }) => connection.run(() => void insert.run(digest, grant, expiresAt)),
    useOnce: (key, expiresAt, now) => connection.run(() => once.run(key, expiresAt, now).changes === 1),
  };
}

function grantIn(row: Record<string, unknown> | undefined): AuthorizationGrant | null {
  return row === undefined ? null : (JSON.parse(String(row["document"])) as AuthorizationGrant);
}
