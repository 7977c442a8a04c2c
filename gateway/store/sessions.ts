import type { SessionStore } from "../domain/ports.ts";
import type { Database } from "./database.ts";

/** Labels of sessions and principals: they outlive the process, so a restart launders nothing. */
export function sessionStore(database: Database): SessionStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS session_labels (
      key TEXT NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (key, label)
    ) STRICT, WITHOUT ROWID`);
  const select = database.prepare("SELECT label FROM session_labels WHERE key = ? ORDER BY label");
  const insert = database.prepare("INSERT OR IGNORE INTO session_labels (key, label, since) VALUES (?, ?, ?)");
  return {
    labels: (key) => select.all(key).map((row) => String(row["label"])),
    addLabels: (key, labels, now) => {
      for (const label of labels) insert.run(key, label, now);
    },
  };
}
