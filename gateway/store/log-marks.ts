import type { LogMarks } from "../domain/ports.ts";
import { type Database, unsynced } from "./database.ts";

const table = `
  CREATE TABLE IF NOT EXISTS log_marks (
    folder TEXT PRIMARY KEY, last INTEGER NOT NULL, reserved INTEGER NOT NULL
  ) STRICT`;

/** How far the log of one data folder had come; several processes share the store, each with a log of its own. */
export function logMarks(database: Database, folder: string): LogMarks {
  database.exec(table);
  const read = database.prepare("SELECT last, reserved FROM log_marks WHERE folder = ?");
  const reserve = database.prepare(
    `INSERT INTO log_marks (folder, last, reserved) VALUES (?1, ?2, ?3) ON CONFLICT (folder) DO UPDATE
     SET last = max(last, excluded.last), reserved = max(reserved, excluded.reserved)`,
  );
  const note = database.prepare("UPDATE log_marks SET last = max(last, ?1) WHERE folder = ?2");
  return {
    read() {
      const row = read.get(folder);
      return { last: Number(row?.["last"] ?? 0), reserved: Number(row?.["reserved"] ?? 0) };
    },
    reserve: ({ last, reserved }) => void reserve.run(folder, last, reserved),
    note: (last) => unsynced(database, () => void note.run(last, folder)),
  };
}
