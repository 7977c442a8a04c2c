import { accountId } from "../../domain/account.ts";
import { asRefusal, Refusal } from "../../domain/errors.ts";
import type { Clock, LogoutReceiver, NoteSignal, SeenSetStore, SignalNotice, SignedOut } from "../../domain/ports.ts";
import { signatureAlgorithms } from "../../domain/trusted-issuer.ts";
import { readCompactJws, verifyStatement } from "../../identify/token/verify-jwt.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { PacedRefusals } from "../paced-refusals.ts";
import type { KnownProvider } from "./provider-keys.ts";

export interface LogoutReceiverDeps {
  /** The gateway's name at the provider: the audience of its logout tokens. */
  readonly clientId: string;
  readonly provider: KnownProvider;
  readonly seen: SeenSetStore;
  readonly note: NoteSignal;
  /** For metrics: one logout and what came of it. */
  readonly counted: (issuer: string, event: "logout", effect: "ended" | "refused") => void;
  readonly clock: Clock;
}

const event = "http://schemas.openid.net/event/backchannel-logout";
const rules = {
  algorithms: signatureAlgorithms,
  types: new Set(["logout+jwt", "application/logout+jwt"]),
  // It is only recommended (§2.4); without it an ID token could pass for one.
  untyped: false,
  what: "a logout token (typ logout+jwt)",
};
const mostBytes = 16 * 1024;
const maxAgeMs = 600_000;
const skewMs = 30_000;

/** Takes logout tokens of the provider where people of the console sign in (OpenID Connect Back-Channel Logout 1.0 §2.6). */
export function logoutReceiver(deps: LogoutReceiverDeps): LogoutReceiver {
  const unsigned = new PacedRefusals(deps.clock);
  return {
    async receive(token, end) {
      const of = { issuer: "the provider of the console", jti: null as string | null };
      try {
        const claims = await verified(token, deps, of);
        const who = whoIn(claims, of.issuer);
        const name = `logout ${of.issuer}`;
        const jti = String(claims["jti"]);
        if (await deps.seen.has(name, jti)) throw new Refusal("logout_token_invalid", { hint: "it was used before" });
        const ended = await end(who);
        await deps.seen.add(name, jti, deps.clock.now() + maxAgeMs + 2 * skewMs);
        deps.counted(of.issuer, "logout", "ended");
        note(deps, of, { effect: "ended", code: null, detail: `${ended} sessions of the console ended` });
      } catch (thrown) {
        const refusal = asRefusal(thrown);
        deps.counted(of.issuer, "logout", "refused");
        const text = [refusal.hint, refusal.detail].filter((one) => one !== null).join("; ");
        const detail = of.jti === null ? unsigned.detail(text) : text;
        if (detail !== null) note(deps, of, { effect: "refused", code: refusal.code, detail });
        throw refusal.code === "internal" ? new Refusal("signal_unavailable", { cause: thrown }) : refusal;
      }
    },
  };
}

interface Named {
  issuer: string;
  jti: string | null;
}

async function verified(
  token: string,
  { clientId, provider, clock }: LogoutReceiverDeps,
  named: Named,
): Promise<JsonObject> {
  if (token.length > mostBytes) invalid(`it has more than ${mostBytes} bytes`);
  const issuer = await provider.issuer().catch((cause: unknown) => {
    throw new Refusal("signal_unavailable", { detail: String(cause), cause });
  });
  named.issuer = issuer;
  try {
    const jws = readCompactJws(token);
    if (jws.payload["iss"] !== issuer) invalid("it is from another issuer");
    const claims = await verifyStatement(jws, rules, provider.keySet);
    named.jti = typeof claims["jti"] === "string" ? claims["jti"].slice(0, 256) : null;
    checkClaims(claims, clientId, clock.now());
    return claims;
  } catch (thrown) {
    const { code, hint, detail } = asRefusal(thrown);
    if (code === "keys_unavailable") throw new Refusal("signal_unavailable", { cause: thrown });
    if (code === "logout_token_invalid") throw thrown;
    throw new Refusal("logout_token_invalid", {
      hint: hint ?? "it is signed with a key that its issuer does not publish",
      ...(detail === null ? {} : { detail }),
      cause: thrown,
    });
  }
}

function checkClaims(claims: JsonObject, clientId: string, now: number): void {
  const { aud, iat, exp, jti, events, nonce } = claims;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(clientId)) invalid("it is for another client");
  if (typeof iat !== "number" || iat * 1_000 > now + skewMs) invalid("its iat is not a time in the past");
  if (iat * 1_000 < now - maxAgeMs - skewMs) invalid("it is too old");
  if (exp !== undefined && (typeof exp !== "number" || now >= exp * 1_000 + skewMs)) invalid("it has expired");
  if (typeof jti !== "string" || jti === "" || jti.length > 256) invalid("its jti is not a text");
  if (!isJsonObject(events) || !isJsonObject(events[event])) invalid("it has no logout event");
  // §2.4: an ID token has one.
  if (nonce !== undefined) invalid("it has a nonce");
}

function whoIn({ sub, sid }: JsonObject, issuer: string): SignedOut {
  const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
  if (sub !== undefined && !isText(sub)) invalid("its sub is not a text");
  if (sid !== undefined && !isText(sid)) invalid("its sid is not a text");
  if (sub === undefined && sid === undefined) invalid("it names neither a person nor a session");
  return { account: sub === undefined ? null : accountId(issuer, sub), sid: sid ?? null };
}

function invalid(hint: string): never {
  throw new Refusal("logout_token_invalid", { hint });
}

function note(
  deps: LogoutReceiverDeps,
  { issuer, jti }: Named,
  told: Pick<SignalNotice, "effect" | "code" | "detail">,
): void {
  const nothing = { targets: [], unused: [], revocations: [] };
  deps.note({ transmitter: issuer, way: "logout", jti, events: ["logout"], ...told, ...nothing });
}
