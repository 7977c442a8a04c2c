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

/**
 * The most exact member counts: all of them describe the same subject. Where tokens name no session, the whole user is meant: the
 * narrower reading would leave access standing.
 */
const members: readonly (readonly [string, Kind])[] = [
  ["session", "session"],
  ["user", "subject"],
  ["application", "client"],
];

function complexTargets(subject: JsonObject, rules: Rules): SubjectTargets {
  const { format: _format, ...all } = subject;
  const left = Object.keys(all).filter((name) => !rules.ignoredMembers.has(name));
  const unused: string[] = left.filter((name) => members.every(([known]) => known !== name));
  const targets: SignalTarget[] = [];
  let open = rules.about.map(({ issuer }) => issuer);
  for (const [name, kind] of members) {
    const member = all[name];
    if (member === undefined || open.length === 0) continue;
    if (!isJsonObject(member)) malformed(`its subject's ${name} is not an object`);
    const found = simpleTargets(member, kind, rules);
    targets.push(...found.targets.filter(({ issuer }) => open.includes(issuer)));
    unused.push(...found.unused);
    if (found.targets.length === 0) continue;
    const left = kind === "session" ? withoutSessions(rules) : [];
    open = left.filter((issuer) => found.targets.every((one) => one.issuer !== issuer));
  }
  return { targets, unused };
}

function withoutSessions({ about }: Rules): string[] {
  return about.filter(({ namesSessions }) => !namesSessions).map(({ issuer }) => issuer);
}

function simpleTargets(identifier: JsonObject, kind: Kind, rules: Rules): SubjectTargets {
  const read = formats[String(identifier["format"])];
  if (read === undefined) return { targets: [], unused: [String(identifier["format"]).slice(0, 64)] };
  const targets = read(identifier, kind, rules);
  const sessionless = kind === "session" ? withoutSessions(rules) : [];
  const known = targets.filter((one) => one.kind !== "session" || !sessionless.includes(one.issuer));
  return { targets: known, unused: targets.length > 0 && known.length === 0 ? ["session"] : [] };
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
  iss_sub: (identifier, kind, rules) => {
    const [iss, sub] = [issuerIn(identifier, rules), text(identifier, "sub")];
    return rules.about.flatMap(({ issuer, people }) => {
      if (issuer === iss) return [{ kind, issuer, id: sub }];
      const before = kind === "subject" ? people.get(iss) : undefined;
      return before === undefined ? [] : [{ kind, issuer, id: before + sub }];
    });
  },
  email: everywhere("email"),
  opaque: everywhere("id"),
  phone_number: everywhere("phone_number"),
  did: everywhere("url"),
  // A SPIFFE ID, among others.
  uri: everywhere("uri"),
  account: everywhere("uri", (uri) => uri.replace(/^acct:/i, "")),
  jwt_id: (identifier, _kind, rules) => {
    const [iss, id] = [issuerIn(identifier, rules), text(identifier, "jti")];
    return rules.about.filter(({ issuer }) => issuer === iss).map(({ issuer }) => ({ kind: "token", issuer, id }));
  },
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
  if (about.some((one) => one.issuer === issuer || one.people.has(issuer))) return issuer;
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
