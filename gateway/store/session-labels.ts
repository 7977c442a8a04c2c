import type { LabelledQuery, SessionCallStore, SessionPlace, SessionStore, StoredLabel } from "../domain/ports.ts";
import { keyPart, labelSchema, labelsOf } from "./call-rows.ts";
import { callTurn } from "./call-turn.ts";
import { writtenElsewhere } from "./change-detector.ts";
import type { Connection } from "./connection.ts";
import { type AnyConnection, byEngine } from "./engines.ts";
import type { PostgresConnection } from "./postgres/connection.ts";
import { sharedCalls } from "./postgres/session-calls.ts";
import { purging } from "./purging.ts";
import type { Sql } from "./sql.ts";

/** What is read of labels beside calls, each engine in its own way. */
type LabelReader = Pick<SessionStore, "labels" | "changedElsewhere">;

/** Parts of a key, as the engine finds them. */
interface KeyParts {
  readonly subject: string;
  readonly session: string;
}

/** Labels of sessions and principals: they outlive the process, so a restart launders nothing. */
export function sessionStore(sql: AnyConnection): SessionStore {
  sql.define(labelSchema);
  const { write } = callTurn(sql);
  const [subject, session] = [
    sql.either({ sqlite: keyPart(1), postgres: "subject" }),
    sql.either({ sqlite: keyPart(3), postgres: "session" }),
  ];
  return {
    ...byEngine(sql, { sqlite: ownLabels, postgres: sharedLabels }),
    addLabels: async (labels) => void (await write({ labels })),
    labelled: (query) => labelled(sql, { subject, session }, query),
    drop: purging(sql, "session_labels", "last < ?", { key: "key, label" }),
    calls: byEngine<SessionCallStore | null>(sql, {
      sqlite: () => null,
      postgres: (connection) => sharedCalls(connection, write),
    }),
  };
}

/** Labels in SQLite. */
function ownLabels(connection: Connection): LabelReader {
  const { database } = connection;
  const of = labelsOf(database);
  return {
    labels: (keys) =>
      connection.run(() => {
        const found = [...new Set(keys)].map((key) => [key, of(key)] as const);
        return new Map(found.filter(([, labels]) => labels.length > 0));
      }),
    changedElsewhere: writtenElsewhere(database),
  };
}

/** Labels in PostgreSQL. What any process has given counts for the next call wherever it lands: nothing is remembered. */
function sharedLabels(connection: PostgresConnection): LabelReader {
  const of = connection.prepare(
    "SELECT key, label, since, last FROM session_labels WHERE key = ANY (?::text[]) ORDER BY key, label",
  );
  return {
    async labels(keys) {
      const found = new Map<string, StoredLabel[]>();
      for (const { key, label, since, last } of await of.all([...keys])) {
        const labels = found.get(String(key)) ?? [];
        labels.push({ label: String(label), since: Number(since), last: Number(last) });
        found.set(String(key), labels);
      }
      return found;
    },
    changedElsewhere: () => true,
  };
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
