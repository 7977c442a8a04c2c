import type { Express } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import type { ConsoleDeps } from "../deps.ts";
import { mayMatch, type KnownDeps } from "../known-target.ts";
import { readBody } from "../read-request.ts";
import type { Sessions } from "../sessions.ts";
import { assertRole, operator, sessionOf, stillSignedIn } from "../signed-in.ts";

const text = z.string().trim().min(1).max(500);
const reason = z.string().trim().min(1, "say why").max(1000);

const wanted = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("gateway"), reason }),
  z.strictObject({
    ...{ kind: z.enum(["subject", "session"]), issuer: text.nullish(), target: text, reason },
    // Nothing known has this id yet, and that is meant.
    anyway: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal("task"), target: text, reason }),
]);

interface RevocationDeps extends KnownDeps, Pick<ConsoleDeps, "revocations" | "clock" | "logger"> {
  readonly sessions: Pick<Sessions, "find">;
}

/** Ending access before its time, and the kill switch. Effective on the next call; what is held under it ends at once. */
export function revocationRoutes(app: Express, deps: RevocationDeps): void {
  const { revocations, clock } = deps;
  app.get("/api/revocations", function listRevocations(_req, res) {
    res.json({ items: revocations.list(), now: clock.now() });
  });

  app.post("/api/revocations", async function revoke(req, res) {
    assertRole(sessionOf(res), operator);
    const asked = readBody(req, wanted);
    const by = sessionOf(res).user;
    const { kind } = asked;
    if (kind === "task") throw new Refusal("revocation_task");
    const issuer = kind === "gateway" ? null : (asked.issuer ?? null);
    const target = kind === "gateway" ? null : asked.target;
    if (kind !== "gateway" && !asked.anyway) {
      if (!(await mayMatch(deps, { kind, target: asked.target, issuer }))) throw new Refusal("revocation_unmatched");
      // It was looked up for a while, and the role may be lost since.
      assertRole(stillSignedIn(deps.sessions, sessionOf(res)), operator);
    }
    res.status(201).json(revocations.revoke({ kind, issuer, target, reason: asked.reason, by }));
  });

  app.post("/api/revocations/:id/lift", function lift(req, res) {
    assertRole(sessionOf(res), operator);
    readBody(req, z.strictObject({}));
    revocations.lift(req.params.id, sessionOf(res).user);
    res.status(204).end();
  });
}
