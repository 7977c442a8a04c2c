import type { Express } from "express";
import { z } from "zod";
import { openStates } from "../../domain/approval.ts";
import { Refusal } from "../../domain/errors.ts";
import { revocableBinding, type Revocation, revokes } from "../../domain/revocation.ts";
import { isJsonObject } from "../../lib/json.ts";
import { foldKey, lookKey } from "../../lib/look-alike.ts";
import type { ConsoleDeps } from "../deps.ts";
import { readBody } from "../read-request.ts";
import type { Sessions } from "../sessions.ts";
import { assertRole, operator, sessionOf, stillSignedIn } from "../browser-sessions.ts";

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
  app.get("/api/revocations", async function listRevocations(_req, res) {
    res.json({ items: await revocations.list(), now: clock.now() });
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
      assertRole(await stillSignedIn(deps.sessions, sessionOf(res)), operator);
    }
    res.status(201).json(await revocations.revoke({ kind, issuer, target, reason: asked.reason, by, until: null }));
  });

  app.post("/api/revocations/:id/lift", async function lift(req, res) {
    assertRole(sessionOf(res), operator);
    readBody(req, z.strictObject({}));
    await revocations.lift(req.params.id, sessionOf(res).user);
    res.status(204).end();
  });
}

type KnownDeps = Pick<ConsoleDeps, "accounts" | "decisions" | "approvals" | "grants">;

type Target = Pick<Revocation, "kind" | "issuer"> & { readonly target: string };

/** How many open items and grants are looked through, and how many records of a caller for one of the issuer. */
const most = 1_000;
const mostRecords = 20;

/** As `isKnownTarget`; an operator who ends access is not kept from it by a log or store that cannot be read now. */
async function mayMatch(deps: KnownDeps & Pick<ConsoleDeps, "logger">, wanted: Target): Promise<boolean> {
  try {
    return await isKnownTarget(deps, wanted);
  } catch (failure) {
    deps.logger.warn("console: whose access is ended could not be looked up", { detail: String(failure) });
    return true;
  }
}

/**
 * Whether anything here has been known by what a revocation would name: a call in the decision log, an open approval, a
 * grant, or, for a person, an account of the console. A mistyped id would end nobody's access, and look as if it had.
 */
async function isKnownTarget(deps: KnownDeps, wanted: Target): Promise<boolean> {
  return (await isOpen(deps, wanted)) || (await isPerson(deps, wanted)) || (await hasCalled(deps, wanted));
}

async function isOpen({ approvals, grants }: KnownDeps, wanted: Target): Promise<boolean> {
  const open = await approvals.list({ states: openStates, limit: most });
  const live = await grants.list({ live: true, limit: most });
  return [...open, ...live].some(({ binding }) => revokes(wanted, revocableBinding(binding)));
}

async function isPerson({ accounts }: KnownDeps, { kind, target, issuer }: Target): Promise<boolean> {
  if (kind !== "subject" || issuer !== null) return false;
  const id = lookKey(target);
  return (await accounts.list()).some(({ name, also }) => [name, ...also].some((other) => lookKey(other) === id));
}

async function hasCalled({ decisions }: KnownDeps, { kind, target, issuer }: Target): Promise<boolean> {
  const queries = kind === "session" ? [{ session: target }] : [{ subject: target }, { actingFor: target }];
  for (const query of queries) {
    const { rows } = await decisions.search({ ...query, limit: issuer === null ? 1 : mostRecords });
    if (rows.length > 0 && issuer === null) return true;
    for (const { decision_id } of rows) {
      const found = await decisions.get(decision_id);
      if (found !== null && isOfIssuer(found.decision["input"], issuer)) return true;
    }
  }
  return false;
}

/** A record whose input does not say the issuer, since it was masked, speaks for any. */
function isOfIssuer(input: unknown, wanted: string | null): boolean {
  const subject = isJsonObject(input) ? (input as { subject?: { properties?: { issuer?: unknown } } }).subject : {};
  const issuer = subject?.properties?.issuer;
  return typeof issuer !== "string" || wanted === null || bare(issuer) === bare(wanted);
}

function bare(issuer: string): string {
  return foldKey(issuer.replace(/\/$/, ""));
}
