import type { Express, Request } from "express";
import { z } from "zod";
import { outcome } from "../../domain/decision-record.ts";
import { asRefusal, Refusal } from "../../domain/errors.ts";
import { newContext } from "../../domain/exchange.ts";
import {
  closedView,
  type LeaseView,
  leaseView,
  openingOf,
  recordedChange,
  type RecordedLeaseChange,
} from "../../domain/lease.ts";
import type { DecisionRow } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ConsoleSession } from "../sessions.ts";
import { sessionOf } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import { decisionCursor } from "../decision-queries.ts";
import { readBody, readQuery, shortText, whole } from "../read-request.ts";

const limit = whole(1, 200).default(50);
const timelineQuery = z.strictObject({ limit, after: decisionCursor.optional() });

const listQuery = z.strictObject({
  state: z.enum(["open", "ended", "all"]).default("open"),
  parent: shortText.optional(),
  limit,
  after: shortText.optional(),
});

const closing = z.strictObject({ reason: z.string().trim().min(1, "say why").max(1_000) });

/** The task reads the rest of it, as it does for orchestrators. */
const opening = z.record(z.string(), z.json());

export interface TaskDetail extends LeaseView {
  /** The task as whoever opened it wrote it; null when the purpose says all. */
  readonly text: string | null;
  /** Its parent, that one's, and so on. */
  readonly above: readonly LeaseView[];
  /** The latest first; as many as a page has. */
  readonly parts: readonly LeaseView[];
  /** Its calls and what was done to it, the latest first. */
  readonly timeline: readonly DecisionRow[];
  /** For `after` of the next page of the timeline; null when this is the last. */
  readonly next: string | null;
}

type TaskDeps = Pick<ConsoleDeps, "tasks" | "decisions" | "clock" | "ids">;

/** Tasks: what is open, within which limits, and what was done in them. People open and close them here. */
export function taskRoutes(app: Express, deps: TaskDeps): void {
  const { tasks, clock } = deps;
  app.get("/api/tasks", async function listTasks(req, res) {
    const { parent, after, ...query } = readQuery(req, listQuery);
    const of = { ...(parent === undefined ? {} : { parent }), ...(after === undefined ? {} : { after }) };
    const found = await tasks.service.list({ ...query, ...of, limit: query.limit + 1 });
    const [now, items] = [clock.now(), found.slice(0, query.limit)];
    const next = found.length > items.length ? (items.at(-1)?.lease.id ?? null) : null;
    const mayOpen = hasRole(deps, sessionOf(res));
    res.json({ items: items.map((one) => leaseView(one, now)), next, now, may_open: mayOpen });
  });

  app.get("/api/tasks/:id", async function showTask(req, res) {
    const detail = await detailOf(deps, req.params.id, readQuery(req, timelineQuery));
    res.json({ ...detail, now: clock.now(), may_close: hasRole(deps, sessionOf(res)) });
  });

  app.post("/api/tasks", async function openTask(req, res) {
    const session = allowed(deps, sessionOf(res));
    const lease = await tasks.service.draft(readBody(req, opening), openerOf(session), tasks.issuer);
    const leaseChange = { change: openingOf(lease), message: "A person opens a task." };
    await recorded(deps, req, leaseChange, 201, () => tasks.service.open(lease));
    const [first] = (await tasks.service.get(lease.id)) ?? [];
    res.status(201).json(first === undefined ? { id: lease.id } : leaseView(first, clock.now()));
  });

  app.post("/api/tasks/:id/close", async function closeTask(req, res) {
    const session = allowed(deps, sessionOf(res));
    const { id } = req.params;
    const { reason } = readBody(req, closing);
    const change = { task: id, change: "closed", by: openerOf(session), reason } as const;
    let body: JsonObject = {};
    await recorded(deps, req, { change, message: "A person closes a task." }, 200, async () => {
      body = closedView(id, await tasks.service.close(id, session.user, reason));
    });
    res.json(body);
  });
}

/** @throws Refusal task_absent */
async function detailOf(
  { tasks, decisions, clock }: TaskDeps,
  id: string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<TaskDetail> {
  const chain = await tasks.service.get(id);
  if (chain === null) throw new Refusal("task_absent");
  const [first, ...above] = chain;
  const parts = await tasks.service.list({ state: "all", parent: id, limit });
  const { rows, next } = await decisions.search({ task: id, limit, ...(after === undefined ? {} : { after }) });
  const now = clock.now();
  return {
    ...leaseView(first, now),
    text: first.lease.text?.text ?? null,
    above: above.map((one) => leaseView(one, now)),
    parts: parts.map((one) => leaseView(one, now)),
    timeline: rows,
    next,
  };
}

/** @throws Refusal record_unavailable, and what `act` throws */
async function recorded(
  { tasks, clock, ids }: TaskDeps,
  request: Request,
  leaseChange: RecordedLeaseChange,
  status: number,
  act: () => Promise<void>,
): Promise<void> {
  const context = newContext({ decisionId: ids.make("d"), request, startedAt: clock.monotonic() });
  const failures: unknown[] = [];
  await recordedChange(tasks.record, context, leaseChange, async () => {
    try {
      await act();
      return outcome({ kind: "answered", status });
    } catch (failure) {
      failures.push(failure);
      const refusal = asRefusal(failure);
      return outcome({ kind: "refused", status: refusal.status, code: refusal.code });
    }
  });
  if (failures.length > 0) throw failures[0];
}

function openerOf({ user }: ConsoleSession) {
  return { kind: "person", issuer: null, id: user, client: null } as const;
}

function hasRole({ tasks }: TaskDeps, { roles }: ConsoleSession): boolean {
  return tasks.roles.some((role) => roles.includes(role));
}

/** @throws Refusal role_required */
function allowed(deps: TaskDeps, session: ConsoleSession): ConsoleSession {
  if (!hasRole(deps, session)) throw new Refusal("role_required", { hint: `needed: ${deps.tasks.roles.join(" or ")}` });
  return session;
}
