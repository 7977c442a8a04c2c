import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CannotStart } from "../domain/errors.ts";
import type { ProcessStore } from "../domain/ports.ts";
import { SQLITE_BUSY, sqliteResult } from "../lib/sqlite-result.ts";
import type { Connection } from "./connection.ts";
import { type AnyConnection, byEngine } from "./engines.ts";
import type { PostgresConnection } from "./postgres/connection.ts";

export interface FolderLock {
  /** Stays with the folder: a gateway that starts again knows what its earlier life left unfinished. */
  readonly id: string;
  release(): void;
}

/**
 * One gateway for one data folder: two would write into one log. The lock is SQLite's, so the system gives it back when
 * the process ends, however it ends.
 * @throws CannotStart when another process has it, or the folder cannot be made or written
 */
export function lockFolder(dir: string, makeId: () => string): FolderLock {
  const database = openLock(dir);
  try {
    // In a file that may only be read the transaction would begin, and lock nothing: only a write shows it.
    database.exec(
      "CREATE TABLE IF NOT EXISTS folder (id TEXT NOT NULL) STRICT; PRAGMA user_version = 1; BEGIN EXCLUSIVE",
    );
  } catch (cause) {
    database.close();
    throw sqliteResult(cause) === SQLITE_BUSY
      ? new CannotStart(
          "data_folder_in_use",
          `another gateway is using the data folder ${dir}; stop it, or give each gateway its own data_dir`,
          cause,
        )
      : unusable(dir, cause);
  }
  const found = database.prepare("SELECT id FROM folder").get()?.["id"];
  if (found !== undefined) return { id: String(found), release: () => database.close() };
  const id = makeId();
  database.prepare("INSERT INTO folder (id) VALUES (?)").run(id);
  // The id outlives a crash only when it is committed; nobody else can come in between: the next line is synchronous.
  database.exec("COMMIT; BEGIN EXCLUSIVE");
  return { id, release: () => database.close() };
}

function openLock(dir: string): DatabaseSync {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return new DatabaseSync(join(dir, "gateway.lock.db"), { timeout: 1_000 });
  } catch (cause) {
    throw unusable(dir, cause);
  }
}

function unusable(dir: string, cause: unknown): CannotStart {
  const why = cause instanceof Error ? cause.message : String(cause);
  const fix = "make it a folder that the gateway's user may write, or name another data_dir";
  return new CannotStart("data_folder_unusable", `the data folder ${dir} cannot be used: ${why}; ${fix}`, cause);
}

/** A process that was not heard of for so long is taken for dead. */
export const silentAfterMs = 15_000;

const processTable = "CREATE TABLE IF NOT EXISTS processes (id TEXT PRIMARY KEY, heard INTEGER NOT NULL) STRICT";

/** A beat that was on its way for at most so long does not undo one that came before it. */
const overtakenMs = 6_000;

/** Which processes share this store. */
export function processStore(connection: AnyConnection): ProcessStore {
  connection.define(processTable);
  return byEngine(connection, { sqlite: processesOfFile, postgres: processesOfDatabase });
}

/** By the clock of the machine. A beat is small change: whether it outlives a power cut does not matter. */
function processesOfFile(sql: Connection): ProcessStore {
  const beat = sql.prepare(
    `INSERT INTO processes AS known (id, heard) VALUES (?, ?) ON CONFLICT (id) DO UPDATE
     SET heard = CASE WHEN known.heard BETWEEN excluded.heard AND excluded.heard + ${overtakenMs} THEN known.heard ELSE excluded.heard END`,
    "unsynced",
  );
  const alive = sql.prepare("SELECT id FROM processes WHERE heard BETWEEN ? AND ?");
  const leave = sql.prepare("DELETE FROM processes WHERE id = ?");
  return {
    async beat(process, now) {
      await beat.run(process, now);
      return null;
    },
    alive: async (now, silentMs = silentAfterMs) =>
      (await alive.all(now - silentMs, now + silentMs)).map((row) => String(row["id"])),
    leave: async (process) => void (await leave.run(process)),
  };
}

