import type { LabelledQuery, SessionPlace, SessionStore, StoredLabel } from "../domain/ports.ts";
import { writtenElsewhere } from "./change-detector.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { type AnyConnection, byEngine } from "./engines.ts";
import { sharedLabels } from "./postgres/session-labels.ts";
import type { Sql } from "./sql.ts";

/** What calls read and write, each engine in its own way. */
export type LabelStore = Pick<SessionStore, "addLabels" | "labels" | "changedElsewhere">;

/** Parts of a key, as the engine finds them. */
interface KeyParts {
  readonly subject: string;
  readonly session: string;
}

/** Parts of a key (see `sessionKey`), written so in the indexes and the search: SQLite takes an index only for the same expression. */
const part = (at: number): string => `(CASE WHEN json_valid(key) THEN key ->> ${at} END)`;

const schema = `
  CREATE TABLE IF NOT EXISTS session_labels (
    key TEXT NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (key, label)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS session_labels_by_last ON session_labels (last DESC, key);
  CREATE INDEX IF NOT EXISTS session_labels_by_subject ON session_labels (${part(1)}, last);
  CREATE INDEX IF NOT EXISTS session_labels_by_session ON session_labels (${part(3)}, last)`;

/** Labels of sessions and principals: they outlive the process, so a restart launders nothing. */
export function sessionStore(sql: AnyConnection): SessionStore {
  sql.define(schema);
  const [subject, session] = [
    sql.either({ sqlite: part(1), postgres: "subject" }),
    sql.either({ sqlite: part(3), postgres: "session" }),
  ];
  const drop = sql.prepare("DELETE FROM session_labels WHERE last < ?");
  return {
    ...byEngine(sql, { sqlite: ownLabels, postgres: sharedLabels }),
    labelled: (query) => labelled(sql, { subject, session }, query),
    drop: (before) => drop.run(before),
  };
}

/** Labels in SQLite. */
function ownLabels(connection: Connection): LabelStore {
  const { database } = connection;
  const give = database.prepare(
    `INSERT INTO session_labels (key, label, since, last) VALUES (?1, ?2, ?3, ?3)
     ON CONFLICT DO UPDATE SET last = max(last, excluded.last)`,
  );
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
async function labelled(sql: Sql, { subject, session }: KeyParts, query: LabelledQuery): Promise<SessionPlace[]> {
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
  const text = `SELECT key, last FROM session_labels AS labels WHERE ${where.join(" AND ")}
    ORDER BY last DESC, key LIMIT ?`;
  const rows = await sql.prepare(text).all(...values, query.limit);
  return rows.map((row) => ({ at: Number(row["last"]), key: String(row["key"]) }));
}

const ownWindow = "principal:";
