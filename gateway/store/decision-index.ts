import { rmSync } from "node:fs";
import { damagedResults, sqliteResult } from "../lib/sqlite-result.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { Recent } from "../lib/caches.ts";
import { lookKey } from "../lib/look-alike.ts";
import { type CountField, decisionFields } from "../domain/decision-fields.ts";
import type {
  DecisionFilter,
  DecisionIndex,
  DecisionQuery,
  DecisionRow,
  FoundDecisions,
  FoundRecords,
} from "../domain/ports.ts";
import type { CannotStart } from "../domain/errors.ts";
import { Connection } from "./connection.ts";
import { type Database, openDatabase } from "./database.ts";
import { decisionRow, decisionValues, outcomeValues, recordsIn } from "./decision-columns.ts";
import { countInSlices, groupsOf } from "./decision-counts.ts";
import { reachOf } from "./decision-filter.ts";
import { pageOf, type Room, rowsIn } from "./decision-pages.ts";
import { countUpTo, latestTime, sliceByTime, type Span, spanBetween, spanOf, type Times } from "./decision-slices.ts";
import { unusableFile } from "./unusable-file.ts";

/**
 * The decision log made searchable, in a file of its own. Derived: a file that is lost, damaged or of another version is made
 * anew and filled from the log.
 * @throws CannotStart index_unusable for a file that cannot be opened or written now
 */
export function decisionIndex(file: string): DecisionIndex & { close(): void } {
  const { attempt, close, replaced } = replacedWhenDamaged(file);
  let cleared = 0;
  /** The numbers of the span that decisions since a time may have. */
  const timed = async ({ since, until }: DecisionFilter, span: Span): Promise<Span> => {
    if (since === undefined) return span;
    const latest = await attempt((index) => index.latest());
    const to = until === undefined || latest < until ? latest : until;
    return spanBetween(span, { from: since, to }, (times) => attempt(({ slice }) => slice(times)));
  };
  const records = async (query: DecisionQuery): Promise<FoundRecords> => {
    const span = await attempt((index) => index.span(reachOf(query)));
    const { rows, next } = await pageOf(query, span, (slice, room) =>
      attempt(({ found }) => found(query, slice, room)),
    );
    return { items: rows.map(recordsIn), next };
  };
  return {
    position: (segment) => attempt(({ position }) => position(segment)),
    add: (segment, upTo, lines) => attempt(({ add }) => add(segment, upTo, lines)),
    prune: (below) => attempt(({ prune }) => prune(below)),
    isWhole: () => isWhole(attempt),
    clear: () => {
      cleared += 1;
      return attempt(({ clear }) => clear());
    },
    generation: () => cleared + replaced(),
    search: (query) => rowsOf(query, records),
    records,
    count: async (query, by) => {
      const span = await timed(query, await attempt((index) => index.span(reachOf(query))));
      return countInSlices(by, span, (slice) => attempt(({ groups }) => groups(query, by, slice)));
    },
    get: (id) => attempt(({ get }) => get(id)),
    close,
  };
}

async function isWhole(attempt: Attempt): Promise<boolean> {
  const added = await attempt((index) => index.added());
  const latest = await attempt((index) => index.latest());
  const counted = await countUpTo(latest, (times) => attempt(({ slice }) => slice(times)));
  // While retention removes decisions, the count says nothing.
  return counted === added || added !== (await attempt((index) => index.added()));
}

type Attempt = <T>(work: (index: OpenIndex) => Promise<T>) => Promise<T>;

interface Replaceable {
  readonly attempt: Attempt;
  /** How often the file was made anew. */
  readonly replaced: () => number;
  readonly close: () => void;
}

function replacedWhenDamaged(file: string): Replaceable {
  let opened = openOrReplace(file);
  let times = 0;
  return {
    /** A damaged page shows when it is read; a full disk or a lock is no reason to lose the index. */
    async attempt(work) {
      const tried = opened;
      try {
        return await work(tried);
      } catch (failure) {
        if (!isDamage(failure)) throw failure;
        // Whoever found the damage first has made it anew already.
        if (opened === tried) {
          tried.database.close();
          times += 1;
          opened = replace(file);
        }
        return work(opened);
      }
    },
    replaced: () => times,
    close: () => opened.database.close(),
  };
}

/** Rows are short, so a page of them is full whatever the records take. */
async function rowsOf(query: DecisionQuery, records: DecisionIndex["records"]): Promise<FoundDecisions> {
  const rows: DecisionRow[] = [];
  for (let { after } = query; ;) {
    const page = await records({ ...query, ...(after && { after }), limit: query.limit - rows.length });
    rows.push(...page.items.map(decisionRow));
    if (page.next === null || rows.length === query.limit) return { rows, next: page.next };
    after = page.next;
  }
}

type OpenIndex = ReturnType<typeof openIndex>;

function openOrReplace(file: string): OpenIndex {
  try {
    return openIn(file);
  } catch (failure) {
    // What is only in the way now says nothing of the file.
    const inTheWay = unusable(file, failure);
    if (inTheWay !== null) throw inTheWay;
  }
  try {
    return replace(file);
  } catch (failure) {
    throw unusable(file, failure) ?? failure;
  }
}

