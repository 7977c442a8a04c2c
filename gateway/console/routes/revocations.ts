import type { Express } from "express";
import { z } from "zod";
import type { ConsoleDeps } from "../deps.ts";
import { readBody } from "../read-request.ts";
import { assertRole, operator, sessionOf } from "../signed-in.ts";

const text = z.string().trim().min(1).max(500);
const reason = z.string().trim().min(1, "say why").max(1000);

const wanted = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("gateway"), reason }),
  z.strictObject({ kind: z.enum(["subject", "session"]), issuer: text.nullish(), target: text, reason }),
  z.strictObject({ kind: z.literal("task"), target: text, reason }),
]);

/** Ending access before its time, and the kill switch. Effective on the next call; what is held under it ends at once. */
export function revocationRoutes(app: Express, { revocations, clock }: ConsoleDeps): void {
  app.get("/api/revocations", function listRevocations(_req, res) {
    res.json({ items: revocations.list(), now: clock.now() });
  });

  app.post("/api/revocations", function revoke(req, res) {
    assertRole(sessionOf(res), operator);
    const asked = readBody(req, wanted);
    const by = sessionOf(res).user;
    const issuer = "issuer" in asked ? (asked.issuer ?? null) : null;
    const target = "target" in asked ? asked.target : null;
    res.status(201).json(revocations.revoke({ kind: asked.kind, issuer, target, reason: asked.reason, by }));
  });

  app.post("/api/revocations/:id/lift", function lift(req, res) {
    assertRole(sessionOf(res), operator);
    readBody(req, z.strictObject({}));
    revocations.lift(req.params.id, sessionOf(res).user);
    res.status(204).end();
  });
}
