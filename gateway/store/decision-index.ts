import { rmSync } from "node:fs";
import { damagedResults, sqliteResult } from "../lib/sqlite-result.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { Recent } from "../lib/caches.ts";
import { lookKey } from "../lib/look-alike.ts";
import type { DecisionIndex, DecisionQuery, DecisionRow, FoundDecisions, LooselyNamed } from "../domain/ports.ts";
import { Connection } from "./connection.ts";
import { type Database, openDatabase } from "./database.ts";

/**
 * The decision log made searchable, in a file of its own. Derived: a file that is lost, damaged or of another version is made
 * anew and filled from the log.
 */
export function decisionIndex(file: string): DecisionIndex & { close(): void } {
  let opened = openOrReplace(file);
  /** A damaged page shows when it is read; a full disk or a lock is no reason to lose the index. */
  async function attempt<T>(work: (index: OpenIndex) => Promise<T>): Promise<T> {
    const tried = opened;
    try {
      return await work(tried);
    } catch (failure) {
      if (!isDamage(failure)) throw failure;
      // Whoever found the damage first has made it anew already.
      if (opened === tried) {
        tried.database.close();
        opened = replace(file);
      }
      return work(opened);
    }
  }
  return {
    position: (segment) => attempt(({ position }) => position(segment)),
    add: (segment, upTo, lines) => attempt(({ add }) => add(segment, upTo, lines)),
    prune: (below) => attempt(({ prune }) => prune(below)),
    clear: () => attempt(({ clear }) => clear()),
    search: (query) => attempt(({ search }) => search(query)),
    get: (id) => attempt(({ get }) => get(id)),
    close: () => opened.database.close(),
  };
}

type OpenIndex = ReturnType<typeof openIndex>;

function openOrReplace(file: string): OpenIndex {
  try {
    return openIn(file);
  } catch {
    return replace(file);
  }
}

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
      `INSERT OR IGNORE INTO decisions (decision_id, seq, timestamp, effect, tool, subject, session, codes, line)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    outcome: database.prepare("UPDATE decisions SET outcome = ? WHERE decision_id = ?"),
    prune: database.prepare("DELETE FROM decisions WHERE seq < ?"),
    get: database.prepare("SELECT line, outcome FROM decisions WHERE decision_id = ?"),
  };
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
      for (const line of lines) {
        if (line["kind"] === "outcome") statements.outcome.run(JSON.stringify(line), text(line["decision_id"]));
        else if (line["kind"] === "decision" && isJsonObject(line["result"]))
          statements.decision.run(...decisionValues(line, line["result"]));
      }
      statements.advance.run(segment, bytes, file);
    });
  const get: DecisionIndex["get"] = (id) =>
    connection.run(() => {
      const row = statements.get.get(id);
      if (row === undefined) return null;
      const outcome = row["outcome"];
      return { decision: parse(row["line"]), outcome: outcome === null ? null : parse(outcome) };
    });
  return {
    database,
    position,
    add,
    get,
    search: (query: DecisionQuery) => connection.run(() => searched(database, query)),
    prune: (below: number) => connection.run(() => void statements.prune.run(below)),
    clear: () => connection.runAll(() => database.exec("DELETE FROM decisions; DELETE FROM positions")),
  };
}

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

/** Written so in the index and in the search: SQLite takes the index only for the same expression. */
const actingFor = "(line ->> '$.acting_for')";
const task = "(line ->> '$.task')";

const schema = `
  CREATE TABLE IF NOT EXISTS positions (segment TEXT PRIMARY KEY, bytes INTEGER NOT NULL, file TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE, timestamp TEXT NOT NULL, effect TEXT NOT NULL,
    tool TEXT, subject TEXT, session TEXT, codes TEXT NOT NULL, line TEXT NOT NULL, outcome TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS decisions_by_effect ON decisions (effect, seq);
  CREATE INDEX IF NOT EXISTS decisions_by_tool ON decisions (tool, seq);
  CREATE INDEX IF NOT EXISTS decisions_by_session ON decisions (session, seq) WHERE session IS NOT NULL;
  CREATE INDEX IF NOT EXISTS decisions_by_time ON decisions (timestamp);
  CREATE INDEX IF NOT EXISTS decisions_by_person ON decisions (${actingFor}) WHERE ${actingFor} IS NOT NULL;
  CREATE INDEX IF NOT EXISTS decisions_by_task ON decisions (${task}, seq) WHERE ${task} IS NOT NULL;
`;

function decisionValues(line: JsonObject, result: JsonObject) {
  return [
    text(line["decision_id"]),
    Number(line["seq"]),
    text(line["timestamp"]),
    text(result["effect"]),
    optional(line["tool"]),
    optional(line["subject"]),
    optional(line["session"]),
    ` ${reasonsOf(result)
      .map((reason) => text(reason["code"]))
      .join(" ")} `,
    JSON.stringify(line),
  ] as const;
}

function searched(database: Database, query: DecisionQuery): FoundDecisions {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...bound: (string | number)[]): void => {
    where.push(sql);
    values.push(...bound);
  };
  if (query.effect !== undefined) add("effect = ?", query.effect);
  if (query.tool !== undefined) add("tool = ?", query.tool);
  if (query.subject !== undefined) add("subject = ?", query.subject);
  if (query.actingFor !== undefined) add(`${actingFor} = ?`, query.actingFor);
  if (query.session !== undefined) add("session = ?", query.session);
  if (query.issuer !== undefined) add(saysOrNothing("$.input.subject.properties.issuer"), query.issuer);
  if (query.trust !== undefined) add(saysOrNothing("$.input.context.session.trust"), query.trust);
  if (query.client !== undefined) add(`${recent} AND ${client} = ?`, query.client);
  if (query.key !== undefined) add(`${recent} AND ${key} = ?`, query.key);
  if (query.task !== undefined) add(`${task} = ?`, query.task);
  if (query.actor !== undefined) add(`${recent} AND EXISTS (SELECT 1 FROM ${actors} WHERE value = ?)`, query.actor);
  if (query.like !== undefined) add(`${recent} AND ${looksLike[query.like.kind]}`, lookKey(query.like.name));
  if (query.code !== undefined) add("instr(codes, ?) > 0", ` ${query.code} `);
  if (query.text !== undefined) {
    add(
      "instr(lower(coalesce(tool,'') || ' ' || coalesce(subject,'') || codes || decision_id), ?) > 0",
      query.text.toLowerCase(),
    );
  }
  if (query.since !== undefined) add("timestamp >= ?", query.since);
  if (query.until !== undefined) add("timestamp < ?", query.until);
  if (query.after !== undefined) add("seq < ?", Number(query.after));
  const filter = where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`;
  const sql = `SELECT seq, line, outcome FROM decisions ${filter} ORDER BY seq DESC LIMIT ?`;
  const found = database.prepare(sql).all(...values, query.limit + 1);
  const rows = found.slice(0, query.limit).map((row) => decisionRow(parse(row["line"]), row["outcome"]));
  return { rows, next: found.length > query.limit ? String(rows.at(-1)?.seq ?? "") : null };
}

