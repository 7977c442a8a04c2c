import type {
  RevocationStore,
  CallQuestion,
  CallState,
  CallStateStore,
  SessionStore,
  StoredDefinition,
} from "../domain/ports.ts";
import type { Revocation } from "../domain/revocation.ts";
import type { Connection } from "./connection.ts";
import { writtenElsewhere } from "./change-detector.ts";
import { seenFrom } from "./definitions.ts";

/** Labels of sessions and principals: they outlive the process, so a restart launders nothing. */
export function sessionStore(connection: Connection): SessionStore {
  const { database } = connection;
  database.exec(`
    CREATE TABLE IF NOT EXISTS session_labels (
      key TEXT NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (key, label)
    ) STRICT, WITHOUT ROWID`);
  const insert = database.prepare("INSERT OR IGNORE INTO session_labels (key, label, since) VALUES (?, ?, ?)");
  return {
    addLabels: (added) =>
      connection.runAll(() => {
        for (const { key, labels, since } of added) for (const label of labels) insert.run(key, label, since);
      }),
  };
}

/** The tables of sessions and definitions must be there already. */
export function callStateStore(connection: Connection): CallStateStore {
  const { database } = connection;
  const labels = database.prepare("SELECT label FROM session_labels WHERE key = ? ORDER BY label");
  const definition = database.prepare(`SELECT pinned.digest AS former, pinned.definition AS before,
    coalesce(last.digest, pinned.digest) AS digest, coalesce(last.definition, pinned.definition) AS definition
    FROM tool_definitions AS pinned LEFT JOIN tool_definitions_seen AS last USING (server, tool)
    WHERE server = ? AND tool = ?`);
  const answer = ({ labelsOf, definitionOf }: CallQuestion): CallState => ({
    labels: labelsOf === undefined ? [] : labels.all(labelsOf).map((row) => String(row["label"])),
    definition: definitionOf === undefined ? null : storedFrom(definition.get(definitionOf.server, definitionOf.tool)),
  });
  return { read: (questions) => connection.run(() => questions.map(answer)) };
}

function storedFrom(row: Record<string, unknown> | undefined): StoredDefinition | null {
  if (row === undefined) return null;
  return { pinned: seenFrom(row, "former", "before"), last: seenFrom(row, "digest", "definition") };
}

const table = "CREATE TABLE IF NOT EXISTS revocations (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";

export function revocationStore(connection: Connection): RevocationStore {
  const { database } = connection;
  database.exec(table);
  const add = database.prepare("INSERT INTO revocations (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING");
  const lift = database.prepare("DELETE FROM revocations WHERE id = ?");
  const list = database.prepare("SELECT body FROM revocations ORDER BY rowid");
  return {
    add: (revocation) => connection.run(() => void add.run(revocation.id, JSON.stringify(revocation))),
    lift: (id) => connection.run(() => lift.run(id).changes === 1),
    list: () => connection.run(() => list.all().map((row) => JSON.parse(String(row["body"])) as Revocation)),
    changedElsewhere: writtenElsewhere(database),
  };
}
