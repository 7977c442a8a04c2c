import type { LabelledQuery, SessionPlace, SessionStore, StoredLabel } from "../domain/ports.ts";
import { writtenElsewhere } from "./change-detector.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";

/** Parts of a key (see `sessionKey`), written so in the indexes and the search: SQLite takes an index only for the same expression. */
const part = (at: number): string => `(CASE WHEN json_valid(key) THEN key ->> ${at} END)`;
const subject = part(1);
const session = part(3);

const schema = `
  CREATE TABLE IF NOT EXISTS session_labels (
    key TEXT NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (key, label)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS session_labels_by_last ON session_labels (last DESC, key);
  CREATE INDEX IF NOT EXISTS session_labels_by_subject ON session_labels (${subject}, last);
  CREATE INDEX IF NOT EXISTS session_labels_by_session ON session_labels (${session}, last)`;

/** Labels of sessions and principals: they outlive the process, so a restart launders nothing. */
export function sessionStore(connection: Connection): SessionStore {
  const { database } = connection;
  database.exec(schema);
  const give = database.prepare(
    `INSERT INTO session_labels (key, label, since, last) VALUES (?1, ?2, ?3, ?3)
     ON CONFLICT DO UPDATE SET last = max(last, excluded.last)`,
  );
  const drop = database.prepare("DELETE FROM session_labels WHERE last < ?");
  const of = labelsOf(database);
  return {
    addLabels: (added) =>
      connection.runAll(() => {
        for (const { key, labels, since } of added) for (const label of labels) give.run(key, label, since);
      }),
    labels: (keys) =>
      connection.run(() => {
        const found = [...new Set(keys)].map((key) => [key, of(key)] as const);
        return new Map(found.filter(([, labels]) => labels.length > 0));
      }),
    labelled: (query) => connection.run(() => labelled(database, query)),
    drop: (before) => connection.run(() => Number(drop.run(before).changes)),
    changedElsewhere: writtenElsewhere(database),
  };
}

/** Reads the labels of one key, in their own order. The table must be there already. */
export function labelsOf(database: Database): (key: string) => readonly StoredLabel[] {
  const select = database.prepare("SELECT label, since, last FROM session_labels WHERE key = ? ORDER BY label");
  return (key) =>
    select.all(key).map((row) => ({
      label: String(row["label"]),
      since: Number(row["since"]),
      last: Number(row["last"]),
    }));
}

/** A key has a row for each label; it stands where the latest of them is. */
function labelled(database: Database, query: LabelledQuery): SessionPlace[] {
  const where = [
    "last > ?",
    `NOT EXISTS (SELECT 1 FROM session_labels later WHERE later.key = labels.key
       AND (later.last, later.label) > (labels.last, labels.label))`,
  ];
  const values: (string | number)[] = [query.since];
  if (query.subject !== undefined) {
    where.push(`${subject} = ?`);
    values.push(query.subject);
  }
  if (query.session !== undefined) {
    // A key without a session is that of the caller's own window.
    where.push(`(${session} = ? OR (${session} IS NULL AND ${subject} = ?))`);
    values.push(query.session, query.session.startsWith(ownWindow) ? query.session.slice(ownWindow.length) : "");
  }
  if (query.after !== undefined) {
    where.push("(last < ? OR (last = ? AND key > ?))");
    values.push(query.after.at, query.after.at, query.after.key);
  }
  const sql = `SELECT key, last FROM session_labels AS labels WHERE ${where.join(" AND ")}
    ORDER BY last DESC, key LIMIT ?`;
  const rows = database.prepare(sql).all(...values, query.limit);
  return rows.map((row) => ({ at: Number(row["last"]), key: String(row["key"]) }));
}

const ownWindow = "principal:";
