import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { subjectTargets } from "../../../../gateway/signals/set/subject-targets.ts";
import { ownPeople, transmitterSettings } from "../../../support/signals/settings.ts";

const iss = "https://idp.example";
const rules = transmitterSettings();
const of = (subject: object, event: Parameters<typeof subjectTargets>[1] = "session-revoked", given = rules) =>
  subjectTargets(subject as never, event, given);
const refusalOf = (subject: object): string => {
  try {
    of(subject);
    return "read";
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
};
const user = { format: "iss_sub", iss, sub: "alice" };
const session = { format: "opaque", id: "sess-1" };

test.each<[string, object, object]>([
  ["an issuer and a subject", user, { kind: "subject", issuer: iss, id: "alice" }],
  ["an e-mail", { format: "email", email: "a@b.example" }, { kind: "subject", issuer: iss, id: "a@b.example" }],
  ["an account", { format: "account", uri: "acct:a@b.example" }, { kind: "subject", issuer: iss, id: "a@b.example" }],
  [
    "a workload",
    { format: "uri", uri: "spiffe://b.example/bot" },
    { kind: "subject", issuer: iss, id: "spiffe://b.example/bot" },
  ],
  ["a number", { format: "phone_number", phone_number: "+4930" }, { kind: "subject", issuer: iss, id: "+4930" }],
  [
    "a decentralised id",
    { format: "did", url: "did:example:1" },
    { kind: "subject", issuer: iss, id: "did:example:1" },
  ],
  ["a token", { format: "jwt_id", iss, jti: "t1" }, { kind: "token", issuer: iss, id: "t1" }],
  ["a session", session, { kind: "session", issuer: iss, id: "sess-1" }],
])("reads %s by its format", (_, subject, target) => {
  expect(of(subject)).toEqual({ targets: [target], unused: [] });
});

it("takes an opaque id for a subject in other events than a revoked session, and for what the configuration says", () => {
  expect(of(session, "credential-change").targets[0]?.kind).toBe("subject");
  expect(of(session, "session-revoked", { ...rules, opaque: "subject" }).targets[0]?.kind).toBe("subject");
  expect(of(session, "credential-change", { ...rules, opaque: "session" }).targets[0]?.kind).toBe("session");
});

it("names the subject at every issuer that the transmitter speaks for, when the format names none", () => {
  const about = [...rules.about, { ...ownPeople, issuer: "https://b.example" }];
  const { targets } = of({ format: "email", email: "a@b.example" }, "session-revoked", { ...rules, about });
  expect(targets.map(({ issuer }) => issuer)).toEqual([iss, "https://b.example"]);
});

test.each<[string, object, readonly string[], readonly string[]]>([
  ["session, when there is one", { user, session, application: session }, ["session sess-1"], []],
  ["user, when there is no session", { user, application: session }, ["subject alice"], []],
  ["application, when there is nothing else", { application: { format: "opaque", id: "app" } }, ["client app"], []],
  ["user of a device", { user, device: session }, ["subject alice"], ["device"]],
  ["nothing of a device alone", { device: session, tenant: session }, [], ["device", "tenant"]],
  [
    "user, when the session is of a format that names nothing",
    { session: { format: "saml_assertion_id" }, user },
    ["subject alice"],
    ["saml_assertion_id"],
  ],
])("takes of a complex subject its %s", (_, members, targets, unused) => {
  const found = of({ format: "complex", ...members });
  expect(found.targets.map(({ kind, id }) => `${kind} ${id}`)).toEqual(targets);
  expect(found.unused).toEqual(unused);
});

it("leaves members out that the configuration says hold for everybody", () => {
  const given = { ...rules, ignoredMembers: new Set(["tenant"]) };
  expect(of({ format: "complex", user, tenant: session }, "session-revoked", given).unused).toEqual([]);
});

it("takes every alias that it can read", () => {
  const aliases = {
    format: "aliases",
    identifiers: [user, { format: "email", email: "a@b.example" }, { format: "ip-addresses" }],
  };
  expect(of(aliases).targets.map(({ id }) => id)).toEqual(["alice", "a@b.example"]);
});

it("names nothing for a format that callers are not known by", () => {
  expect(of({ format: "ip-addresses", "ip-addresses": ["10.0.0.1"] })).toEqual({
    targets: [],
    unused: ["ip-addresses"],
  });
});

test.each<[string, object, string]>([
  ["a subject of another issuer", { ...user, iss: "https://evil.example" }, "signal_foreign"],
  ["a token of another issuer", { format: "jwt_id", iss: "https://evil.example", jti: "t1" }, "signal_foreign"],
  [
    "one of another issuer among aliases",
    { format: "aliases", identifiers: [{ ...user, iss: "https://evil.example" }] },
    "signal_foreign",
  ],
  ["one of another issuer in a complex subject", { format: "complex", user: { ...user, iss: "x" } }, "signal_foreign"],
  ["an issuer that differs by a slash", { ...user, iss: `${iss}/` }, "signal_foreign"],
  ["a subject without sub", { format: "iss_sub", iss }, "signal_malformed"],
  ["an empty sub", { ...user, sub: "" }, "signal_malformed"],
  ["a sub that is too long", { ...user, sub: "a".repeat(257) }, "signal_malformed"],
  ["a sub with a character that nobody sees", { ...user, sub: "ali​ce" }, "signal_malformed"],
  [
    "aliases within aliases",
    { format: "aliases", identifiers: [{ format: "aliases", identifiers: [] }] },
    "signal_malformed",
  ],
  ["a member that is a text", { format: "complex", user: "alice" }, "signal_malformed"],
  [
    "more aliases than are read",
    { format: "aliases", identifiers: Array.from({ length: 21 }, () => user) },
    "signal_malformed",
  ],
])("refuses %s", (_, subject, code) => {
  expect(refusalOf(subject)).toBe(code);
});

describe("about people to whom the gateway itself gives tokens", () => {
  const { issuer } = ownPeople;
  const named = (subject: object, about = [ownPeople]): string[] =>
    of(subject, "session-revoked", { ...rules, about }).targets.map((one) => `${one.kind} ${one.issuer} ${one.id}`);

  it("knows them by what the provider where they sign in calls them, and by what the gateway does", () => {
    expect(named(user)).toEqual([`subject ${issuer} alice`]);
    expect(named({ ...user, iss: issuer })).toEqual([`subject ${issuer} alice`]);
    expect(named(user, [...rules.about, ownPeople])).toEqual([`subject ${iss} alice`, `subject ${issuer} alice`]);
    const elsewhere = { ...ownPeople, people: new Map([[iss, `${iss}#`]]) };
    expect(named(user, [elsewhere])).toEqual([`subject ${issuer} ${iss}#alice`]);
  });

  it("takes clients and tokens of that provider for none of its own", () => {
    expect(named({ format: "jwt_id", iss, jti: "t1" })).toEqual([]);
    expect(named({ format: "complex", application: { format: "iss_sub", iss, sub: "app" } })).toEqual([]);
    expect(named({ format: "jwt_id", iss: issuer, jti: "t1" })).toEqual([`token ${issuer} t1`]);
  });

  it("means the whole user where tokens name no session, and nothing when there is no user", () => {
    const both = { format: "complex", session, user };
    expect(named(both)).toEqual([`subject ${issuer} alice`]);
    expect(named(both, [...rules.about, ownPeople])).toEqual([`session ${iss} sess-1`, `subject ${issuer} alice`]);
    expect(of(session, "session-revoked", { ...rules, about: [ownPeople] })).toEqual({
      targets: [],
      unused: ["session"],
    });
  });
});
