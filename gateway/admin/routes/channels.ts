import type { Express } from "express";
import { z } from "zod";
import type { ConsoleDeps } from "../deps.ts";
import { readBody, readQuery, whole } from "../read-request.ts";
import { sessionOf } from "../browser-sessions.ts";

const listQuery = z.strictObject({ limit: whole(1, 500).default(100) });

/** How people are told of held calls, and which messages never reached them. */
export function channelRoutes(app: Express, { channels, clock }: Pick<ConsoleDeps, "channels" | "clock">): void {
  app.get("/api/channels", async function listChannels(_req, res) {
    res.json({ items: await channels.channels(), now: clock.now() });
  });

  app.get("/api/channels/dead-letters", async function listDeadLetters(req, res) {
    const { limit } = readQuery(req, listQuery);
    res.json({ items: await channels.deadLetters(limit), now: clock.now() });
  });

  app.post("/api/channels/dead-letters/:id/retry", async function retryDeadLetter(req, res) {
    readBody(req, z.strictObject({}));
    await channels.retry(req.params.id, sessionOf(res).user);
    res.status(202).json({ id: req.params.id, state: "waiting" });
  });
}
