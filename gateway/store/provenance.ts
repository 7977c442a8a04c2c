import type { ProvenanceStore, StoredMemory } from "../domain/ports.ts";
import type { Connection } from "./connection.ts";
import { transactions, unsynced } from "./database.ts";
import { type AnyConnection, byEngine } from "./engines.ts";
import { sharedMemories } from "./postgres/provenance.ts";
import type { SqlRow } from "./sql.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS provenance_memories (
    key TEXT PRIMARY KEY, memory BLOB, version INTEGER NOT NULL, writer TEXT, at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS provenance_memories_by_use ON provenance_memories (at) WHERE memory IS NOT NULL`;

/** What calls read and write, each engine in its own way. */
export type MemoryStore = Pick<ProvenanceStore, "read" | "claim" | "write">;

/** Memories of sessions, one row each. A row whose memory was dropped stays: that there was one is not forgotten. */
export function provenanceStore(sql: AnyConnection): ProvenanceStore {
  sql.define(schema);
  const shed = sql.prepare(
    "UPDATE provenance_memories SET memory = NULL WHERE at < ? AND memory IS NOT NULL AND writer IS NULL",
  );
  const store = byEngine(sql, { sqlite: localMemories, postgres: sharedMemories });
  return { ...store, shed: (before) => shed.run(before) };
}

function localMemories(connection: Connection): MemoryStore {
  const read = connection.database.prepare("SELECT memory, version, writer FROM provenance_memories WHERE key = ?");
  return {
    ...writing(connection),
    read: (keys) => connection.run(() => keys.map((one) => storedFrom(read.get(one)))),
  };
}

function writing(connection: Connection): Pick<ProvenanceStore, "claim" | "write"> {
  const { database } = connection;
  const state = database.prepare("SELECT version, writer FROM provenance_memories WHERE key = ?");
  const claim = database.prepare(
    `INSERT INTO provenance_memories (key, version, writer, at) VALUES (?1, 0, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET writer = ?2, at = ?3`,
  );
  const write = database.prepare(
    `UPDATE provenance_memories SET memory = ?1, version = version + 1, at = ?2, writer = iif(?3, NULL, writer)
     WHERE key = ?4 AND writer = ?5`,
  );
  const within = transactions(database);
  return {
    claim: (claims, writer, now) =>
      connection.runAll(() =>
        claims.map(({ key, version }) => {
          const found = state.get(key);
          claim.run(key, writer, now);
          if (found === undefined) return version === 0;
          const isFree = found["writer"] === null || found["writer"] === writer;
          return isFree && Number(found["version"]) === version;
        }),
      ),
    // A power cut may undo a write: then the claim is still there, and says that something is lost.
    write: (memories, writer, now) =>
      connection.run(() => {
        const foreign: string[] = [];
        const writeAll = (): void => {
          for (const { key, memory, complete } of memories)
            if (write.run(memory, now, complete ? 1 : 0, key, writer).changes === 0) foreign.push(key);
        };
        unsynced(database, () => within(writeAll));
        return foreign;
      }, "write"),
  };
}

export function storedFrom(row: SqlRow | undefined): StoredMemory | null {
  if (row === undefined) return null;
  const { memory, version, writer } = row;
  return {
    memory: memory === null ? null : (memory as Uint8Array),
    version: Number(version),
    writer: writer === null ? null : String(writer),
  };
}
