import type { Request, Response } from "express";
import type { Account } from "../domain/account.ts";
import { Refusal } from "../domain/errors.ts";
import type { DoorDeps } from "./enter.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";

export type CheckPassword = (req: Request, res: Response, user: string, password: string) => Promise<Account>;

/** Checks a password slowly enough for guessing to be hopeless. @throws Refusal login_failed, login_throttled */
export function passwordCheck(deps: DoorDeps): CheckPassword {
  // Unknown names, and people without a password, are checked against this, so that they cost the same time as others.
  let decoy: string | null = null;
  return async function checkPassword(req, res, user, password) {
    const address = req.socket.remoteAddress ?? "";
    const waitMs = deps.throttle.waitMs(user, address);
    if (waitMs > 0) throw throttled(res, waitMs);
    // Counted before anything is awaited: guesses sent at once must not slip past the count together.
    deps.throttle.failed(user, address);
    const account = deps.accounts.withPassword(user);
    decoy ??= await hashPassword(deps.ids.make("n"), deps.ids);
    const stored = account?.password ?? decoy;
    const check = deps.queue(() => verifyPassword(password, stored));
    if (check === null) throw throttled(res, 1000);
    if (!(await check) || account === null || account.password === null) {
      deps.logger.warn("console: wrong name or password", { user, address });
      throw new Refusal("login_failed");
    }
    deps.throttle.succeeded(user, address);
    return account;
  };
}

function throttled(res: Response, waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  res.set("Retry-After", String(seconds));
  return new Refusal("login_throttled", { hint: `try again in ${seconds} s` });
}
