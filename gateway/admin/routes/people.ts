import type { Express } from "express";
import { z } from "zod";
import { type Account, isVouchedFor } from "../../domain/account.ts";
import { Refusal } from "../../domain/errors.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody } from "../read-request.ts";
import { assertRole, operator, sessionOf } from "../browser-sessions.ts";

const removal = z.strictObject({ reason: z.string().trim().min(1, "say why").max(1000) });

export interface PersonRow extends Pick<Account, "id" | "name" | "roles" | "teams" | "also" | "created_at"> {
  /** Null for users of the configuration. */
  readonly issuer: string | null;
  readonly subject: string | null;
  /** When the provider last said who this is, in milliseconds since the epoch. */
  readonly verified_at: number | null;
  readonly may_sign_in: boolean;
  readonly passkeys: number;
}

interface PeopleDeps extends Pick<
  ConsoleDeps,
  "accounts" | "passkeys" | "connectedAccounts" | "clock" | "login" | "logger"
> {
  /** Ends what is open under this account. */
  readonly onRemoved: (account: string) => Promise<void>;
}

/** Who has an account here. No answer of a provider removes one; an operator does, and its passkeys and sessions go with it. */
export function peopleRoutes(app: Express, deps: PeopleDeps): void {
  const { accounts, clock, logger } = deps;
  app.get("/api/people", async function listPeople(_req, res) {
    assertRole(sessionOf(res), operator);
    const [people, counts] = await Promise.all([accounts.list(), deps.passkeys.counts()]);
    const items = people.map((account) => personRow(deps, account, counts.get(account.id) ?? 0));
    res.json({ items, now: clock.now() });
  });

  app.post("/api/people/:id/remove", async function removePerson(req, res) {
    assertRole(sessionOf(res), operator);
    const { reason } = readBody(req, removal);
    const account = await accounts.get(req.params.id);
    if (account === null) throw new Refusal("account_unknown");
    if (account.provider === null) throw new Refusal("account_configured");
    // Somebody else may have removed it while it was read.
    if (!(await accounts.remove(account.id))) throw new Refusal("account_unknown");
    await deps.onRemoved(account.id);
    await deps.connectedAccounts?.leave(account.id);
    logger.warn("console: account removed", {
      account: account.id,
      name: account.name,
      by: sessionOf(res).user,
      reason,
    });
    res.status(204).end();
  });
}

function personRow({ clock, login }: PeopleDeps, account: Account, passkeys: number): PersonRow {
  const { id, name, roles, teams, also, created_at, provider } = account;
  const { issuer = null, subject = null, verified_at = null } = provider ?? {};
  const may_sign_in = isVouchedFor(account, clock.now(), login.provider?.rolesForMs ?? 0);
  const row = { id, name, roles, teams, also, created_at, issuer, subject, verified_at };
  return { ...row, may_sign_in, passkeys };
}
