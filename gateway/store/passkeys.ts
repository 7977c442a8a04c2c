import type { Passkey, PasskeyAddition, PasskeyStore } from "../domain/ports.ts";
import { accountTable } from "./accounts.ts";
import type { Connection } from "./connection.ts";

export const passkeyTable = `
  CREATE TABLE IF NOT EXISTS passkeys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES console_people (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    public_key TEXT NOT NULL,
    counter INTEGER NOT NULL,
    transports TEXT NOT NULL,
    synced INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS passkeys_by_account ON passkeys (account)`;

/** Registered passkeys in SQLite; they go with the account they belong to. */
export function passkeyStore(connection: Connection): PasskeyStore {
  const { database } = connection;
  database.exec(`${accountTable}; ${passkeyTable}`);
  const one = database.prepare("SELECT * FROM passkeys WHERE id = ?");
  const ofAccount = database.prepare("SELECT * FROM passkeys WHERE account = ? ORDER BY created_at, rowid");
  const perAccount = database.prepare("SELECT account, count(*) AS n FROM passkeys GROUP BY account");
  // https://www.w3.org/TR/webauthn-3/#sctn-sign-counter: either it never counts, or it grows with every signature.
  const use = database.prepare(
    `UPDATE passkeys SET counter = ?1, used_at = ?2
     WHERE id = ?3 AND account = ?4 AND (counter < ?1 OR (counter = 0 AND ?1 = 0))`,
  );
  const drop = database.prepare("DELETE FROM passkeys WHERE account = ? AND id = ?");
  const found = (row: Record<string, unknown> | undefined) => (row === undefined ? null : asPasskey(row));
  const add = adding(connection);
  return {
    get: (id) => connection.run(() => found(one.get(id))),
    of: (account) => connection.run(() => ofAccount.all(account).map(asPasskey)),
    counts: () =>
      connection.run(() => new Map(perAccount.all().map((row) => [String(row["account"]), Number(row["n"])]))),
    add: (passkey, most) => connection.runAll(() => add(passkey, most)),
    used: ({ account, id }, counter, at) => connection.run(() => use.run(counter, at, id, account).changes === 1),
    remove: (account, id) => connection.run(() => drop.run(account, id).changes === 1),
  };
}

/** Checks and inserts; within a transaction, so that two keys at once cannot both be the last that fits. */
function adding({ database }: Connection): (passkey: Passkey, most: number) => PasskeyAddition {
  const owner = database.prepare(
    "SELECT (SELECT count(*) FROM passkeys WHERE account = console_people.id) AS n FROM console_people WHERE id = ?",
  );
  const insert = database.prepare(
    `INSERT INTO passkeys (id, account, label, public_key, counter, transports, synced, created_at, used_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  return function add({ id, account, label, publicKey, counter, transports, synced, created_at, used_at }, most) {
    const found = owner.get(account);
    if (found === undefined) return "account_unknown";
    if (Number(found["n"]) >= most) return "limit";
    const transportList = JSON.stringify(transports);
    const row = [id, account, label, publicKey, counter, transportList, synced ? 1 : 0, created_at, used_at];
    return insert.run(...row).changes === 1 ? "added" : "known";
  };
}

function asPasskey(row: Record<string, unknown>): Passkey {
  return {
    id: String(row["id"]),
    account: String(row["account"]),
    label: String(row["label"]),
    publicKey: String(row["public_key"]),
    counter: Number(row["counter"]),
    transports: JSON.parse(String(row["transports"])) as string[],
    synced: row["synced"] === 1,
    created_at: Number(row["created_at"]),
    used_at: row["used_at"] === null ? null : Number(row["used_at"]),
  };
}
