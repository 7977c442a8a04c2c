import { approvalSchema } from "./approval-statements.ts";
import type { Connection } from "./connection.ts";
import { writeDetector, writtenElsewhere } from "./change-detector.ts";
import type { CallQuestion, CallState, RevocationStore, CallStateStore, StoredDefinition } from "../domain/ports.ts";
import type { DefinitionName } from "../domain/definition-kinds.ts";
import type { Revocation } from "../domain/revocation.ts";
import { isAccepted, seenFrom } from "./definitions.ts";
import { noticeWriter } from "./end-notices.ts";
import { labelsOf } from "./session-labels.ts";

/** The tables of sessions and definitions must be there already. */
export function callStateStore(connection: Connection, live: Liveness): CallStateStore {
  const { database } = connection;
  const labels = labelsOf(database);
  const definition = database.prepare(`SELECT pinned.digest AS former, pinned.definition AS before,
    coalesce(last.digest, pinned.digest) AS digest, coalesce(last.definition, pinned.definition) AS definition,
    ${isAccepted} AS accepted
    FROM definitions AS pinned LEFT JOIN definitions_seen AS last USING (server, kind, name)
    WHERE server = ? AND kind = ? AND name = ?`);
  const defined = ({ server, kind, name }: DefinitionName): StoredDefinition | null =>
    storedFrom(definition.get(server, kind, name));
  const answer = ({ labelsOf: holder, definitionOf, liveOf }: CallQuestion): CallState => ({
    labels: holder === undefined ? [] : labels(holder),
    definition: definitionOf === undefined ? null : defined(definitionOf),
    live: liveOf === undefined ? false : live.read(liveOf),
  });
  return { read: (questions) => connection.run(() => questions.map(answer)) };
}

function storedFrom(row: Record<string, unknown> | undefined): StoredDefinition | null {
  if (row === undefined) return null;
  return {
    pinned: seenFrom(row, "former", "before"),
    last: seenFrom(row, "digest", "definition"),
    accepted: row["accepted"] === 1,
  };
}

/** Whether callers have anything live: an item that is held, approved or refused and whose clock runs, or a grant. */
export interface Liveness {
  /** Whether memory knows that this caller has nothing: then nothing has to be read. */
  knowsNothingOf(issuer: string, subject: string): boolean;
  /** One indexed look. Only within a step of the connection: an answer is remembered in the step that reads it. */
  read(of: NonNullable<CallQuestion["liveOf"]>): boolean;
  /** In the step of every write after which a caller may have something live. */
  forget(): void;
}

/** So many callers are remembered to have nothing. */
const callersKept = 10_000;

/**
 * Most callers have nothing that is live, and without a write that stays so: time only ends what there is. What this process
 * writes itself makes it `forget`, in the step that writes; what the store answers is remembered in the step that reads. So no
 * answer is remembered that is older than a write. An answer within a transaction holds only as long as that does.
 */
export function liveness({ database }: Connection): Liveness {
  database.exec(approvalSchema);
  const live = database.prepare(
    `SELECT 1 FROM approvals WHERE issuer = ?1 AND subject = ?2 AND state IN ('held', 'approved', 'denied')
       AND live_until > ?3
     UNION ALL SELECT 1 FROM grants WHERE issuer = ?1 AND subject = ?2 AND expires_at > ?3 AND uses_left > 0 LIMIT 1`,
  );
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
  return {
    forget,
    knowsNothingOf(issuer, subject) {
      if (mayHaveWritten() || size >= callersKept) forget();
      return known.get(issuer)?.has(subject) === true;
    },
    read({ issuer, subject, now }) {
      if (live.get(issuer, subject, now) !== undefined) return true;
      if (!database.isTransaction) remember(issuer, subject);
      return false;
    },
  };
}

const nothing = Promise.resolve(false);

/** From memory, or with whatever else calls of this turn of the event loop read. `now` in milliseconds since the epoch. */
export function liveCallers(
  live: Pick<Liveness, "knowsNothingOf">,
  read: (question: CallQuestion) => Promise<CallState>,
): (subject: { readonly issuer: string; readonly id: string }, now: number) => Promise<boolean> {
  return function anyLive({ issuer, id }, now) {
    if (live.knowsNothingOf(issuer, id)) return nothing;
    return read({ liveOf: { issuer, subject: id, now } }).then((state) => state.live);
  };
}

const revocationsTable = "CREATE TABLE IF NOT EXISTS revocations (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT";

export function revocationStore(connection: Connection): RevocationStore {
  const { database } = connection;
  database.exec(revocationsTable);
  const announce = noticeWriter(database);
  const add = database.prepare("INSERT INTO revocations (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING");
  const lift = database.prepare("DELETE FROM revocations WHERE id = ?");
  const list = database.prepare("SELECT body FROM revocations ORDER BY rowid");
  return {
    add: (revocation, notice) =>
      connection.runAll(() => {
        add.run(revocation.id, JSON.stringify(revocation));
        if (notice !== undefined) announce(notice);
      }),
    lift: (id) => connection.run(() => lift.run(id).changes === 1),
    list: () => connection.run(() => list.all().map((row) => revocationFrom(String(row["body"])))),
    changedElsewhere: writtenElsewhere(database),
  };
}

/** Those of earlier versions do not say when they end: they do not end by themselves. */
function revocationFrom(body: string): Revocation {
  const stored = JSON.parse(body) as Omit<Revocation, "until"> & Partial<Revocation>;
  return { ...stored, until: stored.until ?? null };
}
