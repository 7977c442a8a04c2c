import type { Express } from "express";
import { z } from "zod";
import { definitionKinds } from "../../domain/definition-kinds.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody, readQuery, whole } from "../read-request.ts";
import { assertRole, sessionOf } from "../browser-sessions.ts";

const ofServer = z.strictObject({
  server: z.string().min(1).max(2_000).optional(),
  limit: whole(1, 1_000).default(100),
});
const name = z.string().min(1).max(2_000);
const acceptance = z.strictObject({
  server: name,
  kind: z.enum(definitionKinds).default("tool"),
  name,
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});

/** Tools, prompts and resources, and their definitions: what was listed, what changed since it was pinned, what waits, and accepting it. */
export function toolRoutes(app: Express, { definitions, clock, logger }: ConsoleDeps): void {
  app.get("/api/tools/changes", async function listChanges(req, res) {
    const { server = null, limit } = readQuery(req, ofServer);
    res.json({ ...(await definitions.changes({ server, limit })), now: clock.now() });
  });

  app.get("/api/tools/waiting", async function listWaiting(req, res) {
    const { server = null, limit } = readQuery(req, ofServer);
    res.json({ ...(await definitions.waiting({ server, limit })), now: clock.now() });
  });

  app.get("/api/tools", async function listKnown(req, res) {
    const { server = null, limit } = readQuery(req, ofServer);
    res.json({ ...(await definitions.known({ server, limit })), now: clock.now() });
  });

  app.post("/api/tools/accept", async function acceptDefinition(req, res) {
    assertRole(sessionOf(res), "operator");
    const accepted = readBody(req, acceptance);
    const by = sessionOf(res).user;
    await definitions.accept({ ...accepted, by, at: clock.now() });
    logger.info("console: definition accepted", { ...accepted, user: by });
    res.json(accepted);
  });
}
