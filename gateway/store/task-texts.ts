import { withTaskText } from "../domain/task-text.ts";
import type { StoredTaskTexts, TaskTextStore } from "../domain/ports.ts";
import type { CutText } from "../lib/cut-text.ts";
import type { Sql } from "./sql.ts";

/** `texts`: a JSON list of `CutText`. `client`: the one that added last, in whose share the row counts. */
const schema = `
  CREATE TABLE IF NOT EXISTS task_texts (
    key TEXT PRIMARY KEY, client TEXT NOT NULL, texts TEXT NOT NULL, expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS task_texts_by_client ON task_texts (client, expires);
  CREATE INDEX IF NOT EXISTS task_texts_by_expiry ON task_texts (expires);
`;

/** What was added to the texts of tasks; several processes may share the store. */
export function taskTextStore(sql: Sql): TaskTextStore {
  const run = statements(sql);
  return {
    read: async (key, now) => fromRow(await run.read.get(key, now)),
    extend: ({ key, by, text }, { now, expires, mostKeys }) =>
      sql.transaction("tasks", function* () {
        const { texts, kept } = withTaskText(fromRow(yield* run.read.step.get(key, now))?.texts ?? [], text);
        yield* run.write.step.run(key, by, JSON.stringify(texts), expires);
        const dropped = yield* run.drop.step.all(by, key, mostKeys - 1);
        return { texts, kept, expires, by, dropped: dropped.map((row) => String(row["key"])) };
      }),
    purge: async (now) => void (await run.purge.run(now)),
    changedElsewhere: sql.changedElsewhere("task_texts"),
  };
}

function statements(sql: Sql) {
  sql.define(schema);
  return {
    read: sql.prepare("SELECT client, texts, expires FROM task_texts WHERE key = ? AND expires > ?"),
    write: sql.prepare(
      `INSERT INTO task_texts (key, client, texts, expires) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET client = excluded.client, texts = excluded.texts, expires = excluded.expires`,
    ),
    // The one that was just written stays, whatever expires first.
    drop: sql.prepare(
      `DELETE FROM task_texts WHERE key IN (
         SELECT key FROM task_texts WHERE client = ?1 AND key <> ?2 ORDER BY expires DESC, rowid DESC LIMIT ${sql.either({ sqlite: "-1", postgres: "ALL" })} OFFSET ?3
       ) RETURNING key`,
    ),
    purge: sql.prepare("DELETE FROM task_texts WHERE expires <= ?"),
  };
}

function fromRow(row: Record<string, unknown> | undefined): StoredTaskTexts | null {
  if (row === undefined) return null;
  const texts = JSON.parse(String(row["texts"])) as readonly CutText[];
  return { texts, by: String(row["client"]), expires: Number(row["expires"]) };
}
