import type { Express, Response } from "express";
import { z } from "zod";
import { type Approval, type ApprovalState, approvalTransitions, openStates } from "../../domain/approval.ts";
import { Refusal } from "../../domain/errors.ts";
import { approvalCard, type ApprovalCard, approvalRow } from "../approval-view.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody, readQuery, whole } from "../read-request.ts";
import { sessionOf } from "../signed-in.ts";

const closedStates = (Object.keys(approvalTransitions) as ApprovalState[]).filter(
  (state) => !openStates.includes(state),
);
/** How many earlier items are searched for one to compare with. */
const historyDepth = 200;

const listQuery = z.strictObject({
  state: z.enum(["open", "closed"]).default("open"),
  limit: whole(1, 200).default(50),
  before: whole(0, Number.MAX_SAFE_INTEGER).optional(),
});

const ballot = z.strictObject({
  vote: z.enum(["approve", "deny"]),
  reason: z.string().max(1000, "must not be longer than 1000 characters").nullish(),
  action_digest: z.string().min(1).max(200),
});

type ApprovalDeps = Pick<ConsoleDeps, "desk" | "bundles" | "clock" | "logger">;

export function approvalRoutes(app: Express, deps: ApprovalDeps): void {
  app.get("/api/approvals", function listApprovals(req, res) {
    const { state, limit, before } = readQuery(req, listQuery);
    const states = state === "open" ? openStates : closedStates;
    const items = deps.desk.list({ states, limit, ...(before === undefined ? {} : { before }) });
    res.json({ items: items.map(approvalRow), now: deps.clock.now() });
  });

  app.get("/api/approvals/:id", function showApproval(req, res) {
    const approval = deps.desk.get(req.params.id);
    if (approval === null) throw new Refusal("resource_unknown", { hint: "no approval with this id" });
    res.json({ ...card(deps, approval, res), now: deps.clock.now() });
  });

  app.post("/api/approvals/:id/vote", function vote(req, res) {
    const { vote: choice, reason, action_digest } = readBody(req, ballot);
    const approval = deps.desk.get(req.params.id);
    if (approval === null) throw new Refusal("resource_unknown", { hint: "no approval with this id" });
    const said = reason?.trim() || null;
    // From the session alone: who votes is never read from the request.
    const { user, roles } = sessionOf(res);
    const approver = { id: user, name: user, roles, method: "password" } as const;
    const after = deps.desk.vote(approval.id, action_digest, approver, choice, said);
    deps.logger.info("console: vote", { approval: approval.id, user, vote: choice, state: after.state });
    res.json({ ...card(deps, after, res), now: deps.clock.now() });
  });
}

function card(deps: ApprovalDeps, approval: Approval, res: Response): ApprovalCard {
  const history = [openStates, closedStates].flatMap((states) => deps.desk.list({ states, limit: historyDepth }));
  return approvalCard(approval, {
    history,
    policy: deps.bundles.active(),
    reader: sessionOf(res),
    now: deps.clock.now(),
  });
}
