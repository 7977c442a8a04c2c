import type { Counted, EndNotice, EndNoticeStore } from "../domain/ports.ts";
import { countedAtOnce, purging } from "./purging.ts";
import type { Sql, Steps } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS end_notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS end_answers (
    notice TEXT NOT NULL, process TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (notice, process)
  ) STRICT, WITHOUT ROWID;
`;

const insertion = {
  sqlite: "INSERT INTO end_notices (id, at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  // A number that is given before the row of the area is locked could be seen after a greater one.
  postgres: `WITH turn AS (SELECT 1 FROM store_areas WHERE name = 'access' FOR UPDATE)
    INSERT INTO end_notices (id, at, body) SELECT ?, ?::bigint, ? FROM turn ON CONFLICT DO NOTHING`,
};
const valuesOf = (notice: EndNotice) => [notice.id, notice.at, JSON.stringify(notice)] as const;

/** Writes a notice as a step of the transaction that ends something. */
export function noticeWriter(sql: Sql): (notice: EndNotice) => Steps<number> {
  sql.define(schema);
  const insert = sql.prepare(sql.either(insertion));
  return (notice) => insert.step.run(...valuesOf(notice));
}

/** What the processes that share a store tell each other about ends. Numbers rise in the order in which notices can be seen. */
export function endNoticeStore(sql: Sql): EndNoticeStore {
  sql.define(schema);
  const announce = sql.prepare(sql.either(insertion), "unsynced");
  const newest = sql.prepare("SELECT coalesce(max(number), 0) AS number FROM end_notices");
  const since = sql.prepare("SELECT number, body FROM end_notices WHERE number > ? ORDER BY number");
  const answer = sql.prepare(
    `INSERT INTO end_answers (notice, process, body) VALUES (?, ?, ?)
     ON CONFLICT (notice, process) DO UPDATE SET body = excluded.body`,
    "unsynced",
  );
  const answers = sql.prepare("SELECT process, body FROM end_answers WHERE notice = ?");
  // Also answers that came when their notice was gone.
  const isOver = "NOT EXISTS (SELECT 1 FROM end_notices WHERE id = notice AND at >= ?)";
  const forgetAnswers = purging(sql, "end_answers", isOver, { key: "notice, process" });
  const forgetNotices = purging(sql, "end_notices", "at < ?", { atOnce: countedAtOnce });
  return {
    announce: async (notice) => void (await announce.run(...valuesOf(notice))),
    newest: async () => Number((await newest.get())?.["number"]),
    async since(number) {
      const rows = await since.all(number);
      const notices = rows.map(({ body }) => parseJson(String(body)) as EndNotice);
      return { notices, last: Number(rows.at(-1)?.["number"] ?? number) };
    },
    answer: async (notice, process, counted) => void (await answer.run(notice, process, JSON.stringify(counted))),
    async answers(notice) {
      const rows = await answers.all(notice);
      return rows.map(({ process, body }) => ({
        process: String(process),
        counted: parseJson(String(body)) as Counted,
      }));
    },
    async purge(before) {
      await forgetAnswers(before);
      await forgetNotices(before);
    },
    changedElsewhere: sql.changedElsewhere("end_notices"),
  };
}
