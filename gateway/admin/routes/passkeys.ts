import type { Express } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import type { Passkey } from "../../domain/ports.ts";
import type { ConsoleDeps } from "../deps.ts";
import { registration } from "../passkeys/credentials.ts";
import type { Passkeys, RelyingParty } from "../passkeys/passkeys.ts";
import { readBody } from "../read-request.ts";
import { type ConsoleSession, passkeysPurpose } from "../sessions.ts";
import { sessionOf } from "../browser-sessions.ts";

const label = z.string().trim().min(1, "give it a name").max(60, "must not be longer than 60 characters");
const nothing = z.strictObject({});
const added = z.strictObject({ label, answer: registration });

export interface PasskeyRow {
  readonly id: string;
  readonly label: string;
  readonly synced: boolean;
  readonly created_at: number;
  readonly used_at: number | null;
}

/** The passkeys of who is signed in. A new one votes in their name, so only a fresh proof of who they are adds it. */
export function passkeyRoutes(
  app: Express,
  { clock }: Pick<ConsoleDeps, "clock">,
  keys: Passkeys,
  party: RelyingParty | null,
): void {
  app.get("/api/passkeys", async function listPasskeys(_req, res) {
    const items = (await keys.list(sessionOf(res))).map(passkeyRow);
    res.json({ items, origins: party?.origins ?? [], now: clock.now() });
  });

  app.post("/api/passkeys/options", async function askForPasskey(req, res) {
    readBody(req, nothing);
    const session = sessionOf(res);
    assertProven(session);
    res.json(await keys.registrationOptions(session));
  });

  app.post("/api/passkeys", async function addPasskey(req, res) {
    const session = sessionOf(res);
    assertProven(session);
    const wanted = readBody(req, added);
    res.status(201).json(passkeyRow(await keys.register(session, wanted.label, wanted.answer)));
  });

  app.post("/api/passkeys/:id/remove", async function removePasskey(req, res) {
    readBody(req, nothing);
    await keys.remove(sessionOf(res), req.params.id);
    res.status(204).end();
  });
}

function assertProven({ stepUps }: ConsoleSession): void {
  if (!stepUps.some(({ purpose }) => purpose === passkeysPurpose)) throw new Refusal("step_up_required");
}

function passkeyRow({ id, label, synced, created_at, used_at }: Passkey): PasskeyRow {
  return { id, label, synced, created_at, used_at };
}
