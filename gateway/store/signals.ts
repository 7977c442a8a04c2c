import type { OutsideSignalStore, SeenSetStore, StoredSignal, StoredStream, StreamStore } from "../domain/ports.ts";
import { countedAtOnce, purging } from "./purging.ts";
import type { Sql, SqlRow } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

const setTable = `
  CREATE TABLE IF NOT EXISTS signal_sets (
    transmitter TEXT NOT NULL, jti TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (transmitter, jti)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS signal_sets_by_end ON signal_sets (until);
`;

/** Ids of SETs that were carried out; several processes may share the store. */
export function seenSetStore(sql: Sql): SeenSetStore {
  sql.define(setTable);
  const has = sql.prepare("SELECT 1 FROM signal_sets WHERE transmitter = ? AND jti = ?");
  const add = sql.prepare(
    `INSERT INTO signal_sets (transmitter, jti, until) VALUES (?, ?, ?)
     ON CONFLICT (transmitter, jti) DO UPDATE SET until = ${sql.greater("signal_sets.until", "excluded.until")}`,
  );
  const purge = purging(sql, "signal_sets", "until <= ?", { key: "transmitter, jti" });
  return {
    has: async (transmitter, jti) => (await has.get(transmitter, jti)) !== undefined,
    add: async (transmitter, jti, until) => void (await add.run(transmitter, jti, Math.ceil(until))),
    purge: async (now) => void (await purge(now)),
  };
}

const streamTable =
  "CREATE TABLE IF NOT EXISTS signal_streams (transmitter TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";

const unknown: StoredStream = {
  streamId: null,
  status: null,
  reason: null,
  awaited: null,
  askedAt: null,
  verifiedAt: null,
};

/** What is known of streams: one row for each transmitter. */
export function streamStore(sql: Sql): StreamStore {
  sql.define(streamTable);
  const one = sql.prepare("SELECT body FROM signal_streams WHERE transmitter = ?");
  const write = sql.prepare(
    "INSERT INTO signal_streams (transmitter, body) VALUES (?, ?) ON CONFLICT (transmitter) DO UPDATE SET body = excluded.body",
  );
  const streamIn = (row: SqlRow | undefined): StoredStream | null =>
    row === undefined ? null : { ...unknown, ...(parseJson(String(row["body"])) as StoredStream) };
  return {
    read: async (transmitter) => streamIn(await one.get(transmitter)),
    change: (transmitter, change) =>
      sql.transaction("signals", function* () {
        const stream = { ...(streamIn(yield* one.step.get(transmitter)) ?? unknown), ...change };
        yield* write.step.run(transmitter, JSON.stringify(stream));
        return stream;
      }),
  };
}

/** `issuer` is empty where the signal is about a subject of any issuer: NULL would be equal to nothing. */
const signalTable = `
  CREATE TABLE IF NOT EXISTS outside_signals (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,
    level REAL NOT NULL, evidence TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER,
    PRIMARY KEY (issuer, subject, name, source)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS outside_signals_by_end ON outside_signals (until);
`;

/** What others say of subjects; several processes may share the store. */
export function outsideSignalStore(sql: Sql): OutsideSignalStore {
  sql.define(signalTable);
  const put = sql.prepare(
    `INSERT INTO outside_signals (issuer, subject, name, source, level, evidence, at, until)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (issuer, subject, name, source) DO UPDATE SET level = excluded.level, evidence = excluded.evidence,
     at = excluded.at, until = excluded.until WHERE excluded.at >= outside_signals.at`,
  );
  const list = sql.prepare(
    "SELECT * FROM outside_signals WHERE until IS NULL OR until > ? ORDER BY at DESC, rowid DESC LIMIT ?",
  );
  const purge = purging(sql, "outside_signals", "until <= ?", { atOnce: countedAtOnce });
  return {
    async put({ issuer, subject, name, source, level, evidence, at, until }) {
      const ends = until === null ? null : Math.ceil(until);
      await put.run(issuer ?? "", subject, name, source, level, evidence, Math.floor(at), ends);
    },
    list: async (now, most) => (await list.all(now, most)).map(signalFrom).toReversed(),
    purge: async (now) => void (await purge(now)),
    changedElsewhere: sql.changedElsewhere("outside_signals"),
  };
}

function signalFrom(row: Record<string, unknown>): StoredSignal {
  const issuer = String(row["issuer"]);
  return {
    issuer: issuer === "" ? null : issuer,
    subject: String(row["subject"]),
    name: String(row["name"]),
    source: String(row["source"]),
    level: Number(row["level"]),
    evidence: String(row["evidence"]),
    at: Number(row["at"]),
    until: row["until"] === null ? null : Number(row["until"]),
  };
}
