/** `text` sorts and compares by bytes, as SQLite does. */
const text = 'TEXT COLLATE "C"';

/**
 * What a single process keeps in memory or in files, for gateways that share a store. `dpop_nonces.number` rises by one with each nonce,
 * so that two gateways that make the next one at once make one.
 */
export const third = `
  CREATE TABLE signing_keys (name ${text} PRIMARY KEY, pem TEXT NOT NULL, made TIMESTAMPTZ NOT NULL DEFAULT now());
  CREATE TABLE dpop_proofs (id ${text} PRIMARY KEY, until TIMESTAMPTZ NOT NULL);
  CREATE INDEX dpop_proofs_by_end ON dpop_proofs (until);
  CREATE TABLE dpop_nonces (number BIGINT PRIMARY KEY, nonce TEXT NOT NULL, made TIMESTAMPTZ NOT NULL DEFAULT now());
  CREATE TABLE transport_sessions (key ${text} PRIMARY KEY, caller ${text} NOT NULL, seen TIMESTAMPTZ NOT NULL DEFAULT now());
  CREATE INDEX transport_sessions_by_use ON transport_sessions (seen)`;
