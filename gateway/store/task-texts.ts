import { withTaskText } from "../domain/task-text.ts";
import type { StoredTaskTexts, TaskTextStore } from "../domain/ports.ts";
import type { CutText } from "../lib/cut-text.ts";
import { writtenElsewhere } from "./change-detector.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";

/** `texts`: a JSON list of `CutText`. `client`: the one that added last, in whose share the row counts. */
const schema = `
  CREATE TABLE IF NOT EXISTS task_texts (
    key TEXT PRIMARY KEY, client TEXT NOT NULL, texts TEXT NOT NULL, expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS task_texts_by_client ON task_texts (client, expires);
  CREATE INDEX IF NOT EXISTS task_texts_by_expiry ON task_texts (expires);
`;

/** What was added to the texts of tasks, in SQLite; several processes may share the file. */
export function taskTextStore(connection: Connection): TaskTextStore {
  const { database } = connection;
  const run = statements(database);
  const read = (key: string, now: number) => fromRow(run.read.get(key, now));
  return {
    read: (key, now) => connection.run(() => read(key, now)),
    extend: ({ key, by, text }, { now, expires, mostKeys }) =>
      connection.runAll(() => {
        const { texts, kept } = withTaskText(read(key, now)?.texts ?? [], text);
        run.write.run(key, by, JSON.stringify(texts), expires);
        const dropped = run.drop.all(by, key, mostKeys - 1).map((row) => String(row["key"]));
        return { texts, kept, expires, by, dropped };
      }),
    purge: (now) => connection.run(() => void run.purge.run(now)),
    changedElsewhere: writtenElsewhere(database),
  };
}

function statements(database: Database) {
  database.exec(schema);
  return {
    read: database.prepare("SELECT client, texts, expires FROM task_texts WHERE key = ? AND expires > ?"),
    write: database.prepare(
      `INSERT INTO task_texts (key, client, texts, expires) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET client = excluded.client, texts = excluded.texts, expires = excluded.expires`,
    ),
    // The one that was just written stays, whatever expires first.
    drop: database.prepare(
      `DELETE FROM task_texts WHERE key IN (
         SELECT key FROM task_texts WHERE client = ?1 AND key <> ?2 ORDER BY expires DESC, rowid DESC LIMIT -1 OFFSET ?3
       ) RETURNING key`,
    ),
    purge: database.prepare("DELETE FROM task_texts WHERE expires <= ?"),
  };
}

function fromRow(row: Record<string, unknown> | undefined): StoredTaskTexts | null {
  if (row === undefined) return null;
  const texts = JSON.parse(String(row["texts"])) as readonly CutText[];
  return { texts, by: String(row["client"]), expires: Number(row["expires"]) };
}
