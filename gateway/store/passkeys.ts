import type { Passkey, PasskeyStore } from "../domain/ports.ts";
import type { Database } from "./database.ts";

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
export function passkeyStore(database: Database): PasskeyStore {
  database.exec(passkeyTable);
  const one = database.prepare("SELECT * FROM passkeys WHERE id = ?");
  const ofAccount = database.prepare("SELECT * FROM passkeys WHERE account = ? ORDER BY created_at, rowid");
  const insert = database.prepare(
    `INSERT INTO passkeys (id, account, label, public_key, counter, transports, synced, created_at, used_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  // https://www.w3.org/TR/webauthn-3/#sctn-sign-counter: either it never counts, or it grows with every signature.
  const use = database.prepare(
    "UPDATE passkeys SET counter = ?1, used_at = ?2 WHERE id = ?3 AND (counter < ?1 OR (counter = 0 AND ?1 = 0))",
  );
  const drop = database.prepare("DELETE FROM passkeys WHERE account = ? AND id = ?");
  return {
    get(id) {
      const row = one.get(id);
      return row === undefined ? null : asPasskey(row);
    },
    of: (account) => ofAccount.all(account).map(asPasskey),
    add({ id, account, label, publicKey, counter, transports, synced, created_at, used_at }) {
      const transportList = JSON.stringify(transports);
      const row = [id, account, label, publicKey, counter, transportList, synced ? 1 : 0, created_at, used_at];
      return insert.run(...row).changes === 1;
    },
    used: (id, counter, at) => use.run(counter, at, id).changes === 1,
    remove: (account, id) => drop.run(account, id).changes === 1,
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
