import { accountId, localIssuer } from "../domain/account.ts";
import { accountTable } from "./accounts.ts";
import type { Database } from "./database.ts";
import { passkeyTable } from "./passkeys.ts";

/**
 * Version 1 of the store knew people by their name; from version 2 on everything that is theirs has their account's id.
 * What was kept under a name goes to the account that has it today when it is no older than that account. What is older
 * was somebody else's: it stays as it is, and a vote without an account counts for nobody. Within the caller's transaction.
 */
export function keyPeopleById(database: Database): void {
  const has = (table: string): boolean =>
    database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined;
  // The index of decisions is opened the same way, and knows nobody.
  if (!has("console_accounts") && !has("approval_votes")) return;
  database.exec(accountTable);
  if (has("console_accounts")) moveAccounts(database, has("console_identities"));
  if (has("passkeys")) movePasskeys(database);
  for (const table of ["console_identities", "console_accounts"]) database.exec(`DROP TABLE IF EXISTS ${table}`);
  if (has("approval_votes")) moveVoteFacts(database);
  if (has("approvals")) keyOpenVotes(database);
}

const person = "FROM console_people p WHERE p.name = approver AND p.created_at <= at";
const owned = `EXISTS (SELECT 1 ${person})`;
const ownerOf = `(SELECT p.id ${person})`;

function moveAccounts(database: Database, withProviders: boolean): void {
  const identity = "issuer, subject, groups, verified_at";
  const rows = withProviders
    ? `SELECT a.*, ${identity} FROM console_accounts a LEFT JOIN console_identities i ON i.name = a.name`
    : "SELECT *, NULL AS issuer, NULL AS subject, NULL AS groups, NULL AS verified_at FROM console_accounts";
  const insert = database.prepare(
    `INSERT INTO console_people (id, name, password, roles, teams, also, created_at, ${identity})
     VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  // For the users of the configuration, whom nobody else has given a subject.
  const chance = database.prepare("SELECT 'u_' || lower(hex(randomblob(18))) AS subject");
  for (const row of database.prepare(rows).all()) {
    const { name = null, password = null, roles = null, teams = null, also = null, created_at = null, ...rest } = row;
    const { issuer = null, subject = null, groups = null, verified_at = null } = rest;
    const made = String(chance.get()?.["subject"]);
    const id = issuer === null ? accountId(localIssuer, made) : accountId(String(issuer), String(subject));
    insert.run(id, name, password, roles, teams, also, created_at, issuer, subject, groups, verified_at);
  }
}

function movePasskeys(database: Database): void {
  const columns = "label, public_key, counter, transports, synced, created_at, used_at";
  database.exec(`
    ALTER TABLE passkeys RENAME TO passkeys_by_name;
    DROP INDEX IF EXISTS passkeys_by_user;
    ${passkeyTable};
    INSERT INTO passkeys (id, account, ${columns})
      SELECT k.id, p.id, ${columns.replace("created_at", "k.created_at")}
      FROM passkeys_by_name k JOIN console_people p ON p.name = k.user ORDER BY k.rowid;
    DROP TABLE passkeys_by_name`);
}

/** The trigger that writes them is made anew by its owner. */
function moveVoteFacts(database: Database): void {
  database.exec(`
    DROP TRIGGER IF EXISTS approval_vote_cast;
    ALTER TABLE approval_votes ADD COLUMN name TEXT NOT NULL DEFAULT '';
    UPDATE approval_votes SET name = approver;
    UPDATE approval_votes SET approver = ${ownerOf} WHERE ${owned}`);
}

function keyOpenVotes(database: Database): void {
  database.exec(`
    UPDATE approvals SET votes = (
      SELECT json_group_array(json(CASE WHEN p.id IS NULL THEN v.value ELSE json_set(v.value, '$.account', p.id) END))
      FROM json_each(approvals.votes) v LEFT JOIN console_people p
        ON p.name = v.value ->> '$.approver' AND p.created_at <= v.value ->> '$.at'
    ) WHERE state IN ('held', 'approved') AND votes <> '[]'`);
}
