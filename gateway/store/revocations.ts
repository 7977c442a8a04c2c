import type { RevocationStore } from "../domain/ports.ts";
import type { Revocation } from "../domain/revocation.ts";
import { type Database, dataVersion } from "./database.ts";
import { writeDetector } from "./change-detector.ts";

const table = "CREATE TABLE IF NOT EXISTS revocations (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";

export function revocationStore(database: Database): RevocationStore {
  database.exec(table);
  const add = database.prepare("INSERT INTO revocations (id, body) VALUES (?, ?)");
  const lift = database.prepare("DELETE FROM revocations WHERE id = ?");
  const list = database.prepare("SELECT body FROM revocations ORDER BY rowid");
  const [mayHaveWritten, versionChanged] = [writeDetector(database), dataVersion(database)];
  return {
    add: (revocation) => void add.run(revocation.id, JSON.stringify(revocation)),
    lift: (id) => lift.run(id).changes === 1,
    list: () => list.all().map((row) => JSON.parse(String(row["body"])) as Revocation),
    changedElsewhere: () => mayHaveWritten() && versionChanged(),
  };
}
