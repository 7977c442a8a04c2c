import type { Passkey, PasskeyAddition, PasskeyStore } from "../domain/ports.ts";
import type { Sql, Steps } from "./sql.ts";
import type { Account, AccountStore, ProviderIdentity } from "../domain/account.ts";
import { parseJson } from "../lib/parse-json.ts";

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
  ) STRICT;
  CREATE INDEX IF NOT EXISTS console_people_by_name ON console_people (name);
  CREATE INDEX IF NOT EXISTS console_people_by_subject ON console_people (subject);
  CREATE INDEX IF NOT EXISTS console_people_local ON console_people (id) WHERE issuer IS NULL`;

/** Console accounts, keyed by who somebody is. Lists are JSON arrays. */
export function accountStore(sql: Sql): AccountStore {
  sql.define(accountTable);
  const one = sql.prepare("SELECT * FROM console_people WHERE id = ?");
  const local = sql.prepare("SELECT * FROM console_people WHERE name = ? AND issuer IS NULL");
  const all = sql.prepare("SELECT * FROM console_people ORDER BY name, id");
  const named = sql.prepare(
    // Each part by an index: it is asked for every call that needs somebody's account.
    `SELECT * FROM console_people WHERE name = ?1 UNION SELECT * FROM console_people WHERE subject = ?1
     UNION SELECT * FROM console_people WHERE issuer IS NULL AND EXISTS (SELECT 1 FROM ${sql.listed("also")} AS other WHERE other.value = ?1)
     ORDER BY name, id`,
  );
  // An upsert, not INSERT OR REPLACE: that would delete the row first, and the passkeys with it.
  const upsert = sql.prepare(
    `INSERT INTO console_people (id, name, password, roles, teams, also, created_at, issuer, subject, groups, verified_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, password = excluded.password, roles = excluded.roles,
     teams = excluded.teams, also = excluded.also, groups = excluded.groups, verified_at = excluded.verified_at`,
  );
  const drop = sql.prepare("DELETE FROM console_people WHERE id = ?");
  const found = (row: Record<string, unknown> | undefined) => (row === undefined ? null : asAccount(row));
  return {
    get: async (id) => found(await one.get(id)),
    withPassword: async (name) => found(await local.get(name)),
    named: async (name) => (await named.all(name)).map(asAccount),
    list: async () => (await all.all()).map(asAccount),
    put: async (account) => void (await upsert.run(...asRow(account))),
    remove: async (id) => (await drop.run(id)) === 1,
    atomically: (work) => sql.atomically("accounts", work),
  };
}

function asRow({ id, name, password, roles, teams, also, created_at, provider }: Account) {
  const lists = [roles, teams, also].map((list) => JSON.stringify(list));
  const identity = [provider?.issuer, provider?.subject, provider && JSON.stringify(provider.groups)];
  const vouched = [...identity, provider?.verified_at].map((value) => value ?? null);
  return [id, name, password, ...lists, created_at, ...vouched];
}

function asAccount(row: Record<string, unknown>): Account {
  const list = (name: string) => parseJson(String(row[name])) as string[];
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
    groups: parseJson(String(row["groups"])) as ProviderIdentity["groups"],
    verified_at: Number(row["verified_at"]),
  };
}

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

/** Registered passkeys; they go with the account they belong to. */
export function passkeyStore(sql: Sql): PasskeyStore {
  sql.define(`${accountTable}; ${passkeyTable}`);
  const one = sql.prepare("SELECT * FROM passkeys WHERE id = ?");
  const ofAccount = sql.prepare("SELECT * FROM passkeys WHERE account = ? ORDER BY created_at, rowid");
  const perAccount = sql.prepare("SELECT account, count(*) AS n FROM passkeys GROUP BY account");
  // https://www.w3.org/TR/webauthn-3/#sctn-sign-counter: either it never counts, or it grows with every signature.
  const use = sql.prepare(
    `UPDATE passkeys SET counter = ?1, used_at = ?2
     WHERE id = ?3 AND account = ?4 AND (counter < ?1 OR (counter = 0 AND ?1 = 0))`,
  );
  const drop = sql.prepare("DELETE FROM passkeys WHERE account = ? AND id = ?");
  const found = (row: Record<string, unknown> | undefined) => (row === undefined ? null : asPasskey(row));
  const add = adding(sql);
  return {
    get: async (id) => found(await one.get(id)),
    of: async (account) => (await ofAccount.all(account)).map(asPasskey),
    counts: async () => new Map((await perAccount.all()).map((row) => [String(row["account"]), Number(row["n"])])),
    add: (passkey, most) => sql.transaction("accounts", () => add(passkey, most)),
    used: async ({ account, id }, counter, at) => (await use.run(counter, at, id, account)) === 1,
    remove: async (account, id) => (await drop.run(account, id)) === 1,
  };
}

/** Checks and inserts; within a transaction, so that two keys at once cannot both be the last that fits. */
function adding(sql: Sql): (passkey: Passkey, most: number) => Steps<PasskeyAddition> {
  const owner = sql.prepare(
    "SELECT (SELECT count(*) FROM passkeys WHERE account = console_people.id) AS n FROM console_people WHERE id = ?",
  );
  const insert = sql.prepare(
    `INSERT INTO passkeys (id, account, label, public_key, counter, transports, synced, created_at, used_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  return function* add({ id, account, label, publicKey, counter, transports, synced, created_at, used_at }, most) {
    const found = yield* owner.step.get(account);
    if (found === undefined) return "account_unknown";
    if (Number(found["n"]) >= most) return "limit";
    const transportList = JSON.stringify(transports);
    const row = [id, account, label, publicKey, counter, transportList, synced ? 1 : 0, created_at, used_at];
    return (yield* insert.step.run(...row)) === 1 ? "added" : "known";
  };
}

function asPasskey(row: Record<string, unknown>): Passkey {
  return {
    id: String(row["id"]),
    account: String(row["account"]),
    label: String(row["label"]),
    publicKey: String(row["public_key"]),
    counter: Number(row["counter"]),
    transports: parseJson(String(row["transports"])) as string[],
    synced: row["synced"] === 1,
    created_at: Number(row["created_at"]),
    used_at: row["used_at"] === null ? null : Number(row["used_at"]),
  };
}
