import { Refusal } from "../../domain/errors.ts";
import type { SignalName } from "../../domain/signal.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

/** What an event says, in one measure for all kinds. */
export interface ReadEvent {
  /** 0: nothing is wrong any more; 1: the worst. */
  readonly level: number;
  /** Whether access may have to end for it: a device that is compliant again is no reason. */
  readonly bad: boolean;
  /** One sentence without its end. */
  readonly says: string;
  /** When it happened, in milliseconds since the epoch. */
  readonly at: number;
}

type Reader = (payload: JsonObject) => Pick<ReadEvent, "level" | "bad" | "says">;

const riskLevels: Readonly<Record<string, number>> = { LOW: 0.1, MEDIUM: 0.5, HIGH: 0.9 };

const readers: Readonly<Record<SignalName, Reader>> = {
  "session-revoked": () => ({ level: 0.5, bad: true, says: "the session was revoked" }),
  "token-claims-change": ({ claims }) => {
    if (!isJsonObject(claims)) malformed("claims is not an object");
    const names = Object.keys(claims).slice(0, 10).map(plain).join(", ");
    return { level: 0.3, bad: true, says: `claims have changed (${names})` };
  },
  "credential-change": (payload) => {
    const change = one(payload, "change_type", ["create", "revoke", "update", "delete"]);
    return { level: 0.4, bad: true, says: `a credential was changed (${word(payload, "credential_type")}: ${change})` };
  },
  "assurance-level-change": (payload) => {
    const decreased = payload["change_direction"] === "decrease";
    const level = word(payload, "current_level");
    return { level: decreased ? 0.4 : 0, bad: decreased, says: `assurance is now ${level}` };
  },
  "device-compliance-change": (payload) => {
    const compliant = one(payload, "current_status", ["compliant", "not-compliant"]) === "compliant";
    const says = compliant ? "the device is compliant again" : "the device is not compliant";
    return { level: compliant ? 0 : 0.7, bad: !compliant, says };
  },
  "risk-level-change": (payload) => {
    const now = one(payload, "current_level", Object.keys(riskLevels));
    const before = payload["previous_level"] === undefined ? "" : `, was ${word(payload, "previous_level")}`;
    const why = payload["risk_reason"] === undefined ? "" : `: ${word(payload, "risk_reason")}`;
    return { level: riskLevels[now] ?? 0, bad: now === "HIGH", says: `risk is ${now}${before}${why}` };
  },
  "account-disabled": () => ({ level: 0.9, bad: true, says: "the account was disabled" }),
  "account-purged": () => ({ level: 0.9, bad: true, says: "the account was deleted" }),
  "credential-compromise": (payload) => ({
    level: 0.9,
    bad: true,
    says: `a credential is compromised (${word(payload, "credential_type")})`,
  }),
};

/**
 * Reads an event of CAEP or RISC. `issuedAt`: when the SET was issued, for events that do not say when they happened.
 * @throws Refusal signal_malformed when a member that decides what it means is missing or unknown
 */
export function readEvent(name: SignalName, payload: JsonObject, issuedAt: number, now: number): ReadEvent {
  const { says, ...rest } = readers[name](payload);
  const reason = reasonOf(payload["reason_admin"]);
  return { ...rest, says: reason === "" ? says : `${says}: ${reason}`, at: Math.min(now, timeOf(payload, issuedAt)) };
}

function timeOf({ event_timestamp: stamp }: JsonObject, issuedAt: number): number {
  if (stamp === undefined) return issuedAt;
  if (typeof stamp === "number" && Number.isFinite(stamp) && stamp >= 0 && stamp < 1e11) return stamp * 1_000;
  return malformed("event_timestamp is not a time in seconds");
}

/** Texts by language (CAEP 1.0 §2): English, or the first there is. */
function reasonOf(reason: JsonValue | undefined): string {
  const text = isJsonObject(reason) ? (reason["en"] ?? Object.values(reason)[0]) : reason;
  return typeof text === "string" ? plain(text) : "";
}

function one(payload: JsonObject, member: string, known: readonly string[]): string {
  const value = payload[member];
  if (typeof value === "string" && known.includes(value)) return value;
  return malformed(`${member} is none of ${known.join(", ")}`);
}

function word(payload: JsonObject, member: string): string {
  const value = payload[member];
  return typeof value === "string" && value !== "" ? plain(value) : "not said";
}

function plain(text: string): string {
  return text.replace(/\p{C}/gu, " ").slice(0, 200);
}

function malformed(hint: string): never {
  throw new Refusal("signal_malformed", { hint });
}
