import type { Express, Request, Response } from "express";
import { z } from "zod";
import { Refusal } from "../../domain/errors.ts";
import { type CookieKind, readCookies, setCookie } from "../cookies.ts";
import type { ConsoleDeps } from "../deps.ts";
import { hashPassword, verifyPassword } from "../passwords.ts";
import { readBody } from "../read-request.ts";
import { absoluteMs, type ConsoleSession, type Sessions } from "../sessions.ts";
import { sessionOf } from "../signed-in.ts";
import type { Throttle } from "../throttle.ts";
import type { WorkQueue } from "../work-queue.ts";

const credentials = z.strictObject({ user: z.string().min(1).max(200), password: z.string().min(1).max(1024) });

interface LoginDeps extends Pick<ConsoleDeps, "accounts" | "clock" | "ids" | "logger"> {
  readonly sessions: Sessions;
  readonly cookies: readonly CookieKind[];
  readonly throttle: Throttle;
  readonly queue: WorkQueue;
}

export function loginRoute(app: Express, deps: LoginDeps): void {
  // Unknown names are checked against this, so that they cost the same time as known ones.
  let decoy: string | null = null;

  app.post("/api/login", async function login(req, res) {
    const { user, password } = readBody(req, credentials);
    const address = req.socket.remoteAddress ?? "";
    refuseTooEager(deps, user, address, res);
    // Counted before anything is awaited: guesses sent at once must not slip past the count together.
    deps.throttle.failed(user, address);
    const account = deps.accounts.get(user);
    decoy ??= await hashPassword(deps.ids.make("n"), deps.ids);
    const stored = account?.password ?? decoy;
    const check = deps.queue(() => verifyPassword(password, stored));
    if (check === null) throw throttled(res, 1000);
    if (!(await check) || account === null) {
      deps.logger.warn("console: sign-in failed", { user, address });
      throw new Refusal("login_failed");
    }
    deps.throttle.succeeded(user, address);
    // Rotation: whatever id the browser came with is worth nothing after sign-in.
    for (const id of readCookies(req.headers.cookie, deps.cookies)) deps.sessions.end(id);
    const { id, session } = deps.sessions.start(account.name);
    deps.logger.info("console: signed in", { user: account.name, address });
    res.set(
      "Set-Cookie",
      deps.cookies.map((kind) => setCookie(kind, id, absoluteMs / 1000)),
    );
    res.json(sessionView(session, deps.clock.now()));
  });
}

export function sessionRoutes(app: Express, deps: LoginDeps): void {
  app.get("/api/session", function showSession(_req, res) {
    res.json(sessionView(sessionOf(res), deps.clock.now()));
  });
  app.post("/api/logout", function logout(req: Request, res: Response) {
    for (const id of readCookies(req.headers.cookie, deps.cookies)) deps.sessions.end(id);
    deps.logger.info("console: signed out", { user: sessionOf(res).user });
    res.set(
      "Set-Cookie",
      deps.cookies.map((kind) => setCookie(kind, "", 0)),
    );
    res.status(204).end();
  });
}

function sessionView(session: ConsoleSession, now: number) {
  const { user, roles, csrf, idleUntil, endsAt } = session;
  return { user, roles, csrf, idle_until: idleUntil, ends_at: endsAt, now };
}

function refuseTooEager(deps: LoginDeps, user: string, address: string, res: Response): void {
  const waitMs = deps.throttle.waitMs(user, address);
  if (waitMs > 0) throw throttled(res, waitMs);
}

function throttled(res: Response, waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  res.set("Retry-After", String(seconds));
  return new Refusal("login_throttled", { hint: `try again in ${seconds} s` });
}
