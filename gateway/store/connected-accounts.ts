import type {
  ConnectedAccount,
  ConnectedAccountStore,
  ConnectionEnd,
  EndedConnection,
  OwedRevocation,
  Sealed,
  SealedAccount,
} from "../domain/ports.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";

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

/** Connected accounts in SQLite. Tokens are sealed before they get here. */
export function connectedAccountStore(connection: Connection): ConnectedAccountStore {
  const { database } = connection;
  database.exec(schema);
  const all = { ...reads(connection), ...changes(connection), ...marks(connection) };
  return { ...all, ...claims(connection), ...owed(connection) };
}

function reads(connection: Connection): Pick<ConnectedAccountStore, "get" | "of" | "all" | "sealedOtherwise"> {
  const { database } = connection;
  const one = database.prepare("SELECT * FROM connected_accounts WHERE account = ? AND credential = ?");
  const ofAccount = database.prepare("SELECT * FROM connected_accounts WHERE account = ? ORDER BY connected_at, id");
  const all = database.prepare("SELECT * FROM connected_accounts ORDER BY connected_at, id");
  const otherwise = database.prepare("SELECT * FROM connected_accounts WHERE sealed_key <> ? ORDER BY id LIMIT ?");
  return {
    get: (account, credential) => connection.run(() => found(one.get(account, credential))),
    of: (account) => connection.run(() => ofAccount.all(account).map(connectedIn)),
    all: () => connection.run(() => all.all().map(connectedIn)),
    sealedOtherwise: (key, limit) => connection.run(() => otherwise.all(key, limit).map(sealedIn)),
  };
}

/** What a connection holds becomes owed. `?1`: when, `?2`: its id. */
function owing(database: Database) {
  return database.prepare(
    `INSERT INTO owed_revocations (account, credential, sealed_key, sealed, since)
     SELECT account, credential, sealed_key, sealed, ?1 FROM connected_accounts WHERE id = ?2 AND sealed IS NOT NULL`,
  );
}

function changes(connection: Connection): Pick<ConnectedAccountStore, "put" | "end" | "remove"> {
  const { database } = connection;
  const owe = owing(database);
  const known = database.prepare("SELECT * FROM connected_accounts WHERE account = ? AND credential = ?");
  const drop = database.prepare("DELETE FROM connected_accounts WHERE id = ?");
  const insert = database.prepare(
    `INSERT INTO connected_accounts (id, account, credential, upstream, scopes, connected_at, token_ends_at, renewed,
       sealed_key, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const end = database.prepare(
    `UPDATE connected_accounts SET end_why = ?, end_reason = ?, end_at = ?, sealed = NULL, sealed_key = NULL, claimed_by = NULL
     WHERE id = ? AND end_why IS NULL`,
  );
  const removeOne = (id: string, at: number): boolean => {
    owe.run(at, id);
    return drop.run(id).changes === 1;
  };
  return {
    put: ({ id, account, credential, upstream, scopes, sealed, ...of }) =>
      connection.runAll(() => {
        const before = known.get(account, credential);
        if (before !== undefined) removeOne(String(before["id"]), of.connectedAt);
        const secret = [sealed?.key ?? null, sealed?.text ?? null];
        const about = [of.connectedAt, of.tokenEndsAt, of.isRenewed ? 1 : 0];
        insert.run(id, account, credential, upstream, JSON.stringify(scopes), ...about, ...secret);
        return before === undefined ? null : connectedIn(before);
      }),
    end: (id, { why, reason, at }) =>
      connection.runAll(() => {
        if (why !== "refused") owe.run(at, id);
        return end.run(why, reason, at, id).changes === 1;
      }),
    remove: (id, at) => connection.runAll(() => removeOne(id, at)),
  };
}

/** What changes nothing of whether it can be used. */
function marks(connection: Connection): Pick<ConnectedAccountStore, "used" | "reseal"> {
  const { database } = connection;
  const use = database.prepare("UPDATE connected_accounts SET used_by = ?, used_at = ? WHERE id = ?");
  const reseal = database.prepare(
    "UPDATE connected_accounts SET sealed_key = ?, sealed = ? WHERE id = ? AND sealed_key = ? AND sealed = ?",
  );
  return {
    used: (id, by, at) => connection.run(() => void use.run(by, at, id)),
    reseal: (id, before, after) =>
      connection.run(() => reseal.run(after.key, after.text, id, before.key, before.text).changes === 1),
  };
}

function claims(connection: Connection): Pick<ConnectedAccountStore, "claim" | "renew" | "release"> {
  const { database } = connection;
  // A claim far beyond `until`, which nobody could make now, was made by a clock that was ahead, and is over.
  const claim = database.prepare(
    `UPDATE connected_accounts SET claimed_by = ?1, claimed_until = ?3 WHERE id = ?4 AND end_why IS NULL
       AND (claimed_by IS NULL OR claimed_until <= ?2 OR claimed_until > ?3 + 600000) RETURNING *`,
  );
  const alive = database.prepare("SELECT 1 FROM connected_accounts WHERE id = ? AND end_why IS NULL");
  const renew = database.prepare(
    `UPDATE connected_accounts SET sealed_key = ?, sealed = ?, token_ends_at = ?, claimed_by = NULL
     WHERE id = ? AND claimed_by = ? AND end_why IS NULL`,
  );
  const release = database.prepare("UPDATE connected_accounts SET claimed_by = NULL WHERE id = ? AND claimed_by = ?");
  return {
    claim: (id, { by, now, until }) =>
      connection.runAll(() => {
        const row = claim.get(by, now, until, id);
        if (row !== undefined) return sealedIn(row);
        return alive.get(id) === undefined ? null : "busy";
      }),
    renew: (id, by, { key, text }, tokenEndsAt) =>
      connection.run(() => renew.run(key, text, tokenEndsAt, id, by).changes === 1),
    release: (id, by) => connection.run(() => void release.run(id, by)),
  };
}

function owed(connection: Connection): Pick<ConnectedAccountStore, "owe" | "takeOwed" | "settle"> {
  const { database } = connection;
  const insert = database.prepare(
    "INSERT INTO owed_revocations (account, credential, sealed_key, sealed, since) VALUES (?, ?, ?, ?, ?)",
  );
  const take = database.prepare(
    // One that is due later than the longest pause was put off by a clock that was ahead.
    `UPDATE owed_revocations SET due = ?1 + min(?2 << min(tries, 20), ?3), tries = tries + 1 WHERE id IN
       (SELECT id FROM owed_revocations WHERE due <= ?1 OR due > ?1 + ?3 ORDER BY due LIMIT ?4) RETURNING *`,
  );
  const settle = database.prepare("DELETE FROM owed_revocations WHERE id = ?");
  return {
    owe: ({ account, credential, sealed, since }) =>
      connection.run(() => void insert.run(account, credential, sealed.key, sealed.text, since)),
    takeOwed: (now, { firstMs, longestMs }, limit) =>
      connection.run(() => take.all(now, firstMs, longestMs, limit).map(owedIn)),
    settle: (id) => connection.run(() => void settle.run(Number(id))),
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
    scopes: JSON.parse(String(row["scopes"])) as string[],
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
    ...{ id: id as string, account: account as string, credential: credential as string },
    ...{ sealed: secretIn(row), since: Number(row["since"]), tries: Number(row["tries"]) },
  };
}
