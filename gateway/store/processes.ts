import type { ProcessStore } from "../domain/ports.ts";
import { type Database, unsynced } from "./database.ts";

const table = "CREATE TABLE IF NOT EXISTS processes (id TEXT PRIMARY KEY, heard INTEGER NOT NULL) STRICT";

/** Which processes share this store. A beat is small change: whether it outlives a power cut does not matter. */
export function processStore(database: Database): ProcessStore {
  database.exec(table);
  const beat = database.prepare(
    "INSERT INTO processes (id, heard) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET heard = excluded.heard",
  );
  const alive = database.prepare("SELECT id FROM processes WHERE heard BETWEEN ? AND ?");
  const leave = database.prepare("DELETE FROM processes WHERE id = ?");
  return {
    beat: (process, now) => unsynced(database, () => void beat.run(process, now)),
    alive: (now, silentMs) => alive.all(now - silentMs, now + silentMs).map((row) => String(row["id"])),
    leave: (process) => void leave.run(process),
  };
}
