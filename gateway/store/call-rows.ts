/** What calls read of the embedded store's tables, and how their rows are read, in either engine. */
import type { StoredLabel, StoredMemory, StoredTaskTexts } from "../domain/ports.ts";
import type { CutText } from "../lib/cut-text.ts";
import type { Database } from "./database.ts";
import type { SqlRow } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

/** Parts of a key (see `sessionKey`), written so in the indexes and the search: SQLite takes an index only for the same expression. */
export const keyPart = (at: number): string => `(CASE WHEN json_valid(key) THEN key ->> ${at} END)`;

export const labelSchema = `
  CREATE TABLE IF NOT EXISTS session_labels (
    key TEXT NOT NULL, label TEXT NOT NULL, since INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (key, label)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS session_labels_by_last ON session_labels (last DESC, key);
  CREATE INDEX IF NOT EXISTS session_labels_by_subject ON session_labels (${keyPart(1)}, last);
  CREATE INDEX IF NOT EXISTS session_labels_by_session ON session_labels (${keyPart(3)}, last)`;

export const memorySchema = `
  CREATE TABLE IF NOT EXISTS provenance_memories (
    key TEXT PRIMARY KEY, memory BLOB, version INTEGER NOT NULL, writer TEXT, at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS provenance_memories_by_use ON provenance_memories (at) WHERE memory IS NOT NULL;
  CREATE INDEX IF NOT EXISTS provenance_memories_by_age ON provenance_memories (at)`;

/** `texts`: a JSON list of `CutText`. `client`: the one that added last, in whose share the row counts. */
export const taskTextSchema = `
  CREATE TABLE IF NOT EXISTS task_texts (
    key TEXT PRIMARY KEY, client TEXT NOT NULL, texts TEXT NOT NULL, expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS task_texts_by_client ON task_texts (client, expires);
  CREATE INDEX IF NOT EXISTS task_texts_by_expiry ON task_texts (expires)`;

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

export const memoryText = "SELECT memory, version, writer FROM provenance_memories WHERE key = ?";

/** Of a row of `memoryText`. */
export function memoryFrom(row: SqlRow | undefined): StoredMemory | null {
  if (row === undefined) return null;
  const { memory, version, writer } = row;
  return {
    memory: memory === null ? null : (memory as Uint8Array),
    version: Number(version),
    writer: writer === null ? null : String(writer),
  };
}

/** `?1` key, `?2` now. */
export const taskTextText = "SELECT client, texts, expires FROM task_texts WHERE key = ?1 AND expires > ?2";

/** Of a row of `taskTextText`. */
export function taskTextsFrom(row: SqlRow | undefined): StoredTaskTexts | null {
  if (row === undefined) return null;
  const texts = parseJson(String(row["texts"])) as readonly CutText[];
  return { texts, by: String(row["client"]), expires: Number(row["expires"]) };
}
