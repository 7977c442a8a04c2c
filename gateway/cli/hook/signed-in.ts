import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../domain/ports.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { jsonOrNull } from "./fields.ts";
import { exchange } from "./http.ts";
import { HookFailure, type Through } from "./local-call.ts";

/** What `sallyport sign-in` leaves in its file: the tokens of a person's agent, and where they are renewed. */
export interface SignedIn {
  readonly gateway: string;
  readonly token_endpoint: string;
  readonly client_id: string;
  readonly access_token: string;
  /** Milliseconds since the epoch. */
  readonly expires_at: number;
  readonly refresh_token: string;
}

type HookClock = Pick<Clock, "now" | "monotonic">;

/** A token is renewed so many milliseconds before it ends. */
const earlyMs = 30_000;
const lockMs = 10_000;
const renewMs = 5_000;

/**
 * The access token of the file, renewed when it is about to end. A refresh token counts once, so hooks that run at the same time
 * take turns. @throws HookFailure
 */
export async function signedInToken(
  path: string,
  { gateway }: Pick<Through, "gateway">,
  clock: HookClock,
): Promise<string> {
  const first = readSignedIn(path);
  if (first.gateway !== gateway) throw new HookFailure(`${path} has tokens of ${first.gateway}, not of ${gateway}`);
  if (isFresh(first, clock)) return first.access_token;
  const free = await locked(`${path}.lock`, clock);
  try {
    // Another hook may have renewed it while this one waited.
    const now = readSignedIn(path);
    return isFresh(now, clock) ? now.access_token : await renewed(path, now, clock);
  } finally {
    free();
  }
}

/** Whole or not at all, readable by its user alone. */
export function writeSignedIn(path: string, signedIn: SignedIn): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(signedIn)}\n`, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}

function readSignedIn(path: string): SignedIn {
  const read = jsonOrNull(readFileSync(path, "utf8"));
  const names = ["gateway", "token_endpoint", "client_id", "access_token", "refresh_token"];
  if (!isJsonObject(read) || names.some((name) => typeof read[name] !== "string"))
    throw new HookFailure(`${path} is not what sallyport sign-in writes`);
  const { expires_at } = read;
  return { ...(read as unknown as SignedIn), expires_at: typeof expires_at === "number" ? expires_at : 0 };
}

function isFresh({ expires_at }: SignedIn, clock: HookClock): boolean {
  return expires_at - earlyMs > clock.now();
}

async function renewed(path: string, known: SignedIn, clock: HookClock): Promise<string> {
  const { token_endpoint, client_id, refresh_token } = known;
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token, client_id }).toString();
  const reply = await exchange(new URL(token_endpoint), { token: null, timeoutMs: renewMs, body });
  const next = reply.status === 200 ? tokensIn(reply.body, known, clock) : null;
  if (next === null) throw new HookFailure(`the sign-in in ${path} has ended; run sallyport sign-in again`);
  writeSignedIn(path, next);
  return next.access_token;
}

function tokensIn(
  { access_token, refresh_token, expires_in }: JsonObject,
  known: SignedIn,
  clock: HookClock,
): SignedIn | null {
  if (typeof access_token !== "string") return null;
  return {
    ...known,
    access_token,
    refresh_token: typeof refresh_token === "string" ? refresh_token : known.refresh_token,
    expires_at: clock.now() + (typeof expires_in === "number" ? expires_in : 0) * 1_000,
  };
}

/** Of whoever holds the file; one that was left behind ends by itself. @returns what frees it */
async function locked(path: string, clock: HookClock): Promise<() => void> {
  const until = clock.monotonic() + lockMs;
  for (;;) {
    try {
      closeSync(openSync(path, "wx", 0o600));
      return () => rmSync(path, { force: true });
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
    }
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? clock.now();
    if (clock.now() - since > lockMs) rmSync(path, { force: true });
    else if (clock.monotonic() > until) throw new HookFailure(`another hook holds ${path}`);
    else await sleep(50);
  }
}
