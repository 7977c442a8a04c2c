import type { Request, Response } from "express";
import { clientAddress } from "./read-request.ts";
import { type CookieKind, readCookies, setCookie } from "./cookies.ts";
import type { ConsoleDeps } from "./deps.ts";
import { absoluteMs, type ConsoleSession, type Sessions, type SignIn, type StepUp } from "./sessions.ts";
import type { Throttle } from "./throttle.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What the door works with. */
export interface DoorDeps extends Pick<ConsoleDeps, "accounts" | "clock" | "ids" | "logger" | "login" | "publicUrl"> {
  readonly sessions: Sessions;
  readonly cookies: readonly CookieKind[];
  readonly throttle: Throttle;
  readonly queue: WorkQueue;
}

/** Starts a session. Rotation: whatever id the browser came with is worth nothing after sign-in. */
export function beginSession(
  deps: DoorDeps,
  req: Request,
  res: Response,
  account: string,
  signIn: SignIn,
): ConsoleSession {
  const session = deps.sessions.start(account, signIn);
  for (const id of readCookies(req.headers.cookie, deps.cookies)) deps.sessions.end(id);
  const { user } = session;
  deps.logger.info("console: signed in", { user, account, method: signIn.method, address: clientAddress(req) });
  giveCookies(deps, res, session.id, absoluteMs);
  return session;
}

/**
 * Counts a proof that was given again. The id changes with it, the CSRF token stays: other pages of the same person
 * hold it, and without the id it is worth nothing.
 */
export function stepUp(
  deps: DoorDeps,
  res: Response,
  session: ConsoleSession,
  proof: Omit<StepUp, "until">,
  idToken?: string,
): ConsoleSession {
  const until = deps.clock.now() + deps.login.stepUpMs;
  const after = deps.sessions.stepUp(session, { ...proof, until }, idToken);
  deps.logger.info("console: proved again who they are", {
    user: session.user,
    account: session.account,
    purpose: proof.purpose,
  });
  giveCookies(deps, res, after.id, after.endsAt - deps.clock.now());
  return after;
}

function giveCookies({ cookies }: DoorDeps, res: Response, id: string, ms: number): void {
  for (const kind of cookies) res.append("Set-Cookie", setCookie(kind, id, Math.ceil(ms / 1000)));
}

/** The session as its owner's page sees it. */
export function sessionView(session: ConsoleSession, now: number) {
  const { user, roles, csrf, method, stepUps, idleUntil, endsAt } = session;
  const proofs = stepUps.map(({ purpose, until }) => ({ purpose, until }));
  return { user, roles, csrf, method, step_ups: proofs, idle_until: idleUntil, ends_at: endsAt, now };
}
