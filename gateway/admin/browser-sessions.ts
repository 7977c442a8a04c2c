import { hash, timingSafeEqual } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { Refusal } from "../domain/errors.ts";
import { type CookieKind, cookieKinds, cookieLines, readCookies } from "../sign-in/cookies.ts";
import type { Approver } from "../domain/ports.ts";
import type { ConsoleDeps } from "./deps.ts";
import type { Origins } from "./origins.ts";
import { clientAddress } from "./read-request.ts";
import {
  absoluteMs,
  type ConsoleSession,
  type ProviderSession,
  type Sessions,
  type SignIn,
  type StepUp,
  votePurpose,
} from "./sessions.ts";

/** What ties a browser to a session. */
export function sessionCookies(origins: Origins): readonly CookieKind[] {
  return cookieKinds(origins, "sallyport");
}

/** What ties a sign-in at a provider to the browser that began it. */
export function loginCookies(origins: Origins): readonly CookieKind[] {
  return cookieKinds(origins, "sallyport-login");
}

/** Beside the cookies that the response sets already. */
export function setCookies(res: Response, kinds: readonly CookieKind[], value: string, maxAgeSeconds: number): void {
  for (const line of cookieLines(kinds, { value, maxAgeSeconds, sameSite: "Strict" })) res.append("Set-Cookie", line);
}

export interface BrowserSessionDeps extends Pick<ConsoleDeps, "clock" | "logger" | "login"> {
  readonly sessions: Sessions;
  readonly cookies: readonly CookieKind[];
}

/** Starts a session. Rotation: whatever id the browser came with is worth nothing after sign-in. @throws Refusal session_required */
export async function beginSession(
  { sessions, cookies, logger }: BrowserSessionDeps,
  req: Request,
  res: Response,
  account: string,
  signIn: SignIn,
): Promise<ConsoleSession> {
  const session = await sessions.start(account, signIn);
  for (const id of readCookies(req.headers.cookie, cookies)) await sessions.end(id);
  const { user } = session;
  logger.info("console: signed in", { user, account, method: signIn.method, address: clientAddress(req) });
  setCookies(res, cookies, session.id, absoluteMs / 1000);
  return session;
}

/**
 * Counts a proof that was given again. The id changes with it, the CSRF token stays: other pages of the same person
 * hold it, and without the id it is worth nothing. @throws Refusal session_required
 */
export async function stepUp(
  { sessions, cookies, clock, login, logger }: BrowserSessionDeps,
  res: Response,
  session: ConsoleSession,
  proof: Omit<StepUp, "until">,
  provider: ProviderSession | null = null,
): Promise<ConsoleSession> {
  const until = clock.now() + login.stepUpMs;
  const after = await sessions.stepUp(session, { ...proof, until }, provider);
  const { user, account } = session;
  logger.info("console: proved again who they are", { user, account, purpose: proof.purpose });
  setCookies(res, cookies, after.id, Math.ceil((after.endsAt - clock.now()) / 1000));
  return after;
}

/** The session as its owner's page sees it. */
export function sessionView(session: ConsoleSession, now: number) {
  const { user, roles, csrf, method, stepUps, idleUntil, endsAt } = session;
  const proofs = stepUps.map(({ purpose, until }) => ({ purpose, until }));
  return { user, roles, csrf, method, step_ups: proofs, idle_until: idleUntil, ends_at: endsAt, now };
}

/** Lets only signed-in people pass, and changes only with the session's CSRF token. */
export function requireSession(deps: Pick<BrowserSessionDeps, "sessions" | "cookies">): RequestHandler {
  return async function refuseStrangers(req, res, next) {
    const session = await currentSession(req, deps);
    if (session === null) throw new Refusal("session_required");
    const safe = req.method === "GET" || req.method === "HEAD";
    if (!safe && !equal(req.headers["x-csrf-token"], session.csrf))
      throw new Refusal("csrf_refused", { hint: "X-CSRF-Token" });
    res.locals["session"] = session;
    next();
  };
}

/** Requests that a page makes by itself say so (`X-Passive`), and do not keep an abandoned browser signed in. */
export async function currentSession(
  req: Request,
  { sessions, cookies }: Pick<BrowserSessionDeps, "sessions" | "cookies">,
): Promise<ConsoleSession | null> {
  const touch = req.headers["x-passive"] === undefined && !req.originalUrl.startsWith("/api/events");
  for (const id of readCookies(req.headers.cookie, cookies)) {
    const session = await sessions.find(id, touch);
    if (session !== null) return session;
  }
  return null;
}

/** What `requireSession` found. */
export function sessionOf(res: Response): ConsoleSession {
  return res.locals["session"] as ConsoleSession;
}

/** The session after something was awaited: it may have ended, or lost a role. @throws Refusal session_required */
export async function stillSignedIn(
  sessions: Pick<Sessions, "find">,
  { id }: Pick<ConsoleSession, "id">,
): Promise<ConsoleSession> {
  const session = await sessions.find(id, false);
  if (session === null) throw new Refusal("session_required");
  return session;
}

/**
 * The signed-in person as the approval service knows them. From the session alone: who votes is never read from a request.
 * Whoever proved again who they are, for exactly this action digest and a moment ago, votes with that proof.
 */
export function approverOf(session: ConsoleSession, actionDigest: string | null = null): Approver {
  const { account, user, roles, teams, also, method, stepUps } = session;
  const person = { id: account, name: user, roles, teams, also };
  const wanted = actionDigest === null ? null : votePurpose(actionDigest);
  const proof = stepUps.find(({ purpose }) => purpose === wanted);
  if (proof === undefined) return { ...person, method, evidence: null };
  return { ...person, method: "reauthenticated", evidence: proof.evidence };
}

/** The role that ends access and gives it back, and removes accounts; beside those that policies ask approvers for. */
export const operator = "operator";

/** @throws Refusal role_required */
export function assertRole(session: ConsoleSession, role: string): void {
  if (!session.roles.includes(role)) throw new Refusal("role_required", { hint: `needed: ${role}` });
}

/** Digests first: timingSafeEqual wants equal lengths. */
function equal(sent: string | string[] | undefined, expected: string): boolean {
  if (typeof sent !== "string") return false;
  return timingSafeEqual(hash("sha256", sent, "buffer"), hash("sha256", expected, "buffer"));
}
