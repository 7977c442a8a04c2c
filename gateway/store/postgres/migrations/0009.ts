/** `text` sorts and compares by bytes, as SQLite does. */
const text = 'TEXT COLLATE "C"';

/**
 * Calls of sessions. Of a session: the number of its latest call, the number behind which it has begun, and when its first and its latest call
 * were. Times are of the gateways, in milliseconds since the epoch. Rows change often: room is left in their pages, and what is indexed changes once
 * an hour. And for how long a gateway may be silent: gateways of versions before have no heartbeat.
 */
export const ninth = `
  CREATE TABLE session_histories (
    key ${text} PRIMARY KEY, number BIGINT NOT NULL, start BIGINT NOT NULL, since BIGINT NOT NULL, last BIGINT NOT NULL,
    hour BIGINT NOT NULL GENERATED ALWAYS AS (last / 3600000) STORED
  ) WITH (fillfactor = 50);
  CREATE INDEX session_histories_by_hour ON session_histories (hour);
  CREATE TABLE session_calls (
    key ${text} NOT NULL, number BIGINT NOT NULL, decision ${text} NOT NULL, call TEXT NOT NULL, labels TEXT NOT NULL, outcome TEXT,
    PRIMARY KEY (key, number)
  ) WITH (fillfactor = 70);
  ALTER TABLE processes ADD COLUMN patience_ms BIGINT NOT NULL DEFAULT 15000`;
