import type { Account, AccountStore, ProviderIdentity } from "../domain/account.ts";
import { type Database, transactions } from "./database.ts";

/** Users have a password; for people of a provider it is empty, which no password hashes to. */
const tables = `
  CREATE TABLE IF NOT EXISTS console_accounts (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    roles TEXT NOT NULL,
    teams TEXT NOT NULL DEFAULT '[]',
    also TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS console_identities (
    name TEXT PRIMARY KEY REFERENCES console_accounts (name) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    groups TEXT NOT NULL,
    verified_at INTEGER NOT NULL,
    UNIQUE (issuer, subject)
  ) STRICT`;

const select = `
  SELECT a.*, i.issuer, i.subject, i.groups, i.verified_at
  FROM console_accounts a LEFT JOIN console_identities i ON i.name = a.name`;

/** Console accounts in SQLite. Roles are kept as a JSON array: they are read whole and never searched. */
export function consoleAccounts(database: Database): AccountStore {
  database.exec(tables);
  const one = database.prepare(`${select} WHERE a.name = ?`);
  const bySubject = database.prepare(`${select} WHERE i.issuer = ? AND i.subject = ?`);
  const all = database.prepare(`${select} ORDER BY a.name`);
  const upsert = database.prepare(
    `INSERT INTO console_accounts (name, password, roles, teams, also, created_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET password = excluded.password, roles = excluded.roles, teams = excluded.teams,
     also = excluded.also`,
  );
  const identify = database.prepare(
    `INSERT INTO console_identities (name, issuer, subject, groups, verified_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject, groups = excluded.groups,
     verified_at = excluded.verified_at`,
  );
  const drop = database.prepare("DELETE FROM console_accounts WHERE name = ?");
  const inOne = transactions(database);
  const found = (row: Record<string, unknown> | undefined) => (row === undefined ? null : asAccount(row));
  return {
    get: (name) => found(one.get(name)),
    ofSubject: (issuer, subject) => found(bySubject.get(issuer, subject)),
    list: () => all.all().map(asAccount),
    put(account) {
      const { name, password, roles, teams, also, created_at, provider } = account;
      const lists = [roles, teams, also].map((list) => JSON.stringify(list));
      inOne(() => {
        upsert.run(name, password ?? "", ...lists, created_at);
        if (provider === null) return;
        const { issuer, subject, groups, verified_at } = provider;
        identify.run(name, issuer, subject, JSON.stringify(groups), verified_at);
      });
    },
    remove: (name) => void drop.run(name),
  };
}

function asAccount(row: Record<string, unknown>): Account {
  const list = (name: string) => JSON.parse(String(row[name])) as string[];
  return {
    name: String(row["name"]),
    password: String(row["password"]) || null,
    roles: list("roles"),
    teams: list("teams"),
    also: list("also"),
    created_at: Number(row["created_at"]),
    provider: row["issuer"] === null ? null : asIdentity(row),
  };
}

function asIdentity(row: Record<string, unknown>): ProviderIdentity {
  return {
    issuer: String(row["issuer"]),
    subject: String(row["subject"]),
    groups: JSON.parse(String(row["groups"])) as ProviderIdentity["groups"],
    verified_at: Number(row["verified_at"]),
  };
}
