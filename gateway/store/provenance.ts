import type { ProvenanceStore } from "../domain/ports.ts";
import { labelSchema, memorySchema } from "./call-rows.ts";
import { callTurn } from "./call-turn.ts";
import type { Connection } from "./connection.ts";
import { transactions, unsynced } from "./database.ts";
import { type AnyConnection, byEngine } from "./engines.ts";
import { writingMemories } from "./postgres/provenance.ts";
import { inParts, purging } from "./purging.ts";

const shedAtOnce = 1_000;

/** What labels came from is forgotten as long as they count: those of a caller's own window are renewed by its other sessions. */
const withoutLabels = "NOT EXISTS (SELECT 1 FROM session_labels AS label WHERE label.key = provenance_memories.key)";

/** Memories of sessions, one row each. A row whose memory was dropped stays for a while: that there was one is known. */
export function provenanceStore(sql: AnyConnection): ProvenanceStore {
  sql.define(memorySchema);
  sql.define(labelSchema);
  const turn = callTurn(sql);
  const old = `SELECT key FROM provenance_memories WHERE at < ? AND memory IS NOT NULL AND writer IS NULL LIMIT ${shedAtOnce}`;
  const ofOld = sql.either({ sqlite: `key IN (${old})`, postgres: `key = ANY (ARRAY(${old} FOR UPDATE SKIP LOCKED))` });
  const shed = sql.prepare(`UPDATE provenance_memories SET memory = NULL WHERE ${ofOld}`);
  return {
    read: (keys) => Promise.all(keys.map(async (memoryOf) => (await turn.read({ memoryOf })).memory)),
    claim: (claims, writer, now) =>
      Promise.all(claims.map((claim) => turn.write({ claim: { ...claim, writer, now } }))),
    write: byEngine(sql, { sqlite: writing, postgres: writingMemories }),
    shed: inParts(shed.run),
    drop: purging(sql, "provenance_memories", `at < ? AND ${withoutLabels}`),
  };
}

function writing(connection: Connection): ProvenanceStore["write"] {
  const { database } = connection;
  const write = database.prepare(
    `UPDATE provenance_memories SET memory = ?1, version = version + 1, at = ?2, writer = iif(?3, NULL, writer)
     WHERE key = ?4 AND writer = ?5`,
  );
  const within = transactions(database);
  // A power cut may undo a write: then the claim is still there, and says that something is lost.
  return (memories, writer, now) =>
    connection.run(() => {
      const foreign: string[] = [];
      const writeAll = (): void => {
        for (const { key, memory, complete } of memories)
          if (write.run(memory, now, complete ? 1 : 0, key, writer).changes === 0) foreign.push(key);
      };
      unsynced(database, () => within(writeAll));
      return foreign;
    }, "write");
}