const unusable = (file: string, failure: unknown): CannotStart | null =>
  unusableFile("index_unusable", "the index of the decision log", { file, failure });

function openIn(file: string): OpenIndex {
  const database = openDatabase(file);
  try {
    return openIndex(database);
  } catch (failure) {
    database.close();
    throw failure;
  }
}

function replace(file: string): OpenIndex {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  return openIn(file);
}

/** SQLITE_ERROR is that of a missing table. */
const SQLITE_ERROR = 1;

function isDamage(failure: unknown): boolean {
  const result = sqliteResult(failure);
  return result === SQLITE_ERROR || damagedResults.has(result);
}

function statementsOf(database: Database) {
  return {
    position: database.prepare("SELECT bytes, file FROM positions WHERE segment = ?"),
    advance: database.prepare(
      `INSERT INTO positions (segment, bytes, file) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes, file = excluded.file`,
    ),
    decision: database.prepare(
      `INSERT OR IGNORE INTO decisions (decision_id, seq, timestamp, line, ${decisionFields.join(", ")})
       VALUES (?, ?, ?, ?, ${decisionFields.map(() => "?").join(", ")})`,
    ),
    outcome: database.prepare(
      `UPDATE decisions SET outcome_line = ?, outcome = ?, status = ?, approval = coalesce(?, approval)
       WHERE decision_id = ?`,
    ),
    prune: database.prepare("DELETE FROM decisions WHERE seq < ?"),
    added: database.prepare("SELECT decisions FROM added"),
    count: database.prepare("UPDATE added SET decisions = decisions + ?"),
    get: database.prepare("SELECT line, outcome_line FROM decisions WHERE decision_id = ?"),
  };
}

/** @returns how many decisions are new */
function insert(statements: ReturnType<typeof statementsOf>, lines: readonly JsonObject[]): number {
  let added = 0;
  for (const line of lines) {
    if (line["kind"] === "outcome") statements.outcome.run(...outcomeValues(line));
    else if (line["kind"] === "decision" && isJsonObject(line["result"]))
      added += Number(statements.decision.run(...decisionValues(line)).changes);
  }
  return added;
}

function openIndex(database: Database) {
  const connection = new Connection(database);
  database.exec(schema);
  addLookKey(database);
  const statements = statementsOf(database);
  const position: DecisionIndex["position"] = (segment) =>
    connection.run(() => {
      const row = statements.position.get(segment);
      return { bytes: Number(row?.["bytes"] ?? 0), file: String(row?.["file"] ?? "") };
    });
  const add: DecisionIndex["add"] = (segment, { bytes, file }, lines) =>
    connection.runAll(() => {
      statements.count.run(insert(statements, lines));
      statements.advance.run(segment, bytes, file);
    });
  const get: DecisionIndex["get"] = (id) =>
    connection.run(() => {
      const row = statements.get.get(id);
      return row === undefined ? null : recordsIn(row);
    });
  return {
    database,
    position,
    add,
    get,
    found: (...asked: [DecisionFilter, Span, Room]) => connection.run(() => rowsIn(database, ...asked)),
    span: (reach: number) => connection.run(() => spanOf(database, reach)),
    latest: () => connection.run(() => latestTime(database)),
    slice: (times: Times) => connection.run(() => sliceByTime(database, times)),
    groups: (...asked: [DecisionFilter, readonly CountField[], Span]) =>
      connection.run(() => groupsOf(database, ...asked)),
    added: () => connection.run(() => Number(statements.added.get()?.["decisions"])),
    prune: (below: number) =>
      connection.runAll(() => void statements.count.run(-Number(statements.prune.run(below).changes))),
    clear: () => connection.runAll(() => database.exec(cleared)),
  };
}

const cleared = "DELETE FROM decisions; DELETE FROM positions; UPDATE added SET decisions = 0";

/** `look_key(name)` of SQL is `lookKey`. The same few names stand in many records. */
function addLookKey(database: Database): void {
  const keys = new Recent<string>(1_000);
  database.function("look_key", { deterministic: true }, (name) => {
    if (typeof name !== "string") return null;
    const known = keys.get(name) ?? lookKey(name);
    keys.set(name, known);
    return known;
  });
}

/** What is searched stands before the long texts: SQLite then reads no further. `added`: how many decisions there must be. */
const schema = `
  CREATE TABLE IF NOT EXISTS positions (segment TEXT PRIMARY KEY, bytes INTEGER NOT NULL, file TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE, timestamp TEXT NOT NULL,
    ${decisionFields.map((field) => `${field} TEXT`).join(", ")}, line TEXT NOT NULL, outcome_line TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS added (id INTEGER PRIMARY KEY CHECK (id = 1), decisions INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO added (id, decisions) VALUES (1, 0);
  CREATE INDEX IF NOT EXISTS decisions_by_time ON decisions (timestamp);
  ${(["effect", "tool", "subject", "session", "person", "task", "approval", "trace"] as const)
    .map(
      (field) =>
        `CREATE INDEX IF NOT EXISTS decisions_by_${field} ON decisions (${field}, seq) WHERE ${field} IS NOT NULL;`,
    )
    .join("\n")}
`;
