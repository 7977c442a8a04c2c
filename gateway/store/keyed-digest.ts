import { createHmac } from "node:crypto";
import type { Connection } from "./connection.ts";

const table = "CREATE TABLE IF NOT EXISTS digest_keys (name TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT";

/** 64 bits: enough to tell the values of one session apart. */
const shown = 16;

/**
 * Digests texts with a key that is made once and kept in the store: the same text has the same digest in all processes of this
 * store, and whoever has digests alone cannot try texts on them. Returns 16 hex digits.
 */
export function keyedDigest(connection: Connection, name: string, makeKey: () => string): (text: string) => string {
  const { database } = connection;
  database.exec(table);
  const select = database.prepare("SELECT key FROM digest_keys WHERE name = ?");
  // Another process may make one at the same time: the first that is in the store counts.
  if (select.get(name) === undefined)
    database.prepare("INSERT OR IGNORE INTO digest_keys (name, key) VALUES (?, ?)").run(name, makeKey());
  const key = String(select.get(name)?.["key"]);
  return (text) => createHmac("sha256", key).update(text).digest("hex").slice(0, shown);
}
