import type { Express } from "express";
import { z } from "zod";
import type { Grant } from "../../domain/approval.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody, readQuery, whole } from "../read-request.ts";
import { sessionOf } from "../browser-sessions.ts";

const listQuery = z.strictObject({ state: z.enum(["live", "all"]).default("live"), limit: whole(1, 500).default(100) });
const revocation = z.strictObject({ reason: z.string().trim().max(1000).nullish() });

export interface GrantRow extends Omit<Grant, "binding"> {
  readonly tool: string;
  readonly agent: string;
  readonly acting_for: string | null;
  readonly session: string;
  readonly task: string | null;
}

/** What approvals have left behind; every one can be taken back, effective on the next call. */
export function grantRoutes(app: Express, { grants, clock, logger }: ConsoleDeps): void {
  app.get("/api/grants", async function listGrants(req, res) {
    const { state, limit } = readQuery(req, listQuery);
    res.json({ items: (await grants.list({ live: state === "live", limit })).map(grantRow), now: clock.now() });
  });

  app.post("/api/grants/:id/revoke", async function revokeGrant(req, res) {
    const { reason } = readBody(req, revocation);
    const { user } = sessionOf(res);
    const grant = await grants.revoke(req.params.id, user, reason || null);
    logger.info("console: grant revoked", { grant: grant.id, user });
    res.json(grantRow(grant));
  });
}

function grantRow({ binding, ...grant }: Grant): GrantRow {
  const { tool, subject, acting_for, session, task } = binding;
  return { ...grant, tool, agent: subject.id, acting_for, session, task };
}
