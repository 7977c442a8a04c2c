import { withTaskText } from "../domain/task-text.ts";
import type { TaskTextStore } from "../domain/ports.ts";
import { taskTextSchema, taskTextsFrom, taskTextText } from "./call-rows.ts";
import { callTurn } from "./call-turn.ts";
import type { AnyConnection } from "./engines.ts";
import { countedAtOnce, purging } from "./purging.ts";
import type { Sql } from "./sql.ts";

/** What was added to the texts of tasks; several processes may share the store. */
export function taskTextStore(sql: AnyConnection): TaskTextStore {
  const turn = callTurn(sql);
  const run = statements(sql);
  const purge = purging(sql, "task_texts", "expires <= ?", { atOnce: countedAtOnce });
  return {
    read: async (key, now) => (await turn.read({ textsOf: { key, now } })).texts,
    extend: ({ key, by, text }, { now, expires, mostKeys }) =>
      sql.transaction("tasks", function* () {
        const { texts, kept } = withTaskText(taskTextsFrom(yield* run.read.step.get(key, now))?.texts ?? [], text);
        yield* run.write.step.run(key, by, JSON.stringify(texts), expires);
        const dropped = yield* run.drop.step.all(by, key, mostKeys - 1);
        return { texts, kept, expires, by, dropped: dropped.map((row) => String(row["key"])) };
      }),
    purge: async (now) => void (await purge(now)),
    changedElsewhere: sql.changedElsewhere("task_texts"),
  };
}

function statements(sql: Sql) {
  sql.define(taskTextSchema);
  return {
    read: sql.prepare(taskTextText),
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
  };
}
