import type { JsonObject, JsonValue } from "../domain/json.ts";
import type { DecisionIndex, DecisionQuery, DecisionRow } from "../domain/ports.ts";
import type { Database } from "./database.ts";

/** The decision log made searchable. Derived: losing this file loses nothing, it is filled again from the log. */
export function decisionIndex(database: Database): DecisionIndex {
  database.exec(schema);
  const statements = {
    position: database.prepare("SELECT bytes FROM positions WHERE segment = ?"),
    advance: database.prepare(
      "INSERT INTO positions (segment, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
    ),
    decision: database.prepare(
      `INSERT OR IGNORE INTO decisions (decision_id, seq, timestamp, effect, tool, subject, session, codes, line)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    outcome: database.prepare("UPDATE decisions SET outcome = ? WHERE decision_id = ?"),
    get: database.prepare("SELECT line, outcome FROM decisions WHERE decision_id = ?"),
  };
  return {
    position: (segment) => Number(statements.position.get(segment)?.["bytes"] ?? 0),
    add: (segment, upTo, lines) => {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const line of lines) {
          if (line["kind"] === "outcome") statements.outcome.run(JSON.stringify(line), text(line["decision_id"]));
          else statements.decision.run(...decisionValues(line));
        }
        statements.advance.run(segment, upTo);
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    search: (query) => search(database, query),
    get: (id) => {
      const row = statements.get.get(id);
      if (row === undefined) return null;
      const outcome = row["outcome"];
      return { decision: parse(row["line"]), outcome: outcome === null ? null : parse(outcome) };
    },
  };
}

const schema = `
  CREATE TABLE IF NOT EXISTS positions (segment TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS decisions (
    seq INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE, timestamp TEXT NOT NULL, effect TEXT NOT NULL,
    tool TEXT, subject TEXT, session TEXT, codes TEXT NOT NULL, line TEXT NOT NULL, outcome TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS decisions_by_effect ON decisions (effect, seq);
  CREATE INDEX IF NOT EXISTS decisions_by_tool ON decisions (tool, seq);
  CREATE INDEX IF NOT EXISTS decisions_by_time ON decisions (timestamp);
`;

function decisionValues(line: JsonObject) {
  const result = line["result"] as JsonObject;
  const codes = (result["reasons"] as readonly JsonObject[]).map((reason) => text(reason["code"]));
  return [
    text(line["decision_id"]),
    Number(line["seq"]),
    text(line["timestamp"]),
    text(result["effect"]),
    line["tool"] as string | null,
    line["subject"] as string | null,
    line["session"] as string | null,
    ` ${codes.join(" ")} `,
    JSON.stringify(line),
  ] as const;
}

function search(database: Database, query: DecisionQuery): ReturnType<DecisionIndex["search"]> {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...bound: (string | number)[]): void => {
    where.push(sql);
    values.push(...bound);
  };
  if (query.effect !== undefined) add("effect = ?", query.effect);
  if (query.tool !== undefined) add("tool = ?", query.tool);
  if (query.subject !== undefined) add("subject = ?", query.subject);
  if (query.session !== undefined) add("session = ?", query.session);
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

function decisionRow(line: JsonObject, outcomeText: unknown): DecisionRow {
  const result = line["result"] as JsonObject;
  const reasons = result["reasons"] as readonly JsonObject[];
  const outcome = outcomeText === null ? null : parse(outcomeText);
  const bundle = (line["bundles"] as JsonObject)["sallyport"] as JsonObject | undefined;
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
    revision: optional(bundle?.["revision"]),
    outcome: optional(outcome?.["outcome"]),
    status: outcome === null ? null : (outcome["status"] as number | null),
    duration_ms: outcome === null ? null : Number(outcome["duration_ms"]),
  };
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
