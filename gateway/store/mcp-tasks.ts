import { parseExact } from "../lib/json.ts";
import type { McpTaskStore, TaskChange } from "../domain/ports.ts";
import type { McpTask, McpTaskState, StoredRequest, TaskAnswer } from "../domain/tasks.ts";
import { purging } from "./purging.ts";
import type { Sql } from "./sql.ts";
import { parseJson } from "../lib/parse-json.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS mcp_tasks (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, run TEXT NOT NULL, route TEXT NOT NULL, tool TEXT NOT NULL,
    approval TEXT, request TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL, process TEXT, answer TEXT,
    upstream_task TEXT, note TEXT, created INTEGER NOT NULL, changed INTEGER NOT NULL, expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS mcp_tasks_by_owner ON mcp_tasks (owner, created);
  CREATE INDEX IF NOT EXISTS mcp_tasks_by_approval ON mcp_tasks (approval) WHERE approval IS NOT NULL;
  CREATE INDEX IF NOT EXISTS mcp_tasks_by_expiry ON mcp_tasks (expires);
`;

/** MCP tasks; several processes may share the store. The question who asks is part of every look. */
export function mcpTaskStore(sql: Sql): McpTaskStore {
  const run = statements(sql);
  const purge = purging(sql, "mcp_tasks", "expires <= ?");
  return {
    insert: (task, mostOpen) =>
      sql.transaction("tasks", function* () {
        if (Number((yield* run.open.step.get(task.owner, task.created))?.["n"] ?? 0) >= mostOpen) return false;
        return (yield* run.insert.step.run(...valuesOf(task))) === 1;
      }),
    get: async (id, owner, now) => fromRow(await run.get.get(id, owner, now)),
    about: async (approval, owner, now) => fromRows(await run.about.all(approval, owner, now)),
    list: async (owner, now, limit, after) => fromRows(await run.list.all(owner, now, after, limit)),
    move: async (id, from, change, now) => (await run.move.run(...changeValues(id, from, change, now))) === 1,
    purge: async (now) => void (await purge(now)),
  };
}

const kept = "expires > ?";

function statements(sql: Sql) {
  sql.define(schema);
  return {
    insert: sql.prepare(
      `INSERT INTO mcp_tasks (id, owner, run, route, tool, approval, request, body, state, process, answer, upstream_task,
       note, created, changed, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    get: sql.prepare(`SELECT * FROM mcp_tasks WHERE id = ? AND owner = ? AND ${kept}`),
    about: sql.prepare(
      `SELECT * FROM mcp_tasks WHERE approval = ? AND owner = ? AND ${kept} ORDER BY created DESC, rowid DESC`,
    ),
    list: sql.prepare(
      `SELECT * FROM mcp_tasks WHERE owner = ?1 AND expires > ?2
       AND (CAST(?3 AS TEXT) IS NULL OR (created, rowid) < (SELECT created, rowid FROM mcp_tasks WHERE id = ?3 AND owner = ?1))
       ORDER BY created DESC, rowid DESC LIMIT ?4`,
    ),
    open: sql.prepare(
      `SELECT count(*) AS n FROM mcp_tasks WHERE owner = ? AND ${kept} AND state NOT IN ('answered', 'cancelled')`,
    ),
    move: sql.prepare(
      `UPDATE mcp_tasks SET state = ?1, approval = coalesce(?2, approval), process = coalesce(?3, process),
       answer = coalesce(?4, answer), upstream_task = coalesce(?5, upstream_task), note = coalesce(?6, note), changed = ?7
       WHERE id = ?8 AND state = ?9`,
    ),
  };
}

function valuesOf(task: McpTask) {
  const { body, ...request } = task.request;
  return [
    task.id,
    task.owner,
    task.run,
    task.route,
    task.tool,
    task.approval,
    JSON.stringify(request),
    body,
    task.state,
    task.process,
    task.answer && JSON.stringify(task.answer),
    task.upstream_task,
    task.note,
    task.created,
    task.changed,
    task.expires,
  ];
}

function changeValues(id: string, from: McpTaskState, change: TaskChange, now: number) {
  const { state, approval = null, process = null, answer = null, upstream_task = null, note = null } = change;
  return [state, approval, process, answer && JSON.stringify(answer), upstream_task, note, now, id, from] as const;
}

function fromRows(rows: readonly Record<string, unknown>[]): McpTask[] {
  return rows.flatMap((row) => fromRow(row) ?? []);
}

/** `rowid` is a column where the engine has none of its own. */
interface Row extends Omit<McpTask, "request" | "answer"> {
  readonly request: string;
  readonly body: Uint8Array;
  readonly answer: string | null;
  readonly rowid?: number;
}

function fromRow(row: Record<string, unknown> | undefined): McpTask | null {
  if (row === undefined) return null;
  const { request, body, answer, rowid: _, ...rest } = row as unknown as Row;
  return {
    ...rest,
    request: { ...(parseJson(request) as Omit<StoredRequest, "body">), body: Buffer.from(body) },
    answer: answer === null ? null : (parseExact(answer) as TaskAnswer),
  };
}
