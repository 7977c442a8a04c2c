import { hash, timingSafeEqual } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { Refusal } from "../domain/errors.ts";
import type { Approver } from "../domain/ports.ts";
import { type CookieKind, readCookies } from "./cookies.ts";
import { votePurpose } from "./step-up-purposes.ts";
import type { ConsoleSession, Sessions } from "./sessions.ts";

/** Lets only signed-in people pass, and changes only with the session's CSRF token. */
export function requireSession(sessions: Sessions, cookies: readonly CookieKind[]): RequestHandler {
  return function refuseStrangers(req, res, next) {
    const session = currentSession(req, sessions, cookies);
    if (session === null) throw new Refusal("session_required");
    const safe = req.method === "GET" || req.method === "HEAD";
    if (!safe && !equal(req.headers["x-csrf-token"], session.csrf))
      throw new Refusal("csrf_refused", { hint: "X-CSRF-Token" });
    res.locals["session"] = session;
    next();
  };
}

/** Requests that a page makes by itself say so (`X-Passive`), and do not keep an abandoned browser signed in. */
export function currentSession(
  req: Request,
  sessions: Sessions,
  cookies: readonly CookieKind[],
): ConsoleSession | null {
  const touch = req.headers["x-passive"] === undefined && !req.originalUrl.startsWith("/api/events");
  for (const id of readCookies(req.headers.cookie, cookies)) {
    const session = sessions.find(id, touch);
    if (session !== null) return session;
  }
  return null;
}

export function sessionOf(res: Response): ConsoleSession {
  return res.locals["session"] as ConsoleSession;
}

/** The session after something was awaited: it may have ended, or lost a role. @throws Refusal session_required */
export function stillSignedIn(sessions: Pick<Sessions, "find">, { id }: ConsoleSession): ConsoleSession {
  const session = sessions.find(id, false);
  if (session === null) throw new Refusal("session_required");
  return session;
}

/**
 * The signed-in person as the desk knows them. From the session alone: who votes is never read from a request.
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
