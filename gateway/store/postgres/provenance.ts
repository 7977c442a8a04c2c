import { type MemoryStore, storedFrom } from "../provenance.ts";
import type { PostgresConnection } from "./connection.ts";

/** Memories of sessions in PostgreSQL: what one step reads is one statement. */
export function sharedMemories(connection: PostgresConnection): MemoryStore {
  const read = connection.prepare(
    "SELECT key, memory, version, writer FROM provenance_memories WHERE key = ANY (?::text[])",
  );
  return {
    async read(keys) {
      const rows = await read.all([...keys]);
      const found = new Map(rows.map((row) => [String(row["key"]), row]));
      return keys.map((key) => storedFrom(found.get(key)));
    },
    claim: claiming(connection),
    write: writing(connection),
  };
}

/** Rows are made and locked in one order before they are looked at, so that what is found is what the claim follows. */
function claiming(connection: PostgresConnection): MemoryStore["claim"] {
  const make = connection.prepare(
    `INSERT INTO provenance_memories (key, version, at) SELECT key, 0, ? FROM unnest(?::text[]) AS given (key)
     ORDER BY key ON CONFLICT (key) DO NOTHING RETURNING key`,
  );
  const lock = connection.prepare(
    "SELECT key, version, writer FROM provenance_memories WHERE key = ANY (?::text[]) ORDER BY key FOR UPDATE",
  );
  const take = connection.prepare("UPDATE provenance_memories SET writer = ?, at = ? WHERE key = ANY (?::text[])");
  return (claims, writer, now) =>
    connection.within(async () => {
      const keys = claims.map(({ key }) => key);
      const made = new Set((await make.all(now, keys)).map((row) => String(row["key"])));
      const rows = await lock.all(keys);
      const found = new Map(rows.map((row) => [String(row["key"]), row]));
      await take.run(writer, now, keys);
      return claims.map(({ key, version }) => {
        if (made.has(key)) return version === 0;
        const row = found.get(key);
        const isFree = row?.["writer"] === null || row?.["writer"] === writer;
        return isFree && Number(row?.["version"]) === version;
      });
    });
}

function writing(connection: PostgresConnection): MemoryStore["write"] {
  const write = connection.prepare(
    `UPDATE provenance_memories SET memory = ?, version = version + 1, at = ?,
       writer = CASE WHEN CAST(? AS BIGINT) = 1 THEN NULL ELSE writer END WHERE key = ? AND writer = ?`,
  );
  return (memories, writer, now) =>
    connection.within(async () => {
      const foreign: string[] = [];
      for (const { key, memory, complete } of memories.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
        if ((await write.run(memory, now, complete ? 1 : 0, key, writer)) === 0) foreign.push(key);
      return foreign;
    });
}
