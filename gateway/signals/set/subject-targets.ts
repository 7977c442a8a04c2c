import { Refusal } from "../../domain/errors.ts";
import type { SignalName, SignalTarget, TransmitterSettings } from "../../domain/signal.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { isDeceptive } from "../../lib/look-alike.ts";

/** Whom an event is about. */
export interface SubjectTargets {
  readonly targets: readonly SignalTarget[];
  /** Members and formats that name nothing this gateway knows, such as a device. */
  readonly unused: readonly string[];
}

type Rules = Pick<TransmitterSettings, "about" | "opaque" | "ignoredMembers">;
type Kind = Exclude<SignalTarget["kind"], "token">;

const mostAliases = 20;

/**
 * The subject identifier of an event (RFC 9493, SSF 1.0 §3) as callers, sessions, clients and tokens of this gateway. None when
 * it names nothing that is known here.
 * @throws Refusal signal_malformed, signal_foreign
 */
export function subjectTargets(subject: JsonObject, event: SignalName | null, rules: Rules): SubjectTargets {
  if (subject["format"] === "complex") return complexTargets(subject, rules);
  const opaque = rules.opaque ?? (event === "session-revoked" ? "session" : "subject");
  return simpleTargets(subject, subject["format"] === "opaque" ? opaque : "subject", rules);
}

/** The most exact member counts: all of them describe the same subject. */
const members: readonly (readonly [string, Kind])[] = [
  ["session", "session"],
  ["user", "subject"],
  ["application", "client"],
];

function complexTargets(subject: JsonObject, rules: Rules): SubjectTargets {
  const { format: _format, ...all } = subject;
  const left = Object.keys(all).filter((name) => !rules.ignoredMembers.has(name));
  const unused: string[] = left.filter((name) => members.every(([known]) => known !== name));
  for (const [name, kind] of members) {
    const member = all[name];
    if (member === undefined) continue;
    if (!isJsonObject(member)) malformed(`its subject's ${name} is not an object`);
    const found = simpleTargets(member, kind, rules);
    if (found.targets.length > 0) return { targets: found.targets, unused: [...unused, ...found.unused] };
    unused.push(...found.unused);
  }
  return { targets: [], unused };
}

function simpleTargets(identifier: JsonObject, kind: Kind, rules: Rules): SubjectTargets {
  const read = formats[String(identifier["format"])];
  if (read === undefined) return { targets: [], unused: [String(identifier["format"]).slice(0, 64)] };
  return { targets: read(identifier, kind, rules), unused: [] };
}

type FormatReader = (identifier: JsonObject, kind: Kind, rules: Rules) => SignalTarget[];

/** Of any issuer that the transmitter speaks for: these formats name none. */
const everywhere =
  (member: string, from = (text: string) => text): FormatReader =>
  (identifier, kind, { about }) => {
    const id = from(text(identifier, member));
    return about.map(({ issuer }) => ({ kind, issuer, id }));
  };

/** RFC 9493 §3.2 and SSF 1.0 §3.5; what is not here names nothing that callers are known by. */
const formats: Readonly<Record<string, FormatReader>> = {
  iss_sub: (identifier, kind, rules) => [{ kind, issuer: issuerIn(identifier, rules), id: text(identifier, "sub") }],
  email: everywhere("email"),
  opaque: everywhere("id"),
  phone_number: everywhere("phone_number"),
  did: everywhere("url"),
  // A SPIFFE ID, among others.
  uri: everywhere("uri"),
  account: everywhere("uri", (uri) => uri.replace(/^acct:/i, "")),
  jwt_id: (identifier, _kind, rules) => [
    { kind: "token", issuer: issuerIn(identifier, rules), id: text(identifier, "jti") },
  ],
  aliases: ({ identifiers }, kind, rules) => {
    if (!Array.isArray(identifiers) || identifiers.length > mostAliases)
      malformed(`its aliases are not a list of at most ${mostAliases}`);
    return (identifiers as readonly unknown[]).flatMap((one) => {
      // RFC 9493 §3.2.8: aliases do not hold aliases.
      if (!isJsonObject(one) || one["format"] === "aliases") malformed("an alias of its subject is no identifier");
      return simpleTargets(one, kind, rules).targets;
    });
  },
};

/** A transmitter that could speak for any issuer would end anybody's access. */
function issuerIn(identifier: JsonObject, { about }: Rules): string {
  const issuer = text(identifier, "iss");
  if (about.some((one) => one.issuer === issuer)) return issuer;
  throw new Refusal("signal_foreign", { hint: issuer });
}

function text(identifier: JsonObject, member: string): string {
  const value = identifier[member];
  if (typeof value === "string" && value !== "" && value.length <= 256 && !/\p{C}/u.test(value) && !isDeceptive(value))
    return value;
  return malformed(`its subject's ${member} is not a plain text of at most 256 characters`);
}

function malformed(hint: string): never {
  throw new Refusal("signal_malformed", { hint });
}