/** A gateway with a heartbeat that was not heard of for so long is taken for dead. */
const heartbeatSilentMs = 8_000;

/** One clock for all gateways; read anew wherever it stands in a statement. */
const clockOfDatabase = "floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT";

/**
 * By the clock of the database: a beat counts from when it is written, and not from when it began to wait for a connection or for the row. Those
 * of versions before have no heartbeat: they write the time of their own clock and no patience, and have the longer one.
 */
function processesOfDatabase(connection: PostgresConnection): ProcessStore {
  // What is set is reckoned once the row is this statement's own.
  const beat = connection.prepare(
    `INSERT INTO processes (id, heard, patience_ms) VALUES (?, ${clockOfDatabase}, ${heartbeatSilentMs})
     ON CONFLICT (id) DO UPDATE SET heard = ${clockOfDatabase}, patience_ms = excluded.patience_ms
     RETURNING heard`,
  );
  const alive = connection.prepare(
    `SELECT id FROM processes, LATERAL (SELECT ${clockOfDatabase} AS now,
       CASE WHEN patience_ms > ?2::bigint THEN ${clockOfDatabase} ELSE greatest(patience_ms, ?1::bigint) END AS silent) AS asked
     WHERE heard BETWEEN now - silent AND now + silent`,
  );
  const leave = connection.prepare("DELETE FROM processes WHERE id = ?");
  return {
    beat: async (process) => Number((await beat.get(process))?.["heard"]),
    async alive(_now, silentMs = silentAfterMs, listenedMs = silentMs) {
      return (await alive.all(silentMs, listenedMs)).map((row) => String(row["id"]));
    },
    leave: async (process) => void (await leave.run(process)),
  };
}

/** When a process is taken for dead. */
interface Patience {
  /** It was not heard of for so long. */
  readonly silentMs: number;
  /** After a longer time without a beat of this process, the beats of others may have been missed as well. */
  readonly gapMs: number;
}

/** Of a store in which one statement at a time is waited for as long as others lock it. */
export const fileTimes: Patience = { silentMs: silentAfterMs, gapMs: 5_000 };

/**
 * Of processes with a heartbeat on a connection of its own. After the longest outage that is no gap, a process that lives is heard of again
 * before `silentMs`: half a second between two beats, one that was under way (1 s), the gap, one that finds its connection lost (1 s), half a
 * second more, a new connection and its beat (1 s each).
 */
export const heartbeatTimes: Patience = { silentMs: heartbeatSilentMs, gapMs: 2_500 };

interface PatientProcesses extends ProcessStore {
  /** The store has a beat of this process by another way. */
  heard(now: number): void;
}

/**
 * Takes nobody for dead before this process itself has been heard of for as long as others may be silent: after its start, and after a
 * time in which it could not write the store. The others could not either, and are alive all the same.
 */
export function patient(processes: ProcessStore, { silentMs: usual, gapMs }: Patience): PatientProcesses {
  let beats: { readonly since: number; readonly last: number } | null = null;
  const isNear = (one: number, other: number): boolean => Math.abs(one - other) <= gapMs;
  function heard(now: number): void {
    // A slow one may end behind one that began later.
    if (beats !== null && isNear(beats.last, now)) beats = { since: beats.since, last: Math.max(beats.last, now) };
    else beats = { since: now, last: now };
  }
  return {
    async beat(process, now) {
      const time = await processes.beat(process, now);
      heard(now);
      return time;
    },
    heard,
    alive(now, silentMs = usual) {
      const listenedMs = beats !== null && isNear(beats.last, now) ? now - beats.since : 0;
      return processes.alive(now, listenedMs >= silentMs ? silentMs : Math.max(now, silentMs), listenedMs);
    },
    leave: (process) => processes.leave(process),
  };
}
