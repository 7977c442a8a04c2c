import type { AuthorizationCode, AuthorizationGrant, AuthorizationStore } from "../domain/ports.ts";
import { purging } from "./purging.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

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

/** What the authorization server has given out; no token and no code is in it, only digests. */
export function authorizationStore(sql: Sql): AuthorizationStore {
  sql.define(schema);
  return {
    atomically: (work) => sql.atomically("authorizations", work),
    ...codes(sql),
    ...grants(sql),
    ...forgetting(sql),
    ...refreshTokens(sql),
    ...accessTokens(sql),
  };
}

function codes(sql: Sql): Pick<AuthorizationStore, "addCode" | "takeCode"> {
  const insert = sql.prepare(
    "INSERT INTO oauth_codes (digest, grant_id, document, expires_at, used) VALUES (?, ?, ?, ?, 0)",
  );
  const one = sql.prepare("SELECT grant_id, document, expires_at, used FROM oauth_codes WHERE digest = ?");
  const use = sql.prepare("UPDATE oauth_codes SET used = 1 WHERE digest = ?");
  return {
    addCode: async (code) => void (await insert.run(code.digest, code.grant.id, JSON.stringify(code), code.expiresAt)),
    takeCode: (digest, now) =>
      sql.transaction("authorizations", function* () {
        const found = yield* one.step.get(digest);
        if (found === undefined) return { state: "unknown" } as const;
        if (found["used"] === 1) return { state: "reused", grant: String(found["grant_id"]) } as const;
        yield* use.step.run(digest);
        if (Number(found["expires_at"]) <= now) return { state: "unknown" } as const;
        return { state: "fresh", code: parseJson(String(found["document"])) as AuthorizationCode } as const;
      }),
  };
}

function grants(sql: Sql): Pick<AuthorizationStore, "addGrant" | "grant" | "endGrant"> {
  const insert = sql.prepare(
    "INSERT INTO oauth_grants (id, document, ends_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
  );
  const one = sql.prepare("SELECT document FROM oauth_grants WHERE id = ? AND ends_at > ?");
  // A grant whose code is being exchanged is not there yet: that it has ended is kept in its place.
  const end = sql.prepare(
    `INSERT INTO oauth_grants (id, document, ends_at) VALUES (?1, '{}', ?2)
     ON CONFLICT (id) DO UPDATE SET ends_at = CASE WHEN oauth_grants.ends_at < ?2 THEN oauth_grants.ends_at ELSE ?2 END`,
  );
  const useAll = ["oauth_codes", "oauth_refresh_tokens"].map((table) =>
    sql.prepare(`UPDATE ${table} SET used = 1 WHERE grant_id = ?`),
  );
  const live = sql.prepare("SELECT digest, expires_at FROM oauth_access_tokens WHERE grant_id = ? AND expires_at > ?");
  return {
    addGrant: async (grant) => (await insert.run(grant.id, JSON.stringify(grant), grant.endsAt)) === 1,
    grant: async (id, now) => grantIn(await one.get(id, now)),
    endGrant: (id, now) =>
      sql.transaction("authorizations", function* () {
        yield* end.step.run(id, now);
        for (const all of useAll) yield* all.step.run(id);
        const rows = yield* live.step.all(id, now);
        return rows.map(({ digest, expires_at }) => ({ digest: String(digest), expiresAt: Number(expires_at) }));
      }),
  };
}

function forgetting(sql: Sql): Pick<AuthorizationStore, "purge"> {
  const purges = [
    ["oauth_codes", "expires_at", usedCodeMs],
    ["oauth_refresh_tokens", "expires_at", 0],
    ["oauth_access_tokens", "expires_at", 0],
    ["oauth_once", "expires_at", 0],
    // A grant that has ended is still who a token that comes again belonged to.
    ["oauth_grants", "ends_at", 86_400_000],
  ] as const;
  const all = purges.map(([table, column, afterMs]) => {
    const purge = purging(sql, table, `${column} <= ?`);
    return (now: number) => purge(now - afterMs);
  });
  return {
    async purge(now) {
      for (const one of all) await one(now);
    },
  };
}

function refreshTokens(sql: Sql): Pick<AuthorizationStore, "addRefresh" | "takeRefresh" | "grantOf" | "grantOfAccess"> {
  const insert = sql.prepare(
    "INSERT INTO oauth_refresh_tokens (digest, grant_id, expires_at, used) VALUES (?, ?, ?, 0)",
  );
  const one = sql.prepare(
    `SELECT t.used, t.expires_at, g.document, g.ends_at FROM oauth_refresh_tokens t
     JOIN oauth_grants g ON g.id = t.grant_id WHERE t.digest = ?`,
  );
  const use = sql.prepare("UPDATE oauth_refresh_tokens SET used = 1 WHERE digest = ?");
  const ofAccess = sql.prepare(
    "SELECT g.document FROM oauth_access_tokens t JOIN oauth_grants g ON g.id = t.grant_id WHERE t.digest = ? AND t.expires_at > ?",
  );
  return {
    addRefresh: async (grant, { digest, expiresAt }) => void (await insert.run(digest, grant, expiresAt)),
    takeRefresh: (digest, client, now) =>
      sql.transaction("authorizations", function* () {
        const found = yield* one.step.get(digest);
        const grant = grantIn(found);
        if (found === undefined || grant === null || grant.client.id !== client) return { state: "unknown" } as const;
        const isOver = Number(found["ends_at"]) <= now || Number(found["expires_at"]) <= now;
        if (isOver) return { state: "ended", grant } as const;
        if (found["used"] === 1) return { state: "reused", grant } as const;
        yield* use.step.run(digest);
        return { state: "fresh", grant } as const;
      }),
    grantOf: async (digest) => grantIn(await one.get(digest)),
    grantOfAccess: async (digest, now) => grantIn(await ofAccess.get(digest, now)),
  };
}

function accessTokens(sql: Sql): Pick<AuthorizationStore, "addAccess" | "accessEnded" | "useOnce"> {
  const insert = sql.prepare("INSERT INTO oauth_access_tokens (digest, grant_id, expires_at) VALUES (?, ?, ?)");
  const ended = sql.prepare(
    `SELECT 1 FROM oauth_access_tokens t JOIN oauth_grants g ON g.id = t.grant_id
     WHERE t.digest = ?1 AND t.expires_at > ?2 AND g.ends_at <= ?2`,
  );
  const once = sql.prepare(
    `INSERT INTO oauth_once (key, expires_at) VALUES (?1, ?2)
     ON CONFLICT (key) DO UPDATE SET expires_at = ?2 WHERE oauth_once.expires_at <= ?3`,
  );
  return {
    addAccess: async (grant, { digest, expiresAt }) => void (await insert.run(digest, grant, expiresAt)),
    accessEnded: async (digest, now) => (await ended.get(digest, now)) !== undefined,
    useOnce: async (key, expiresAt, now) => (await once.run(key, expiresAt, now)) === 1,
  };
}

function grantIn(row: Record<string, unknown> | undefined): AuthorizationGrant | null {
  return row === undefined ? null : (parseJson(String(row["document"])) as AuthorizationGrant);
}
