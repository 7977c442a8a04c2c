import type { Account, AccountStore, ProviderIdentity } from "../domain/account.ts";
import type { Connection } from "./connection.ts";

/** Users of the configuration have a password and no issuer; people of a provider have an issuer and no password. */
export const accountTable = `
  CREATE TABLE IF NOT EXISTS console_people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    password TEXT,
    roles TEXT NOT NULL,
    teams TEXT NOT NULL,
    also TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    issuer TEXT,
    subject TEXT,
    groups TEXT,
    verified_at INTEGER
  ) STRICT`;

/** Console accounts in SQLite, keyed by who somebody is. Lists are JSON arrays: they are read whole and never searched. */
export function accountStore(connection: Connection): AccountStore {
  const { database } = connection;
  database.exec(accountTable);
  const one = database.prepare("SELECT * FROM console_people WHERE id = ?");
  const local = database.prepare("SELECT * FROM console_people WHERE name = ? AND issuer IS NULL");
  const all = database.prepare("SELECT * FROM console_people ORDER BY name, id");
  // An upsert, not INSERT OR REPLACE: that would delete the row first, and the passkeys with it.
  const upsert = database.prepare(
    `INSERT INTO console_people (id, name, password, roles, teams, also, created_at, issuer, subject, groups, verified_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, password = excluded.password, roles = excluded.roles,
     teams = excluded.teams, also = excluded.also, groups = excluded.groups, verified_at = excluded.verified_at`,
  );
  const drop = database.prepare("DELETE FROM console_people WHERE id = ?");
  const found = (row: Record<string, unknown> | undefined) => (row === undefined ? null : asAccount(row));
  return {
    get: (id) => connection.run(() => found(one.get(id))),
    withPassword: (name) => connection.run(() => found(local.get(name))),
    list: () => connection.run(() => all.all().map(asAccount)),
    put: (account) => connection.run(() => void upsert.run(...asRow(account))),
    remove: (id) => connection.run(() => drop.run(id).changes === 1),
    atomically: (work) => connection.atomically(work),
  };
}

function asRow({ id, name, password, roles, teams, also, created_at, provider }: Account) {
  const lists = [roles, teams, also].map((list) => JSON.stringify(list));
  const identity = [provider?.issuer, provider?.subject, provider && JSON.stringify(provider.groups)];
  const vouched = [...identity, provider?.verified_at].map((value) => value ?? null);
  return [id, name, password, ...lists, created_at, ...vouched];
}

function asAccount(row: Record<string, unknown>): Account {
  const list = (name: string) => JSON.parse(String(row[name])) as string[];
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    password: row["password"] === null ? null : String(row["password"]),
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
