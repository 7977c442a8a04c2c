import { type CryptoKey, generateKeyPair } from "jose";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { createKeySet } from "../../../../gateway/identify/token/key-set.ts";
import { type Transmitter, verifySet } from "../../../../gateway/signals/set/verify-set.ts";
import { TransmitterClient } from "../../../../gateway/signals/stream/transmitter-client.ts";
import { quiet } from "../../../support/quiet.ts";
import { transmitterSettings } from "../../../support/signals/settings.ts";
import { type SetParts, TestTransmitter } from "../../../support/signals/transmitter.ts";

const audience = "https://gateway.example/signals/idp";
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const second = Math.floor(Date.now() / 1000);
const alice = { format: "iss_sub", iss: "https://idp.example", sub: "alice" };
const timing = { refreshMs: 60_000, cooldownMs: 0, staleMs: 0 };

let sender: TestTransmitter;
let known: Transmitter;
let stranger: CryptoKey;
beforeAll(async () => {
  sender = await TestTransmitter.start({ audience });
  const settings = transmitterSettings({ issuer: sender.issuer });
  const client = new TransmitterClient(settings, { clock, secret: () => "" });
  const load = async () => (await client.keys()) as never;
  known = { settings, keySet: createKeySet(load, timing, { clock, logger: quiet, issuer: sender.issuer }) };
  stranger = (await generateKeyPair("RS256")).privateKey;
});
afterAll(() => sender.close());

const refusalOf = async (text: string): Promise<string> => {
  const thrown: unknown = await verifySet(text, known, clock).catch((failure: unknown) => failure);
  return thrown instanceof Error ? asRefusal(thrown).code : "accepted";
};

it("reads a SET of its transmitter", async () => {
  const text = await sender.event(
    "session-revoked",
    alice,
    { reason_admin: { en: "stolen" } },
    { claims: { jti: "j1" } },
  );
  expect(await verifySet(text, known, clock)).toMatchObject({
    jti: "j1",
    subject: alice,
    events: [{ name: "session-revoked", payload: { reason_admin: { en: "stolen" } } }],
  });
});

it("reads an event that it does not know as one without a name", async () => {
  const text = await sender.set({ claims: { sub_id: alice, events: { "https://example.org/new-event": {} } } });
  expect((await verifySet(text, known, clock)).events).toEqual([
    { name: null, uri: "https://example.org/new-event", payload: {} },
  ]);
});

it("accepts a list of audiences that has its own, and the long form of the type", async () => {
  const claims = { aud: ["https://else.example", audience] };
  const header = { typ: "application/secevent+jwt" };
  expect(await refusalOf(await sender.event("session-revoked", alice, {}, { claims, header }))).toBe("accepted");
});

test.each<[string, SetParts, string]>([
  ["an access token", { header: { typ: "at+jwt" } }, "signal_malformed"],
  ["a logout token", { header: { typ: "logout+jwt" } }, "signal_malformed"],
  ["a JWT without a type", { header: { typ: undefined } }, "signal_malformed"],
  ["one that says where its key is", { header: { jku: "https://evil.example/jwks" } }, "signal_malformed"],
  ["a key id that nobody publishes", { header: { kid: "k2" } }, "signal_key"],
  ["another issuer", { claims: { iss: "https://evil.example" } }, "signal_issuer"],
  ["no issuer", { without: ["iss"] }, "signal_issuer"],
  ["another audience", { claims: { aud: "https://gateway.example/signals/other" } }, "signal_audience"],
  ["an audience with a slash more", { claims: { aud: `${audience}/` } }, "signal_audience"],
  ["no audience", { without: ["aud"] }, "signal_audience"],
  ["one from the future", { claims: { iat: second + 3_600 } }, "signal_time"],
  ["one that is too old", { claims: { iat: second - 7_200 } }, "signal_time"],
  ["one without iat", { without: ["iat"] }, "signal_malformed"],
  ["an iat that is text", { claims: { iat: String(second) as never } }, "signal_malformed"],
  ["one that expires", { claims: { exp: second + 60 } }, "signal_malformed"],
  ["one with sub", { claims: { sub: "alice" } }, "signal_malformed"],
  ["one without jti", { without: ["jti"] }, "signal_malformed"],
  ["an empty jti", { claims: { jti: "" } }, "signal_malformed"],
  ["one without a subject", { without: ["sub_id"] }, "signal_malformed"],
  ["one without events", { without: ["events"] }, "signal_malformed"],
  ["no event at all", { claims: { events: {} } }, "signal_malformed"],
  ["an event that is a text", { claims: { events: { "urn:x": "now" } } }, "signal_malformed"],
])("refuses %s", async (_, parts, code) => {
  expect(await refusalOf(await sender.event("session-revoked", alice, {}, parts))).toBe(code);
});

it("refuses a SET that somebody else has signed under the key id of its transmitter", async () => {
  expect(await refusalOf(await sender.event("session-revoked", alice, {}, { key: stranger }))).toBe("signal_key");
});

it("refuses a SET without a signature, and one that was changed after it was signed", async () => {
  const [header = "", payload = "", signature = ""] = (await sender.event("session-revoked", alice)).split(".");
  const none = Buffer.from(JSON.stringify({ alg: "none", typ: "secevent+jwt" })).toString("base64url");
  const other = Buffer.from(Buffer.from(payload, "base64url").toString().replace("alice", "carol")).toString(
    "base64url",
  );
  expect(await Promise.all([`${none}.${payload}.`, `${none}.${payload}.${signature}`].map(refusalOf))).toEqual([
    "signal_malformed",
    "signal_malformed",
  ]);
  expect(await refusalOf(`${header}.${other}.${signature}`)).toBe("signal_key");
});

test.each([
  ["nothing", ""],
  ["JSON", '{"events":{}}'],
  ["more than 64 KiB", `${"a".repeat(70_000)}.b.c`],
])("refuses %s in the place of a SET", async (_, text) => {
  expect(await refusalOf(text)).toBe("signal_malformed");
});

it("says that it cannot check now, while the keys of the transmitter cannot be read", async () => {
  const text = await sender.event("session-revoked", alice);
  const load = () => Promise.reject(new Error("away"));
  const keySet = createKeySet(load, timing, { clock, logger: quiet, issuer: sender.issuer });
  await expect(verifySet(text, { ...known, keySet }, clock)).rejects.toMatchObject({ code: "signal_unavailable" });
});
