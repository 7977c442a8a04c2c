import type { Express } from "express";
import { z } from "zod";
import type { PolicyHistory, PolicyPin, ShadowAnswer } from "../../domain/ports.ts";
import { assertRole, operator, sessionOf } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody } from "../read-request.ts";

const wanted = z.strictObject({
  revision: z.string().trim().min(1).max(200),
  reason: z.string().trim().min(1).max(1000).nullish(),
  accept_older: z.boolean().default(false),
});

const accepted = z.strictObject({
  revision: z.string().trim().min(1).max(200),
  reason: z.string().trim().min(1).max(1000).nullish(),
});

/** What was active, the latest first; `active`: the revision that judges now. */
export interface HistoryAnswer {
  readonly items: ReturnType<PolicyHistory["list"]>;
  readonly pinned: PolicyPin | null;
  readonly active: string | null;
  readonly now: number;
}

/** The active policy, a candidate beside it, and the way back to one that was active. */
export function policyRoutes(
  app: Express,
  { bundles, shadow, policyHistory, clock }: Pick<ConsoleDeps, "bundles" | "shadow" | "policyHistory" | "clock">,
): void {
  app.get("/api/policy", function showPolicy(_req, res) {
    res.json({ ...bundles.status(), rules: bundles.active()?.rules ?? [], now: clock.now() });
  });

  app.get("/api/policy/shadow", function showShadow(_req, res) {
    res.json({ shadow: shadow?.report() ?? null, now: clock.now() } satisfies ShadowAnswer);
  });

  app.get("/api/policy/history", function showHistory(_req, res) {
    const active = bundles.active()?.revision ?? null;
    const [items, pinned] = [policyHistory.list(), policyHistory.pinned()];
    res.json({ items, pinned, active, now: clock.now() } satisfies HistoryAnswer);
  });

  app.post("/api/policy/activate", async function activatePolicy(req, res) {
    assertRole(sessionOf(res), operator);
    const { revision, reason = null, accept_older: acceptOlder } = readBody(req, wanted);
    res.json(await policyHistory.activate({ revision, reason, acceptOlder, by: sessionOf(res).user }));
  });

  app.post("/api/policy/accept", async function acceptChange(req, res) {
    const session = sessionOf(res);
    assertRole(session, operator);
    const { revision, reason = null } = readBody(req, accepted);
    const { account, user: name, also } = session;
    res.json(await policyHistory.accept({ revision, reason, by: { account, name, also } }));
  });
}
