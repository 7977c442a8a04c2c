import type { SQLInputValue } from "node:sqlite";
import type { ApprovalFilter } from "../domain/ports.ts";
import type { Database } from "./database.ts";

/** What people know a call by: what it does, which tool, which agent, for whom. */
const words = ["$.requirement.summary", "$.binding.tool", "$.binding.subject.id", "$.binding.acting_for"]
  .map((path) => `coalesce(json_extract(body, '${path}'), '')`)
  .join(" || char(10) || ");

/** The clock that runs: until somebody decides, then until it is executed. */
const deadline = "CASE state WHEN 'approved' THEN coalesce(execute_by, approve_by) ELSE approve_by END";

const orders = {
  newest: { key: "created", next: "<", last: "min", edge: ">=", by: "DESC" },
  deadline: { key: deadline, next: ">", last: "max", edge: "<=", by: "ASC" },
} as const;

/**
 * One page of approvals, the newest first or the one whose clock runs out first. A page never ends between two of the same
 * millisecond: the next one begins behind `from`, and would leave out the rest of it.
 */
export function approvalRows(database: Database, filter: ApprovalFilter): unknown[] {
  const { states, limit, order = "newest", from, text } = filter;
  const { key, next, last, edge, by } = orders[order];
  const conditions = [`state IN (${states.map(() => "?").join(", ")})`];
  const values: SQLInputValue[] = [...states];
  if (from !== undefined) {
    conditions.push(`${key} ${next} ?`);
    values.push(from);
  }
  if (text !== undefined) {
    conditions.push(`instr(lower(${words}), lower(?)) > 0`);
    values.push(text);
  }
  const chosen = `FROM approvals WHERE ${conditions.join(" AND ")}`;
  const sql = `SELECT * ${chosen} AND ${key} ${edge} (
      SELECT ${last}(at) FROM (SELECT ${key} AS at ${chosen} ORDER BY at ${by} LIMIT ?)
    ) ORDER BY ${key} ${by}, rowid ${by}`;
  return database.prepare(sql).all(...values, ...values, limit);
}
