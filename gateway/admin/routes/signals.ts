import type { Express } from "express";
import { z } from "zod";
import type { ConsoleDeps } from "../deps.ts";
import { assertRole, operator, sessionOf } from "../browser-sessions.ts";
import { readBody } from "../read-request.ts";

/** Whether those who say when something about a caller has changed can be heard. */
export function signalRoutes(
  app: Express,
  { signals, clock, logger }: Pick<ConsoleDeps, "signals" | "clock" | "logger">,
) {
  app.get("/api/signals", async function listSignals(_req, res) {
    res.json({ items: await signals.list(), now: clock.now() });
  });

  /** Answers when the verification event has come, or has not in time. */
  app.post("/api/signals/:id/verify", async function verifySignals(req, res) {
    const session = sessionOf(res);
    assertRole(session, operator);
    readBody(req, z.strictObject({}));
    const ms = Math.round(await signals.verify(req.params.id));
    logger.info("console: a stream of signals was verified", { transmitter: req.params.id, user: session.user, ms });
    res.json({ id: req.params.id, verified: true, ms });
  });
}
