import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { SignalNotice, SignedOut } from "../../../../gateway/domain/ports.ts";
import { logoutReceiver } from "../../../../gateway/signals/logout/logout-receiver.ts";
import { knownProvider } from "../../../../gateway/signals/logout/provider-keys.ts";
import { quiet } from "../../../support/quiet.ts";
import { handClock, mint, type Minted, type SigningKey, signingKey } from "../../identify/fixtures.ts";

const clock = handClock();
const second = Math.floor(clock.now() / 1000);
const event = "http://schemas.openid.net/event/backchannel-logout";
let key: SigningKey;
let stranger: SigningKey;
let server: Server;
let issuer: string;
let answers: boolean;
let named: string | null;
beforeAll(async () => {
  key = await signingKey("RS256", "k1");
  stranger = await signingKey("RS256", "k1");
});
beforeEach(async () => {
  [answers, named] = [true, null];
  server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    const isKeys = req.url === "/jwks";
    const document = isKeys ? { keys: [key.publicJwk] } : { issuer: named ?? issuer, jwks_uri: `${issuer}/jwks` };
    res.writeHead(answers ? 200 : 503, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void server.close().closeAllConnections());

/** `before`: runs before sessions end. */
function world(before: () => Promise<void> = () => Promise.resolve()) {
  const [ended, records, seen]: [SignedOut[], SignalNotice[], Set<string>] = [[], [], new Set()];
  const counted: string[] = [];
  const receiver = logoutReceiver({
    clientId: "console",
    clock,
    provider: knownProvider(issuer, { clock, logger: quiet }),
    seen: {
      has: async (_, jti) => seen.has(jti),
      add: async (_, jti) => void seen.add(jti),
      purge: async () => undefined,
    },
    note: (notice) => void records.push(notice),
    counted: (_, _event, effect) => void counted.push(effect),
  });
  const end = (who: SignedOut): Promise<number> => before().then(() => ended.push(who));
  const receive = async (change: Minted = {}, by = key): Promise<string> => {
    const claims = { aud: "console", jti: "j1", sid: "s1", events: { [event]: {} }, ...change.claims };
    const header = { typ: "logout+jwt", ...change.header };
    const token = await mint(by, issuer, clock, { ...change, claims, header });
    return receiver.receive(token, end).then(
      () => "taken",
      (thrown: unknown) => `${(thrown as { code: string }).code}: ${(thrown as { hint: string }).hint}`,
    );
  };
  return { receive, ended, records, counted };
}

it("ends what a token names, and records it", async () => {
  const { receive, ended, records } = world();
  expect(await receive()).toBe("taken");
  expect(await receive({ claims: { jti: "j2" }, without: ["sub"] })).toBe("taken");
  expect(await receive({ claims: { jti: "j3", sid: undefined } })).toBe("taken");
  const account = JSON.stringify([issuer, "refund-bot"]);
  expect(ended).toEqual([
    { account, sid: "s1" },
    { account: null, sid: "s1" },
    { account, sid: null },
  ]);
  expect(records[0]).toMatchObject({ transmitter: issuer, way: "logout", jti: "j1", effect: "ended" });
});

it("takes a token once", async () => {
  const { receive, ended, counted } = world();
  await receive();
  expect(await receive()).toBe("logout_token_invalid: it was used before");
  expect(ended).toHaveLength(1);
  expect(counted).toEqual(["ended", "refused"]);
});

it("takes a token again whose sessions could not be ended", async () => {
  let isBroken = true;
  const { receive, ended } = world(() =>
    isBroken ? Promise.reject(new Error("the disk is full")) : Promise.resolve(),
  );
  expect(await receive()).toMatch(/^signal_unavailable/);
  isBroken = false;
  expect(await receive()).toBe("taken");
  expect(ended).toHaveLength(1);
});

it("records the first of many tokens that nobody has signed, and counts all", async () => {
  const { receive, records, counted } = world();
  for (let at = 0; at < 40; at += 1) await receive({ claims: { iss: "https://evil.example" } });
  expect([records.length, counted.length]).toEqual([30, 40]);
});

test.each<[string, Minted, string]>([
  ["an ID token", { header: { typ: "JWT" } }, "it is not a logout token (typ logout+jwt)"],
  ["a token without a type", { header: { typ: undefined } as never }, "it is not a logout token (typ logout+jwt)"],
  ["a security event token", { header: { typ: "secevent+jwt" } }, "it is not a logout token (typ logout+jwt)"],
  ["a token with a nonce", { claims: { nonce: "n" } }, "it has a nonce"],
  ["another client's", { claims: { aud: "other" } }, "it is for another client"],
  ["another issuer's", { claims: { iss: "https://evil.example" } }, "it is from another issuer"],
  ["one without the event", { claims: { events: {} } }, "it has no logout event"],
  [
    "one that names nobody",
    { without: ["sub"], claims: { sid: undefined } },
    "it names neither a person nor a session",
  ],
  ["one without jti", { without: ["jti"] }, "its jti is not a text"],
  ["one that has expired", { claims: { iat: second - 120, exp: second - 60 } }, "it has expired"],
  ["one from the future", { claims: { iat: second + 300, exp: second + 400 } }, "its iat is not a time in the past"],
  ["an old one", { claims: { iat: second - 3_600, exp: second + 60 } }, "it is too old"],
])("refuses %s", async (_, change, hint) => {
  const { receive, ended, records } = world();
  expect(await receive(change)).toBe(`logout_token_invalid: ${hint}`);
  expect(ended).toEqual([]);
  expect(records).toMatchObject([{ effect: "refused", code: "logout_token_invalid" }]);
});

it("refuses a token that somebody else has signed", async () => {
  expect(await world().receive({}, stranger)).toBe("logout_token_invalid: its signature does not match");
});

it("says that it cannot check now, while the provider is away or is another one", async () => {
  answers = false;
  expect(await world().receive()).toMatch(/^signal_unavailable/);
  [answers, named] = [true, "https://evil.example"];
  expect(await world().receive()).toMatch(/^signal_unavailable/);
});
