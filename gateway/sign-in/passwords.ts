import { hash as digest, scrypt, timingSafeEqual } from "node:crypto";
import type { Account, AccountStore } from "../domain/account.ts";
import { Refusal } from "../domain/errors.ts";
import type { Clock, Ids, Logger } from "../domain/ports.ts";
import { askerOf, type Guesser, loginThrottle, workQueue } from "./throttle.ts";

/** 32 MiB and about 0.2 s; equal in strength to the other settings of the OWASP password storage cheat sheet. */
const cost = { ln: 15, r: 8, p: 3 };
const keyBytes = 32;
const alphabet = "abcdefghjkmnpqrstvwxyz0123456789";

/** A PHC string (https://github.com/P-H-C/phc-string-format) with a fresh salt. */
export async function hashPassword(password: string, ids: Ids): Promise<string> {
  const salt = digest("sha256", ids.make("n"), "buffer").subarray(0, 16);
  const key = await derive(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${text(salt)}$${text(key)}`;
}

/** Compares in constant time. An unreadable hash is a wrong password. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const found = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored);
  if (found === null) return false;
  const [, ln, r, p, salt = "", key = ""] = found;
  const expected = Buffer.from(key, "base64");
  const derived = await derive(password, Buffer.from(salt, "base64"), { ln: Number(ln), r: Number(r), p: Number(p) });
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}

/** 100 random bits in groups that can be read out and typed: no i, l, o or u. */
export function makePassword(ids: Ids): string {
  const bytes = digest("sha256", ids.make("n"), "buffer");
  const letters = [...bytes.subarray(0, 20)].map((byte) => alphabet[byte & 31]).join("");
  return (letters.match(/.{4}/g) ?? []).join("-");
}

function derive(password: string, salt: Buffer, { ln, r, p }: typeof cost): Promise<Buffer> {
  const options = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyBytes, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function text(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

/** @throws Refusal login_failed; login_throttled, with how long the guesser must wait */
export type CheckPassword = (guesser: Guesser, password: string) => Promise<Account>;

interface PasswordDeps {
  readonly accounts: Pick<AccountStore, "withPassword">;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Checks a password slowly enough for guessing to be hopeless. One for all doors: what fails at one counts at the other. */
export function passwordCheck(deps: PasswordDeps): CheckPassword {
  const { clock, logger } = deps;
  const throttle = loginThrottle(clock);
  const queue = workQueue(clock);
  // Unknown names, and people without a password, are checked against this, so that they cost the same time as others.
  let decoy: string | null = null;
  return async function checkPassword(guesser, password) {
    const waitMs = throttle.waitMs(guesser);
    if (waitMs > 0) throw throttled(waitMs);
    // Counted before anything is awaited: guesses sent at once must not slip past the count together.
    throttle.failed(guesser);
    const account = await deps.accounts.withPassword(guesser.name);
    decoy ??= await hashPassword(deps.ids.make("n"), deps.ids);
    const stored = account?.password ?? decoy;
    const right = await queue(askerOf(guesser), () => verifyPassword(password, stored));
    if (right === null || (right && account !== null && account.password !== null)) throttle.undo(guesser);
    if (right === null) throw throttled(1000);
    if (!right || account === null || account.password === null) {
      logger.warn("sign-in: wrong name or password", { user: guesser.name, address: guesser.address });
      throw new Refusal("login_failed");
    }
    return account;
  };
}

function throttled(waitMs: number): Refusal {
  const retryAfterS = Math.ceil(waitMs / 1000);
  return new Refusal("login_throttled", { hint: `try again in ${retryAfterS} s`, retryAfterS });
}
