/** `text` sorts and compares by bytes, as SQLite does. */
const text = 'TEXT COLLATE "C"';

/** What the console of a single process keeps in memory: who is signed in, and the secrets of sign-ins and passkeys that are under way. */
const consoleMemory = `
  CREATE TABLE console_sessions (
    key ${text} PRIMARY KEY, life ${text} NOT NULL UNIQUE, account ${text} NOT NULL, began BIGINT NOT NULL, seen BIGINT NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX console_sessions_by_account ON console_sessions (account);
  CREATE TABLE one_time_secrets (
    kind ${text} NOT NULL, key ${text} NOT NULL, share ${text} NOT NULL, body TEXT NOT NULL,
    made TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), until TIMESTAMPTZ NOT NULL, PRIMARY KEY (kind, key)
  );
  CREATE INDEX one_time_secrets_by_share ON one_time_secrets (kind, share, made);
  CREATE INDEX one_time_secrets_by_end ON one_time_secrets (until)`;

/** What ids of MCP's transport sessions are sealed with. */
const sessionKeys = `CREATE TABLE session_keys (key ${text} PRIMARY KEY, made BIGINT NOT NULL)`;

export const fifth = [consoleMemory, sessionKeys].join(";\n");
