import type { Counted, EndNotice, EndNoticeStore } from "../domain/ports.ts";
import { writtenElsewhere } from "./change-detector.ts";
import type { Connection } from "./connection.ts";
import { type Database, unsynced } from "./database.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS end_notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS end_answers (
    notice TEXT NOT NULL, process TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (notice, process)
  ) STRICT, WITHOUT ROWID;
`;

/** Within the caller's step or transaction. */
export function noticeWriter(database: Database): (notice: EndNotice) => void {
  database.exec(schema);
  const insert = database.prepare("INSERT OR IGNORE INTO end_notices (id, at, body) VALUES (?, ?, ?)");
  return (notice) => void insert.run(notice.id, notice.at, JSON.stringify(notice));
}

/** What the processes that share a store tell each other about ends, in SQLite. */
export function endNoticeStore(connection: Connection): EndNoticeStore {
  const { database } = connection;
  const write = noticeWriter(database);
  const newest = database.prepare("SELECT coalesce(max(number), 0) AS number FROM end_notices");
  const since = database.prepare("SELECT number, body FROM end_notices WHERE number > ? ORDER BY number");
  const answer = database.prepare("INSERT OR REPLACE INTO end_answers (notice, process, body) VALUES (?, ?, ?)");
  const answers = database.prepare("SELECT process, body FROM end_answers WHERE notice = ?");
  const forget = ["DELETE FROM end_answers WHERE notice IN (SELECT id FROM end_notices WHERE at < ?)"];
  const purges = [...forget, "DELETE FROM end_notices WHERE at < ?"].map((sql) => database.prepare(sql));
  const briefly = (work: () => void): Promise<void> => connection.run(() => unsynced(database, work));
  return {
    announce: (notice) => briefly(() => write(notice)),
    newest: () => connection.run(() => Number(newest.get()?.["number"])),
    since: (number) =>
      connection.run(() => {
        const rows = since.all(number);
        const notices = rows.map(({ body }) => JSON.parse(String(body)) as EndNotice);
        return { notices, last: Number(rows.at(-1)?.["number"] ?? number) };
      }),
    answer: (notice, process, counted) => briefly(() => void answer.run(notice, process, JSON.stringify(counted))),
    answers: (notice) =>
      connection.run(() =>
        answers.all(notice).map(({ process, body }) => ({
          process: String(process),
          counted: JSON.parse(String(body)) as Counted,
        })),
      ),
    purge: (before) => connection.runAll(() => purges.forEach((purge) => purge.run(before))),
    changedElsewhere: writtenElsewhere(database),
  };
}
