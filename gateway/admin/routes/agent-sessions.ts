import type { Express } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import type { DecisionRow, ReviewedCall, SessionReview } from "../../domain/ports.ts";
import type { ConsoleDeps } from "../deps.ts";
import { decisionCursor } from "../decision-queries.ts";
import { readQuery, whole } from "../read-request.ts";

/** Contains a key, which contains an issuer, a caller and a session. */
const cursor = z.string().min(1).max(8_000);
const name = z.string().min(1, "must not be empty").max(2_000);

const listQuery = z.strictObject({
  subject: name.optional(),
  session: name.optional(),
  limit: whole(1, 200).default(50),
  after: cursor.optional(),
});

const timelineQuery = z.strictObject({ limit: whole(1, 200).default(50), after: decisionCursor.optional() });

/** One call of a session: its record in the decision log, and what this process remembers of it beside. */
export interface TimelineRow extends DecisionRow {
  /** Null when the call is not in the history in memory. */
  readonly labels: readonly string[] | null;
  readonly destinations: readonly string[] | null;
}

export interface SessionDetail extends Omit<SessionReview, "history"> {
  /** The latest call first. */
  readonly timeline: readonly TimelineRow[];
  /** For `after` of the next page of the timeline; null when this is the last. */
  readonly next: string | null;
}

/** What agent runs have done. Calls and their number are in memory, labels in the store, the timeline in the decision log. */
export function agentSessionRoutes(
  app: Express,
  {
    agentSessions: sessions,
    decisions,
    clock,
    gateway,
    sharesStore,
  }: Pick<ConsoleDeps, "agentSessions" | "decisions" | "clock" | "gateway" | "sharesStore">,
): void {
  app.get("/api/sessions", async function listSessions(req, res) {
    const { subject, session, limit, after } = readQuery(req, listQuery);
    const filters = { ...(subject === undefined ? {} : { subject }), ...(session === undefined ? {} : { session }) };
    const found = await sessions.list({ ...filters, limit, ...(after === undefined ? {} : { after }) });
    res.json({ ...found, gateway, shares_store: await sharesStore(), now: clock.now() });
  });

  app.get("/api/sessions/:ref", async function showSession(req, res) {
    const { limit, after } = readQuery(req, timelineQuery);
    const session = await sessions.get(req.params.ref);
    if (session === null) throw new Refusal("resource_unknown", { hint: "this names no session" });
    const { id, subject, issuer, trust } = session;
    const page = { limit, ...(after === undefined ? {} : { after }) };
    const { rows, next } = await decisions.search({ session: id, subject, issuer, trust, ...page });
    if (session.live === null && session.labels.length === 0 && rows.length === 0 && after === undefined)
      throw new Refusal("resource_unknown", { hint: "nothing is known of this session" });
    const { history, ...known } = session;
    const detail: SessionDetail = { ...known, timeline: timelineOf(rows, history), next };
    res.json({ ...detail, now: clock.now() });
  });
}

function timelineOf(rows: readonly DecisionRow[], history: readonly ReviewedCall[]): TimelineRow[] {
  const remembered = new Map(history.map((call) => [call.decision_id, call]));
  return rows.map((row) => {
    const { labels = null, destinations = null } = remembered.get(row.decision_id) ?? {};
    return { ...row, labels, destinations };
  });
}
