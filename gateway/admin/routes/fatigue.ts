import type { Express } from "express";
import { z } from "zod";
import type { ConsoleDeps } from "../deps.ts";
import { readQuery, whole } from "../read-request.ts";

const window = z.strictObject({ days: whole(1, 30).default(30), fast: whole(1, 600).default(5) });

/** How people decide: how often they approve and how long they look. */
export function fatigueRoute(app: Express, { fatigue, clock }: Pick<ConsoleDeps, "fatigue" | "clock">): void {
  app.get("/api/approvals-fatigue", async function showFatigue(req, res) {
    const { days, fast } = readQuery(req, window);
    res.json({ ...(await fatigue.report({ days, fastS: fast })), now: clock.now() });
  });
}
