import type { Express } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import type { ConnectionEnd, EndedEverywhere, PersonConnection } from "../../domain/ports.ts";
import { assertRole, operator, sessionOf } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody } from "../read-request.ts";

const ending = z.strictObject({ reason: z.string().trim().min(1, "say why").max(1000) });

/** One connected account as operators see it. Times are milliseconds since the epoch. */
export interface ConnectionRow {
  /** Of this connection: connecting again makes another one. */
  readonly id: string;
  /** Null when their account here is gone. */
  readonly person: string | null;
  /** Id of their account here. */
  readonly account: string;
  readonly credential: string;
  /** Null when the credential is not configured any more. */
  readonly label: string | null;
  /** What the other side calls the person. */
  readonly upstream: string | null;
  readonly scopes: readonly string[];
  readonly connected_at: number;
  readonly used_at: number | null;
  readonly used_by: string | null;
  /** End of the latest token; null when the other side did not say. */
  readonly token_ends_at: number | null;
  /** Whether another one follows without the person. */
  readonly renewed: boolean;
  readonly state: "connected" | "ended";
  readonly why: ConnectionEnd | null;
  readonly reason: string | null;
  readonly ended_at: number | null;
}

/** The answer to an operator who disconnected somebody. */
export interface EndedConnectionAnswer {
  readonly id: string;
  readonly matched: EndedEverywhere;
}

/** Who is connected to what, for operators. Of what is sealed nothing gets here. */
export function connectionRoutes(
  app: Express,
  { connectedAccounts: known, clock }: Pick<ConsoleDeps, "connectedAccounts" | "clock">,
): void {
  app.get("/api/connections", async function listConnections(_req, res) {
    assertRole(sessionOf(res), operator);
    res.json({ items: ((await known?.everybodys()) ?? []).map(rowOf), now: clock.now() });
  });

  app.post("/api/connections/:id/disconnect", async function disconnectPerson(req, res) {
    assertRole(sessionOf(res), operator);
    const { reason } = readBody(req, ending);
    if (known === null) throw new Refusal("connection_unknown");
    const { id } = req.params;
    const matched = await known.disconnectFor(id, { by: sessionOf(res).user, reason });
    res.json({ id, matched } satisfies EndedConnectionAnswer);
  });
}

function rowOf({ id, person, account, credential, label, upstream, scopes, ended, ...of }: PersonConnection) {
  return {
    id,
    person,
    account,
    credential,
    label,
    upstream,
    scopes,
    connected_at: of.connectedAt,
    used_at: of.usedAt,
    used_by: of.usedBy,
    token_ends_at: of.tokenEndsAt,
    renewed: of.isRenewed,
    state: ended === null ? "connected" : "ended",
    why: ended?.why ?? null,
    reason: ended?.reason ?? null,
    ended_at: ended?.at ?? null,
  } satisfies ConnectionRow;
}
