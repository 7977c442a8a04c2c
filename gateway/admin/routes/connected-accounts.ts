import type { Express } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import type { ConnectableAccount, ConnectedAccounts, ConnectionEnd } from "../../domain/ports.ts";
import { sessionOf } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody } from "../read-request.ts";

/** The page that people come back to from the other side; it hands on what stands in its address. */
export const callbackPage = "/connected-accounts/callback/:name";

const nothing = z.strictObject({});
const ending = z.strictObject({ parameters: z.string().max(8_192) });

export interface ConnectedAccountRow {
  readonly name: string;
  readonly label: string;
  /** What the person consented to, or is asked for. */
  readonly scopes: readonly string[];
  /** ended: connected once, and no longer of use. */
  readonly state: "connected" | "not_connected" | "ended";
  readonly why: ConnectionEnd | null;
  /** What an operator said who ended it. */
  readonly reason: string | null;
  /** What the other side calls the person. */
  readonly upstream: string | null;
  readonly connected_at: number | null;
  readonly used_at: number | null;
  readonly used_by: string | null;
}

/** The accounts of who is signed in, whatever their roles: what is theirs is read from the session alone. */
export function connectedAccountRoutes(
  app: Express,
  { connectedAccounts: known, clock, publicUrl }: Pick<ConsoleDeps, "connectedAccounts" | "clock" | "publicUrl">,
): void {
  app.get("/api/connected-accounts", async function listAccounts(_req, res) {
    const items = (await known?.list(sessionOf(res).account)) ?? [];
    res.json({ items: items.map(rowOf), origin: new URL(publicUrl).origin, now: clock.now() });
  });

  app.post("/api/connected-accounts/:name/connect", async function connect(req, res) {
    readBody(req, nothing);
    res.json(await given(known).begin(sessionOf(res).account, req.params.name));
  });

  app.post("/api/connected-accounts/:name/finish", async function finish(req, res) {
    const { parameters } = readBody(req, ending);
    await given(known).finish(sessionOf(res).account, req.params.name, parameters);
    res.status(204).end();
  });

  app.post("/api/connected-accounts/:name/disconnect", async function disconnect(req, res) {
    readBody(req, nothing);
    await given(known).disconnect(sessionOf(res).account, req.params.name, sessionOf(res).user);
    res.status(204).end();
  });
}

function given(known: ConnectedAccounts | null): ConnectedAccounts {
  if (known === null) throw new Refusal("connection_unknown");
  return known;
}

function rowOf({ name, label, scopes, connected }: ConnectableAccount): ConnectedAccountRow {
  return {
    name,
    label,
    scopes: connected?.scopes ?? scopes,
    state: connected === null ? "not_connected" : connected.ended === null ? "connected" : "ended",
    why: connected?.ended?.why ?? null,
    reason: connected?.ended?.reason ?? null,
    upstream: connected?.upstream ?? null,
    connected_at: connected?.connectedAt ?? null,
    used_at: connected?.usedAt ?? null,
    used_by: connected?.usedBy ?? null,
  };
}
