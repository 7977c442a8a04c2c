import type { Account, AccountStore } from "../domain/account.ts";
import type { Database } from "./database.ts";

const table = `
  CREATE TABLE IF NOT EXISTS console_accounts (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    roles TEXT NOT NULL,
    teams TEXT NOT NULL DEFAULT '[]',
    also TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL
  ) STRICT`;

/** Console accounts in SQLite. Roles are kept as a JSON array: they are read whole and never searched. */
export function consoleAccounts(database: Database): AccountStore {
  database.exec(table);
  const one = database.prepare("SELECT * FROM console_accounts WHERE name = ?");
  const all = database.prepare("SELECT * FROM console_accounts ORDER BY name");
  const upsert = database.prepare(
    `INSERT INTO console_accounts (name, password, roles, teams, also, created_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET password = excluded.password, roles = excluded.roles, teams = excluded.teams,
     also = excluded.also`,
  );
  const drop = database.prepare("DELETE FROM console_accounts WHERE name = ?");
  return {
    get(name) {
      const row = one.get(name);
      return row === undefined ? null : asAccount(row);
    },
    list: () => all.all().map(asAccount),
    put(account) {
      const { name, password, roles, teams, also, created_at } = account;
      upsert.run(name, password, JSON.stringify(roles), JSON.stringify(teams), JSON.stringify(also), created_at);
    },
    remove(name) {
      drop.run(name);
    },
  };
}

function asAccount(row: Record<string, unknown>): Account {
  return {
    name: String(row["name"]),
    password: String(row["password"]),
    roles: JSON.parse(String(row["roles"])) as string[],
    teams: JSON.parse(String(row["teams"])) as string[],
    also: JSON.parse(String(row["also"])) as string[],
    created_at: Number(row["created_at"]),
  };
}
