import type { Express } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import type { Ended, MadeRevocation as Revoked } from "../../domain/ports.ts";
import { revocationKinds, type RevocationTarget, type SessionCaller } from "../../domain/revocation.ts";
import { longestTransportSession } from "../../domain/transport-session.ts";
import { assertRole, operator, sessionOf, stillSignedIn } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import { findTarget, type TargetDeps } from "../known-targets.ts";
import { moment, readBody } from "../read-request.ts";
import type { Sessions } from "../sessions.ts";

/** A session can be ended whatever id its tool server has given it, by its reference too, which has the id and its caller in base64url. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(8 * longestTransportSession);
const issuerName = z.string().trim().min(1).max(500);
/** Ten years. */
const longestS = 315_360_000;

const target = {
  kind: z.enum(revocationKinds),
  issuer: issuerName.nullish(),
  target: name.nullish(),
};

const named = z.strictObject(target);

const wanted = z.strictObject({
  ...target,
  reason: z.string().trim().min(1, "say why").max(1000),
  /** Ends by itself after so many seconds, or at that moment. */
  for: z.int().min(1).max(longestS).nullish(),
  until: moment.nullish(),
  // Nothing known has this name yet, and that is meant.
  anyway: z.boolean().default(false),
  // Of a session that its caller named: this name alone, though its caller can take another.
  only_this_name: z.boolean().default(false),
});

type Wanted = z.output<typeof wanted>;

/** The answer to whoever ended access. */
export interface MadeRevocation extends Revoked {
  /** Of a session that no token names: whose. */
  readonly named_by: readonly SessionCaller[];
}

/** The answer to whoever asks what ending access would end. */
export interface FoundRevocation extends Pick<MadeRevocation, "named_by"> {
  readonly matched: Ended;
  /** Whether anything is known by that name. */
  readonly known: boolean;
}

interface RevocationDeps extends TargetDeps, Pick<ConsoleDeps, "revocations" | "clock"> {
  readonly sessions: Pick<Sessions, "find">;
}

/** Ending access before its time, and the kill switch. What is held or under way under it ends at once. */
export function revocationRoutes(app: Express, deps: RevocationDeps): void {
  const { revocations, clock } = deps;
  app.get("/api/revocations", async function listRevocations(_req, res) {
    res.json({ items: await revocations.list(), now: clock.now() });
  });

  app.post("/api/revocations/preview", async function preview(req, res) {
    assertRole(sessionOf(res), operator);
    const { matched, isKnown, callers } = await findTarget(deps, targetOf(readBody(req, named)));
    const { callers: _callers, ...counts } = matched;
    res.json({ matched: counts, known: isKnown, named_by: callers } satisfies FoundRevocation);
  });

  app.post("/api/revocations", async function revoke(req, res) {
    assertRole(sessionOf(res), operator);
    const asked = readBody(req, wanted);
    const end = endOf(asked, clock.now());
    const meant = targetOf(asked);
    const callers = await callersOf(deps, meant, asked);
    // It was looked up for a while, and the role may be lost since.
    if (meant.kind !== "gateway") assertRole(await stillSignedIn(deps.sessions, sessionOf(res)), operator);
    const covered = callers.length === 0 || asked.only_this_name ? {} : { callers };
    const by = sessionOf(res).user;
    const made = await revocations.revoke({ ...meant, ...covered, reason: asked.reason, by, until: end });
    res.status(201).json({ ...made, named_by: callers } satisfies MadeRevocation);
  });

  app.post("/api/revocations/:id/lift", async function lift(req, res) {
    assertRole(sessionOf(res), operator);
    readBody(req, z.strictObject({}));
    await revocations.lift(req.params.id, sessionOf(res).user);
    res.status(204).end();
  });
}

/** Only callers have an issuer; for what is called, and for all of an issuer, one beside the name would mean something else. */
const withIssuer: ReadonlySet<string> = new Set(["subject", "client", "key", "session", "task", "token"]);

/** @throws Refusal parameter_invalid */
function targetOf({ kind, target, issuer }: z.output<typeof named>): RevocationTarget {
  const name = target ?? null;
  const of = issuer ?? null;
  if ((name === null) !== (kind === "gateway"))
    throw invalid(name === null ? `target: say which ${kind}` : "target: everybody has no name");
  if (of !== null && !withIssuer.has(kind)) throw invalid(`issuer: goes with ${[...withIssuer].join(", ")}`);
  if (kind === "tool" && !name?.includes("/")) throw invalid("target: a tool is named as server/tool");
  return { kind, issuer: of, target: name };
}

/** Milliseconds since the epoch; null for no end. @throws Refusal parameter_invalid */
function endOf({ for: seconds, until }: Wanted, now: number): number | null {
  if (typeof seconds === "number" && typeof until === "string") throw invalid("for: goes without until");
  if (typeof seconds === "number") return now + seconds * 1_000;
  if (typeof until !== "string") return null;
  const end = Date.parse(until);
  if (end <= now) throw invalid("until: is over already");
  return end;
}

/** The kill switch is not looked up: it meets everybody. @throws Refusal revocation_unmatched */
async function callersOf(
  deps: RevocationDeps,
  meant: RevocationTarget,
  { anyway }: Wanted,
): Promise<readonly SessionCaller[]> {
  if (meant.kind === "gateway" || (anyway && meant.kind !== "session")) return [];
  const { isKnown, callers } = await findTarget(deps, meant);
  if (!isKnown && !anyway) throw new Refusal("revocation_unmatched");
  return callers;
}

function invalid(hint: string): Refusal {
  return new Refusal("parameter_invalid", { hint });
}
