import { approvalSchema } from "./approval-statements.ts";
import {
  labelSchema,
  labelsOf,
  memoryFrom,
  memorySchema,
  memoryText,
  taskTextSchema,
  taskTextsFrom,
  taskTextText,
} from "./call-rows.ts";
import { writeDetector } from "./change-detector.ts";
import type { Connection } from "./connection.ts";
import type {
  CallChange,
  CallQuestion,
  CallState,
  CallStateStore,
  RevocationStore,
  StoredDefinition,
} from "../domain/ports.ts";
import type { DefinitionName } from "../domain/definition-kinds.ts";
import type { Revocation } from "../domain/revocation.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { oncePer } from "../lib/caches.ts";
import { definitionTables } from "./definition-tables.ts";
import { noticeWriter } from "./end-notices.ts";
import { type AnyConnection, byEngine } from "./engines.ts";
import { sharedCallState } from "./postgres/call-state.ts";
import type { Sql } from "./sql.ts";
import { definitionText, storedFrom } from "./stored-definition.ts";
import { parseJson } from "../lib/parse-json.ts";

/** What calls ask of the store and change in it, each engine in its own way. */
export function callStateStore(sql: AnyConnection, live: Liveness): CallStateStore {
  for (const schema of [labelSchema, memorySchema, taskTextSchema, definitionTables]) sql.define(schema);
  return byEngine(sql, { sqlite: (connection) => localCallState(connection, live), postgres: sharedCallState });
}

function localCallState(connection: Connection, live: Liveness): CallStateStore {
  const answer = answering(connection, live);
  const change = changing(connection);
  return {
    read: (questions) => connection.run(() => questions.map(answer)),
    write: (changes) => connection.runAll(() => changes.map(change)),
  };
}

function answering({ database }: Connection, live: Liveness): (question: CallQuestion) => CallState {
  const labels = labelsOf(database);
  const definition = database.prepare(`${definitionText} WHERE server = ? AND kind = ? AND name = ?`);
  const defined = ({ server, kind, name }: DefinitionName): StoredDefinition | null =>
    storedFrom(definition.get(server, kind, name));
  const [memory, texts] = [database.prepare(memoryText), database.prepare(taskTextText)];
  return ({ labelsOf: holder, definitionOf, liveOf, memoryOf, textsOf }) => ({
    labels: holder === undefined ? [] : labels(holder),
    definition: definitionOf === undefined ? null : defined(definitionOf),
    live: liveOf !== undefined && live.read(liveOf),
    memory: memoryOf === undefined ? null : memoryFrom(memory.get(memoryOf)),
    texts: textsOf === undefined ? null : taskTextsFrom(texts.get(textsOf.key, textsOf.now)),
    // Calls of sessions are in the memory of the process.
    history: null,
  });
}

function changing({ database }: Connection): (change: CallChange) => boolean {
  const give = database.prepare(
    `INSERT INTO session_labels (key, label, since, last) VALUES (?1, ?2, ?3, ?3)
     ON CONFLICT DO UPDATE SET last = max(last, excluded.last)`,
  );
  const state = database.prepare("SELECT version, writer FROM provenance_memories WHERE key = ?");
  const claimed = database.prepare(
    `INSERT INTO provenance_memories (key, version, writer, at) VALUES (?1, 0, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET writer = ?2, at = ?3`,
  );
  return ({ labels: added = [], claim }) => {
    for (const { key, labels, since } of added) for (const label of labels) give.run(key, label, since);
    if (claim === undefined) return true;
    const { key, version, writer, now } = claim;
    const found = state.get(key);
    claimed.run(key, writer, now);
    if (found === undefined) return version === 0;
    const isFree = found["writer"] === null || found["writer"] === writer;
    return isFree && Number(found["version"]) === version;
  };
}

type LiveQuestion = NonNullable<CallQuestion["liveOf"]>;

/** Whether callers have anything live: an item that is held, approved or refused and whose clock runs, or a grant. */
export interface Liveness {
  /** Whether memory knows that this caller has nothing: then nothing has to be read. */
  knowsNothingOf(issuer: string, subject: string): boolean;
  /** One indexed look. */
  look(of: LiveQuestion): Promise<boolean>;
  /** The same within a step of the embedded store's connection: an answer is remembered in the step that reads it. */
  read(of: LiveQuestion): boolean;
  /** Runs a write after which a caller may have something live. */
  changes<T>(write: () => Promise<T>): Promise<T>;
}

