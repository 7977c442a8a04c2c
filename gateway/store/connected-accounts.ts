import type {
  ConnectedAccount,
  ConnectedAccountStore,
  ConnectionEnd,
  EndedConnection,
  OwedRevocation,
  Sealed,
  SealedAccount,
} from "../domain/ports.ts";
import type { Sql, Steps } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS connected_accounts (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, credential TEXT NOT NULL, upstream TEXT, scopes TEXT NOT NULL,
    connected_at INTEGER NOT NULL, used_at INTEGER, used_by TEXT, token_ends_at INTEGER, renewed INTEGER NOT NULL,
    end_why TEXT, end_reason TEXT, end_at INTEGER,
    sealed_key TEXT, sealed TEXT, claimed_by TEXT, claimed_until INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS connected_accounts_of ON connected_accounts (account, credential);
  CREATE TABLE IF NOT EXISTS owed_revocations (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, credential TEXT NOT NULL, sealed_key TEXT NOT NULL,
    sealed TEXT NOT NULL, since INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS owed_revocations_due ON owed_revocations (due);
`;

/** Connected accounts. Tokens are sealed before they get here. */
export function connectedAccountStore(sql: Sql): ConnectedAccountStore {
  sql.define(schema);
  const all = { ...reads(sql), ...changes(sql), ...marks(sql) };
  return { ...all, ...claims(sql), ...owed(sql) };
}

function reads(sql: Sql): Pick<ConnectedAccountStore, "get" | "of" | "all" | "sealedOtherwise"> {
  const one = sql.prepare("SELECT * FROM connected_accounts WHERE account = ? AND credential = ?");
  const ofAccount = sql.prepare("SELECT * FROM connected_accounts WHERE account = ? ORDER BY connected_at, id");
  const all = sql.prepare("SELECT * FROM connected_accounts ORDER BY connected_at, id");
  const otherwise = sql.prepare("SELECT * FROM connected_accounts WHERE sealed_key <> ? ORDER BY id LIMIT ?");
  return {
    get: async (account, credential) => found(await one.get(account, credential)),
    of: async (account) => (await ofAccount.all(account)).map(connectedIn),
    all: async () => (await all.all()).map(connectedIn),
    sealedOtherwise: async (key, limit) => (await otherwise.all(key, limit)).map(sealedIn),
  };
}

/** What a connection holds becomes owed. `?1`: when, `?2`: its id. */
function owing(sql: Sql) {
  return sql.prepare(
    `INSERT INTO owed_revocations (account, credential, sealed_key, sealed, since)
     SELECT account, credential, sealed_key, sealed, CAST(?1 AS BIGINT) FROM connected_accounts WHERE id = ?2 AND sealed IS NOT NULL`,
  );
}

function changes(sql: Sql): Pick<ConnectedAccountStore, "put" | "end" | "remove"> {
  const owe = owing(sql);
  const known = sql.prepare("SELECT * FROM connected_accounts WHERE account = ? AND credential = ?");
  const drop = sql.prepare("DELETE FROM connected_accounts WHERE id = ?");
  const insert = sql.prepare(
    `INSERT INTO connected_accounts (id, account, credential, upstream, scopes, connected_at, token_ends_at, renewed,
       sealed_key, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const end = sql.prepare(
    `UPDATE connected_accounts SET end_why = ?, end_reason = ?, end_at = ?, sealed = NULL, sealed_key = NULL, claimed_by = NULL
     WHERE id = ? AND end_why IS NULL`,
  );
  function* removeOne(id: string, at: number): Steps<boolean> {
    yield* owe.step.run(at, id);
    return (yield* drop.step.run(id)) === 1;
  }
  return {
    put: ({ id, account, credential, upstream, scopes, sealed, ...of }) =>
      sql.transaction("connected", function* () {
        const before = yield* known.step.get(account, credential);
        if (before !== undefined) yield* removeOne(String(before["id"]), of.connectedAt);
        const secret = [sealed?.key ?? null, sealed?.text ?? null];
        const about = [of.connectedAt, of.tokenEndsAt, of.isRenewed ? 1 : 0];
        yield* insert.step.run(id, account, credential, upstream, JSON.stringify(scopes), ...about, ...secret);
        return before === undefined ? null : connectedIn(before);
      }),
    end: (id, { why, reason, at }) =>
      sql.transaction("connected", function* () {
        if (why !== "refused") yield* owe.step.run(at, id);
        return (yield* end.step.run(why, reason, at, id)) === 1;
      }),
    remove: (id, at) => sql.transaction("connected", () => removeOne(id, at)),
  };
}

/** What changes nothing of whether it can be used. */
function marks(sql: Sql): Pick<ConnectedAccountStore, "used" | "reseal"> {
  const use = sql.prepare("UPDATE connected_accounts SET used_by = ?, used_at = ? WHERE id = ?");
  const reseal = sql.prepare(
    "UPDATE connected_accounts SET sealed_key = ?, sealed = ? WHERE id = ? AND sealed_key = ? AND sealed = ?",
  );
  return {
    used: async (id, by, at) => void (await use.run(by, at, id)),
    reseal: async (id, before, after) => (await reseal.run(after.key, after.text, id, before.key, before.text)) === 1,
  };
}

function claims(sql: Sql): Pick<ConnectedAccountStore, "claim" | "renew" | "release"> {
  // A claim far beyond `until`, which nobody could make now, was made by a clock that was ahead, and is over.
  const claim = sql.prepare(
    `UPDATE connected_accounts SET claimed_by = ?1, claimed_until = ?3 WHERE id = ?4 AND end_why IS NULL
       AND (claimed_by IS NULL OR claimed_until <= ?2 OR claimed_until > CAST(?3 AS BIGINT) + 600000) RETURNING *`,
  );
  const alive = sql.prepare("SELECT 1 FROM connected_accounts WHERE id = ? AND end_why IS NULL");
  const renew = sql.prepare(
    `UPDATE connected_accounts SET sealed_key = ?, sealed = ?, token_ends_at = ?, claimed_by = NULL
     WHERE id = ? AND claimed_by = ? AND end_why IS NULL`,
  );
  const release = sql.prepare("UPDATE connected_accounts SET claimed_by = NULL WHERE id = ? AND claimed_by = ?");
  return {
    claim: (id, { by, now, until }) =>
      sql.transaction("connected", function* () {
        const row = yield* claim.step.get(by, now, until, id);
        if (row !== undefined) return sealedIn(row);
        return (yield* alive.step.get(id)) === undefined ? null : "busy";
      }),
    renew: async (id, by, { key, text }, tokenEndsAt) => (await renew.run(key, text, tokenEndsAt, id, by)) === 1,
    release: async (id, by) => void (await release.run(id, by)),
  };
}

function owed(sql: Sql): Pick<ConnectedAccountStore, "owe" | "takeOwed" | "settle"> {
  const insert = sql.prepare(
    "INSERT INTO owed_revocations (account, credential, sealed_key, sealed, since) VALUES (?, ?, ?, ?, ?)",
  );
  const pause = sql.either({
    sqlite: "min(?2 << min(tries, 20), ?3)",
    postgres: "least(?2::bigint << least(tries, 20)::int, ?3::bigint)",
  });
  const take = sql.prepare(
    // One that is due later than the longest pause was put off by a clock that was ahead.
    `UPDATE owed_revocations SET due = ?1 + ${pause}, tries = tries + 1 WHERE id IN
       (SELECT id FROM owed_revocations WHERE due <= ?1 OR due > ?1 + ?3 ORDER BY due LIMIT ?4 ${sql.either({ sqlite: "", postgres: "FOR UPDATE SKIP LOCKED" })}) RETURNING *`,
  );
  const settle = sql.prepare("DELETE FROM owed_revocations WHERE id = ?");
  return {
    owe: async ({ account, credential, sealed, since }) =>
      void (await insert.run(account, credential, sealed.key, sealed.text, since)),
    takeOwed: async (now, { firstMs, longestMs }, limit) =>
      (await take.all(now, firstMs, longestMs, limit)).map(owedIn),
    settle: async (id) => void (await settle.run(Number(id))),
  };
}

type Row = Record<string, unknown>;

function found(row: Row | undefined): SealedAccount | null {
  return row === undefined ? null : sealedIn(row);
}

function sealedIn(row: Row): SealedAccount {
  return { ...connectedIn(row), sealed: row["sealed"] === null ? null : secretIn(row) };
}

function secretIn(row: Row): Sealed {
  return { key: String(row["sealed_key"]), text: String(row["sealed"]) };
}

function connectedIn(row: Row): ConnectedAccount {
  const text = (name: string) => (row[name] === null ? null : String(row[name]));
  const time = (name: string) => (row[name] === null ? null : Number(row[name]));
  return {
    id: String(row["id"]),
    account: String(row["account"]),
    credential: String(row["credential"]),
    upstream: text("upstream"),
    scopes: parseJson(String(row["scopes"])) as string[],
    connectedAt: Number(row["connected_at"]),
    usedAt: time("used_at"),
    usedBy: text("used_by"),
    tokenEndsAt: time("token_ends_at"),
    isRenewed: row["renewed"] === 1,
    ended: row["end_why"] === null ? null : endedIn(row),
  };
}

function endedIn(row: Row): EndedConnection {
  const reason = row["end_reason"] === null ? null : String(row["end_reason"]);
  return { why: row["end_why"] as ConnectionEnd, reason, at: Number(row["end_at"]) };
}

function owedIn(row: Row): OwedRevocation {
  const [id, account, credential] = ["id", "account", "credential"].map((name) => String(row[name]));
  return {
    id: id as string,
    account: account as string,
    credential: credential as string,
    sealed: secretIn(row),
    since: Number(row["since"]),
    tries: Number(row["tries"]),
  };
}