/** What has no index is looked for in so many records only: SQLite answers within the turn, and calls wait for it. */
const recent = "seq > (SELECT coalesce(max(seq), 0) - 20000 FROM decisions)";
const client = "line ->> '$.input.subject.properties.client_id'";
const key = "line ->> '$.input.subject.properties.proof.key'";
const actors = "json_each(line, '$.input.subject.properties.actor_chain')";

/** The name is bound once in each. */
const looksLike: Readonly<Record<LooselyNamed, string>> = {
  subject: `? IN (SELECT look_key(subject) UNION ALL SELECT look_key(${actingFor}) UNION ALL SELECT look_key(value) FROM ${actors})`,
  client: `look_key(${client}) = ?`,
  key: `look_key(${key}) = ?`,
  session: "look_key(session) = ?",
  tool: "look_key(tool) = ?",
};

function saysOrNothing(path: string): string {
  return `coalesce(line ->> '${path}' = ?, TRUE)`;
}

function decisionRow(line: JsonObject, outcomeText: unknown): DecisionRow {
  const result = line["result"] as JsonObject;
  const reasons = reasonsOf(result);
  const outcome = outcomeText === null ? null : parse(outcomeText);
  const bundle = isJsonObject(line["bundles"]) ? line["bundles"]["sallyport"] : null;
  return {
    decision_id: text(line["decision_id"]),
    seq: Number(line["seq"]),
    timestamp: text(line["timestamp"]),
    effect: text(result["effect"]),
    action: optional(line["action"]),
    tool: optional(line["tool"]),
    subject: optional(line["subject"]),
    session: optional(line["session"]),
    protocol: optional(line["protocol"]),
    codes: reasons.map((reason) => text(reason["code"])),
    message: optional(reasons[0]?.["message"]),
    revision: optional(isJsonObject(bundle) ? bundle["revision"] : null),
    outcome: optional(outcome?.["outcome"]),
    status: outcome === null ? null : (outcome["status"] as number | null),
    duration_ms: outcome === null ? null : Number(outcome["duration_ms"]),
  };
}

function reasonsOf({ reasons }: JsonObject): JsonObject[] {
  return Array.isArray(reasons) ? reasons.filter(isJsonObject) : [];
}

function parse(value: unknown): JsonObject {
  return JSON.parse(String(value)) as JsonObject;
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function optional(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
