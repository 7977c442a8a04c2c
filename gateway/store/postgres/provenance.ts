import type { ProvenanceStore } from "../../domain/ports.ts";
import type { PostgresConnection } from "./connection.ts";

/**
 * Of rows that are there and that this writer has, in one order, so that no two writers wait for each other in a circle. What is there
 * already is changed where it conflicts: nothing is inserted, but for a row that is dropped at this moment, of which the next claim says
 * that something was lost.
 */
const text = `INSERT INTO provenance_memories AS kept (key, memory, version, writer, at)
  SELECT key, substr(CAST(?2 AS BYTEA), start, size), 0, CASE WHEN complete = 1 THEN NULL ELSE CAST(?1 AS TEXT) END, CAST(?3 AS BIGINT)
  FROM unnest(?4::text[], ?5::int[], ?6::int[], ?7::int[]) AS written (key, start, size, complete)
  WHERE EXISTS (SELECT 1 FROM provenance_memories AS known WHERE known.key = written.key)
  ORDER BY key
  ON CONFLICT (key) DO UPDATE SET memory = excluded.memory, version = kept.version + 1, writer = excluded.writer, at = excluded.at
    WHERE kept.writer = ?1
  RETURNING key`;

/** Writes memories of sessions to PostgreSQL, all in one statement. Their bytes are one value, which travels as it is. */
export function writingMemories(connection: PostgresConnection): ProvenanceStore["write"] {
  const write = connection.prepare(text);
  return async (memories, writer, now) => {
    let end = 1;
    const starts = memories.map(({ memory }) => (end += memory.length) - memory.length);
    const rows = await write.all(
      writer,
      Buffer.concat(memories.map(({ memory }) => memory)),
      now,
      memories.map(({ key }) => key),
      starts,
      memories.map(({ memory }) => memory.length),
      memories.map(({ complete }) => (complete ? 1 : 0)),
    );
    const written = new Set(rows.map((row) => String(row["key"])));
    return memories.map(({ key }) => key).filter((key) => !written.has(key));
  };
}
