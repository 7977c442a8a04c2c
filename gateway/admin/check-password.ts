import type { Response } from "express";
import type { Account } from "../domain/account.ts";
import { Refusal } from "../domain/errors.ts";
import type { DoorDeps } from "./begin-session.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { askerOf, type Guesser } from "./throttle.ts";

export type CheckPassword = (res: Response, guesser: Guesser, password: string) => Promise<Account>;

/** Checks a password slowly enough for guessing to be hopeless. @throws Refusal login_failed, login_throttled */
export function passwordCheck(deps: DoorDeps): CheckPassword {
  const { throttle, logger } = deps;
  // Unknown names, and people without a password, are checked against this, so that they cost the same time as others.
  let decoy: string | null = null;
  return async function checkPassword(res, guesser, password) {
    const waitMs = throttle.waitMs(guesser);
    if (waitMs > 0) throw throttled(res, waitMs);
    // Counted before anything is awaited: guesses sent at once must not slip past the count together.
    throttle.failed(guesser);
    const account = deps.accounts.withPassword(guesser.name);
    decoy ??= await hashPassword(deps.ids.make("n"), deps.ids);
    const stored = account?.password ?? decoy;
    const right = await deps.queue(askerOf(guesser), () => verifyPassword(password, stored));
    if (right === null || (right && account !== null && account.password !== null)) throttle.undo(guesser);
    if (right === null) throw throttled(res, 1000);
    if (!right || account === null || account.password === null) {
      logger.warn("console: wrong name or password", { user: guesser.name, address: guesser.address });
      throw new Refusal("login_failed");
    }
    return account;
  };
}

function throttled(res: Response, waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  res.set("Retry-After", String(seconds));
  return new Refusal("login_throttled", { hint: `try again in ${seconds} s` });
}
