import { Refusal, type ErrorCode } from "../../domain/errors.ts";
import type { Clock } from "../../domain/ports.ts";
import { signalEvents, type SignalName, type TransmitterSettings } from "../../domain/signal.ts";
import type { KeySet } from "../../identify/token/key-set.ts";
import { readCompactJws, type UnverifiedJws, verifyStatement } from "../../identify/token/verify-jwt.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";

/** A transmitter, and the keys that it publishes. */
export interface Transmitter {
  readonly settings: TransmitterSettings;
  readonly keySet: KeySet;
}

/** A Security Event Token whose origin, audience and time were checked. */
export interface VerifiedSet {
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** `sub_id`: who or what it is about (RFC 9493). */
  readonly subject: JsonObject;
  readonly events: readonly SetEvent[];
}

export interface SetEvent {
  readonly uri: string;
  /** null for one that is not known here. */
  readonly name: SignalName | null;
  readonly payload: JsonObject;
}

export const mostSetBytes = 64 * 1024;
const mostEvents = 10;
const types = new Set(["secevent+jwt", "application/secevent+jwt"]);
const nameOf = new Map(Object.entries(signalEvents).map(([name, uri]) => [uri as string, name as SignalName]));

/**
 * Verifies a SET (RFC 8417, SSF 1.0 §4): the issuer is pinned before a key is looked up, the type is explicit, and what only
 * other kinds of JWT have is refused.
 * @throws Refusal signal_malformed, signal_key, signal_issuer, signal_audience, signal_time, signal_unavailable
 */
export async function verifySet(text: string, { settings, keySet }: Transmitter, clock: Clock): Promise<VerifiedSet> {
  if (text.length > mostSetBytes) malformed(`it has more than ${mostSetBytes} bytes`);
  const jws = readJws(text);
  if (jws.payload["iss"] !== settings.issuer) {
    const found = JSON.stringify(jws.payload["iss"])?.slice(0, 200);
    throw new Refusal("signal_issuer", { detail: `iss ${found}, wanted ${settings.issuer}` });
  }
  const { algorithms } = settings;
  const rules = { algorithms, types, untyped: false, what: "a security event token (typ secevent+jwt)" };
  const claims = await verifyStatement(jws, rules, keySet).catch((thrown: unknown) => fromToken(thrown));
  checkAudience(claims, settings.audience);
  for (const name of ["exp", "sub"])
    if (Object.hasOwn(claims, name)) malformed(`it has the claim ${name}, which security event tokens must not have`);
  const issuedAt = issueTime(claims, settings, clock.now());
  return { jti: jtiOf(claims), issuedAt, subject: subjectOf(claims), events: eventsOf(claims) };
}

function readJws(text: string): UnverifiedJws {
  try {
    return readCompactJws(text);
  } catch (thrown) {
    return fromToken(thrown);
  }
}

/** What the reader of tokens refuses, in the words of signals. */
const codes: Partial<Record<ErrorCode, ErrorCode>> = {
  token_invalid: "signal_malformed",
  token_key_unknown: "signal_key",
  keys_unavailable: "signal_unavailable",
};

function fromToken(thrown: unknown): never {
  const code = thrown instanceof Refusal ? codes[thrown.code] : undefined;
  if (code === undefined || !(thrown instanceof Refusal)) throw thrown;
  const forged = thrown.hint === "its signature does not match";
  throw new Refusal(forged ? "signal_key" : code, {
    ...(thrown.hint === null ? {} : { hint: thrown.hint }),
    ...(thrown.detail === null ? {} : { detail: thrown.detail }),
    cause: thrown,
  });
}

function malformed(hint: string): never {
  throw new Refusal("signal_malformed", { hint });
}

function checkAudience({ aud }: JsonObject, wanted: string): void {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.every((one) => typeof one === "string") && audiences.includes(wanted)) return;
  throw new Refusal("signal_audience", {
    hint: `this gateway is ${wanted}`,
    detail: `aud ${JSON.stringify(aud)?.slice(0, 200)}`,
  });
}

/** Older ones are refused, since whether they came before is remembered no longer. */
function issueTime({ iat }: JsonObject, { maxAgeMs, clockSkewMs }: TransmitterSettings, now: number): number {
  if (typeof iat !== "number" || !Number.isFinite(iat) || iat < 0 || iat > 1e11) malformed("its iat is not a time");
  const at = iat * 1_000;
  if (at > now + clockSkewMs) throw new Refusal("signal_time", { hint: "it was issued in the future" });
  if (at < now - maxAgeMs) throw new Refusal("signal_time", { hint: `at most ${maxAgeMs / 1_000} seconds old` });
  return at;
}

function jtiOf({ jti }: JsonObject): string {
  if (typeof jti === "string" && jti !== "" && jti.length <= 256 && !/\p{C}/u.test(jti)) return jti;
  return malformed("its jti is not a plain text of at most 256 characters");
}

function subjectOf({ sub_id: subject }: JsonObject): JsonObject {
  return isJsonObject(subject) ? subject : malformed("its sub_id is not an object");
}

function eventsOf({ events }: JsonObject): SetEvent[] {
  if (!isJsonObject(events)) return malformed("its events are not an object");
  const all = Object.entries(events);
  if (all.length === 0 || all.length > mostEvents) malformed(`it has no event, or more than ${mostEvents}`);
  return all.map(([uri, payload]) => {
    if (!isJsonObject(payload)) malformed("an event of it is not an object");
    return { uri, name: nameOf.get(uri) ?? null, payload };
  });
}