/** `?1` issuer, `?2` subject, `?3` now: a row when the caller has something live. */
export const liveText = `SELECT 1 FROM approvals WHERE issuer = ?1 AND subject = ?2 AND state IN ('held', 'approved', 'denied')
       AND live_until > ?3
     UNION ALL SELECT 1 FROM grants WHERE issuer = ?1 AND subject = ?2 AND expires_at > ?3 AND uses_left > 0 LIMIT 1`;

/** Of a store that others may write to at any moment: nothing is remembered. */
function sharedLiveness(sql: Sql): Liveness {
  const live = sql.prepare(liveText);
  return {
    knowsNothingOf: () => false,
    look: async ({ issuer, subject, now }) => (await live.get(issuer, subject, now)) !== undefined,
    changes: (write) => write(),
    read() {
      throw new Error("a store that is elsewhere answers later");
    },
  };
}

/** One for each connection: what it remembers is told of each write. */
export const liveness = oncePer((sql: AnyConnection): Liveness =>
  byEngine(sql, { sqlite: localLiveness, postgres: sharedLiveness }),
);

/** So many callers are remembered to have nothing. */
const callersKept = 10_000;

/**
 * Most callers have nothing that is live, and without a write that stays so: time only ends what there is. What this process
 * writes itself is forgotten before whoever wrote it goes on; what the store answers is remembered in the step that reads. So no
 * answer is remembered that is older than a write. An answer within a transaction holds only as long as that does.
 */
function localLiveness(connection: Connection): Liveness {
  const { database } = connection;
  connection.define(approvalSchema);
  const live = database.prepare(liveText);
  const mayHaveWritten = writeDetector(database);
  const known = new Map<string, Set<string>>();
  let size = 0;
  function forget(): void {
    if (size > 0) known.clear();
    size = 0;
  }
  function remember(issuer: string, subject: string): void {
    size += 1;
    const subjects = known.get(issuer);
    if (subjects === undefined) known.set(issuer, new Set([subject]));
    else subjects.add(subject);
  }
  function read({ issuer, subject, now }: LiveQuestion): boolean {
    if (live.get(issuer, subject, now) !== undefined) return true;
    if (!database.isTransaction) remember(issuer, subject);
    return false;
  }
  return {
    read,
    look: (of) => connection.run(() => read(of)),
    knowsNothingOf(issuer, subject) {
      if (mayHaveWritten() || size >= callersKept) forget();
      return known.get(issuer)?.has(subject) === true;
    },
    changes(write) {
      // Whoever asks from here on waits for the transaction that the write belongs to.
      forget();
      return write().finally(forget);
    },
  };
}

/** From memory, or with whatever else calls of this turn of the event loop read. `now` in milliseconds since the epoch. */
export function liveCallers(
  live: Pick<Liveness, "knowsNothingOf">,
  read: (question: CallQuestion) => Promise<CallState>,
): (subject: { readonly issuer: string; readonly id: string }, now: number) => Awaitable<boolean> {
  return function anyLive({ issuer, id }, now) {
    if (live.knowsNothingOf(issuer, id)) return false;
    return read({ liveOf: { issuer, subject: id, now } }).then((state) => state.live);
  };
}

const revocationsTable = "CREATE TABLE IF NOT EXISTS revocations (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";

export function revocationStore(sql: Sql): RevocationStore {
  sql.define(revocationsTable);
  const announce = noticeWriter(sql);
  const add = sql.prepare("INSERT INTO revocations (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING");
  const lift = sql.prepare("DELETE FROM revocations WHERE id = ?");
  const list = sql.prepare("SELECT body FROM revocations ORDER BY rowid");
  return {
    add: (revocation, notice) =>
      sql.transaction("access", function* () {
        yield* add.step.run(revocation.id, JSON.stringify(revocation));
        if (notice !== undefined) yield* announce(notice);
      }),
    lift: async (id) => (await lift.run(id)) === 1,
    list: async () => (await list.all()).map((row) => revocationFrom(String(row["body"]))),
    changedElsewhere: sql.changedElsewhere("revocations"),
  };
}

/** Those of earlier versions do not say when they end: they do not end by themselves. */
function revocationFrom(body: string): Revocation {
  const stored = parseJson(body) as Omit<Revocation, "until"> & Partial<Revocation>;
  return { ...stored, until: stored.until ?? null };
}
