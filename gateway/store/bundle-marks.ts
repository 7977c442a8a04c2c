import type { BundleMarks } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";

const table = `
  CREATE TABLE IF NOT EXISTS bundle_marks (
    revision TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    issued_at REAL,
    active_at INTEGER NOT NULL
  ) STRICT`;

/** Signed bundles that have been active. One row a revision: a policy changes far too seldom for that to grow large. */
export function bundleMarks(connection: Connection): BundleMarks {
  const { database } = connection;
  database.exec(table);
  const newest = database.prepare("SELECT max(issued_at) AS issued_at FROM bundle_marks");
  const one = database.prepare("SELECT content FROM bundle_marks WHERE revision = ?");
  // The same revision signed again moves its mark on, and never back.
  const add = database.prepare(
    `INSERT INTO bundle_marks (revision, content, issued_at, active_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (revision) DO UPDATE SET
       issued_at = max(coalesce(issued_at, ?3), coalesce(?3, issued_at)), active_at = ?4`,
  );
  return {
    newest: () =>
      connection.run(() => {
        const found = newest.get()?.["issued_at"];
        return typeof found === "number" ? found : null;
      }),
    contentOf: (revision) =>
      connection.run(() => {
        const row = one.get(revision);
        return row === undefined ? null : String(row["content"]);
      }),
    add: ({ revision, content, issuedAt, at }) => connection.run(() => void add.run(revision, content, issuedAt, at)),
  };
}
