import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface FolderLock {
  /** Stays with the folder: a gateway that starts again knows what its earlier life left unfinished. */
  readonly id: string;
  release(): void;
}

/**
 * One gateway for one data folder: two would write into one log. The lock is SQLite's, so the system gives it back when
 * the process ends, however it ends.
 * @throws Error when another process has it
 */
export function lockFolder(dir: string, makeId: () => string): FolderLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dir, "gateway.lock.db"), { timeout: 1_000 });
  try {
    database.exec("CREATE TABLE IF NOT EXISTS folder (id TEXT NOT NULL) STRICT; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new Error(`another gateway is using the data folder ${dir}; give each its own data_dir`, { cause });
  }
  const found = database.prepare("SELECT id FROM folder").get()?.["id"];
  if (found !== undefined) return { id: String(found), release: () => database.close() };
  const id = makeId();
  database.prepare("INSERT INTO folder (id) VALUES (?)").run(id);
  // The id outlives a crash only when it is committed; nobody else can come in between: the next line is synchronous.
  database.exec("COMMIT; BEGIN EXCLUSIVE");
  return { id, release: () => database.close() };
}
