import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import {
  audience,
  handClock,
  identifier,
  keyServer,
  mint,
  outcome,
  route,
  signingKey,
  trustedIssuer,
} from "../fixtures.ts";
import type { TrustedIssuer } from "../../../../gateway/identify/trusted-issuer.ts";

const iss = "https://idp.example";
const trust = `introspection:${iss}`;
const here = route([trust]);
const open: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

/** An issuer that answers what a test tells it to, and keeps what it was asked. */
async function asked(answer: object) {
  const state = {
    answer: answer as unknown,
    status: 200,
    raw: null as string | null,
    delayMs: 0,
    location: "/elsewhere",
  };
  const questions: { authorization: string; token: string; hint: string }[] = [];
  const server = createServer((req, res) => {
    let body = "";
    req.setEncoding("utf8").on("data", (part: string) => (body += part));
    req.on("end", () => {
      const form = new URLSearchParams(body);
      questions.push({
        authorization: req.headers.authorization ?? "",
        token: form.get("token") ?? "",
        hint: form.get("token_type_hint") ?? "",
      });
      setTimeout(() => {
        res.writeHead(state.status, { "content-type": "application/json", location: state.location });
        res.end(state.raw ?? JSON.stringify(state.answer));
      }, state.delayMs);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  open.push({ close });
  return { state, questions, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`, close };
}

async function world(change: Record<string, unknown> = {}, issuer: Partial<TrustedIssuer> = {}) {
  const clock = handClock();
  const second = Math.floor(clock.now() / 1000);
  const active = { active: true, iss, sub: "refund-bot", aud: audience, iat: second, exp: second + 300, ...change };
  const idp = await asked(active);
  const introspection = {
    endpoint: idp.endpoint,
    clientId: "gate way",
    secretReference: "env:X",
    cacheMs: 30_000,
    timeoutMs: 500,
  };
  const trusted = trustedIssuer(iss, "", {
    kind: "introspection",
    trust,
    keys: { kind: "none" },
    introspection,
    ...issuer,
  });
  const identify = identifier([trusted], clock, { secret: () => "s:e+c é" });
  return {
    clock,
    second,
    active,
    idp,
    identify,
    trusted,
    judge: (token = "opaque-1", at = here) => outcome(identify, token, at),
  };
}

test("identifies the caller of an opaque token by its issuer's answer", async () => {
  const { judge, idp } = await world({
    roles: ["refunds"],
    scope: "tools:call",
    client_id: "bot-app",
    token_type: "Bearer",
  });
  expect(await judge()).toMatchObject({
    id: "refund-bot",
    issuer: iss,
    clientId: "bot-app",
    roles: ["refunds"],
    scopes: ["tools:call"],
    proof: { method: "none", key: null },
  });
  expect(idp.questions).toEqual([
    {
      token: "opaque-1",
      hint: "access_token",
      authorization: `Basic ${Buffer.from("gate+way:s%3Ae%2Bc+%C3%A9").toString("base64")}`,
    },
  ]);
});

test("does not hand `active` on as a claim, and names a client that calls for itself by its client_id", async () => {
  const { judge } = await world({ sub: undefined, client_id: "refund-bot" });
  const subject = (await judge()) as Subject;
  expect(subject).toMatchObject({ id: "refund-bot", claims: { client_id: "refund-bot" } });
  expect(subject.claims).not.toHaveProperty("active");
});

test.each<[string, Record<string, unknown>, string]>([
  ["not active", { active: false }, "token_invalid"],
  ["of another issuer", { iss: "https://evil.example" }, "token_issuer_unknown"],
  ["for another audience", { aud: "https://gw.example/crm" }, "token_audience"],
  ["for no audience", { aud: undefined }, "token_audience"],
  ["expired, although the issuer calls it active", { exp: 1 }, "token_expired"],
  ["not valid yet", { nbf: 4_000_000_000 }, "token_not_yet_valid"],
  ["without a subject", { sub: undefined }, "token_invalid"],
  ["with a time that is text", { exp: "soon" }, "token_invalid"],
  ["that lives too long", { exp: 4_000_000_000 }, "token_lifetime"],
  ["of another type", { token_type: "N_A" }, "token_invalid"],
  ["bound to a key", { cnf: { jkt: "x".repeat(43) } }, "token_proof_missing"],
  ["bound to a certificate", { cnf: { "x5t#S256": "x".repeat(43) } }, "token_proof_missing"],
])("refuses a token %s", async (_, change, code) => {
  const { judge } = await world(change);
  expect(await judge()).toBe(code);
});

test.each<[string, Partial<{ status: number; raw: string; delayMs: number }>]>([
  ["an error", { status: 500 }],
  ["its client refused", { status: 401 }],
  ["a redirect", { status: 302 }],
  ["no JSON", { raw: "<html>" }],
  ["a list", { raw: "[]" }],
  ["nothing about active", { raw: "{}" }],
  ["active as text", { raw: '{"active":"true"}' }],
  ["active as a number", { raw: '{"active":1}' }],
  ["an endless answer", { raw: `{"active":true,"x":"${"x".repeat(70_000)}"}` }],
  ["nothing in time", { delayMs: 1500 }],
])("refuses as unavailable when the issuer answers with %s", async (_, change) => {
  const { judge, idp } = await world();
  Object.assign(idp.state, change);
  expect(await judge()).toBe("introspection_unavailable");
});

test("does not follow its issuer to somebody else with the token and its own secret", async () => {
  const { judge, idp, active } = await world();
  const stranger = await asked(active);
  Object.assign(idp.state, { status: 307, location: stranger.endpoint });
  expect(await judge()).toBe("introspection_unavailable");
  expect(stranger.questions).toEqual([]);
});

test("refuses as unavailable when the issuer is down, leaves it alone for a second, then asks again", async () => {
  const { judge, idp, clock } = await world();
  idp.state.status = 503;
  expect(await judge("a")).toBe("introspection_unavailable");
  expect(await judge("b")).toBe("introspection_unavailable");
  expect(idp.questions).toHaveLength(1);
  idp.state.status = 200;
  clock.advance(1000);
  expect(await judge("b")).toMatchObject({ id: "refund-bot" });
  await idp.close();
  expect(await judge("c")).toBe("introspection_unavailable");
});

test("asks once for many calls at once, and again only when the answer is too old", async () => {
  const { judge, idp, clock } = await world();
  await Promise.all(Array.from({ length: 20 }, () => judge()));
  expect(await judge()).toMatchObject({ id: "refund-bot" });
  expect(idp.questions).toHaveLength(1);
  clock.advance(29_999);
  await judge();
  expect(idp.questions).toHaveLength(1);
  clock.advance(1);
  idp.state.answer = { active: false };
  expect(await judge()).toBe("token_invalid");
});

test("refuses a token at its own end although the answer is young", async () => {
  const { judge, clock } = await world({ exp: Math.floor(handClock().now() / 1000) + 10 }, { clockSkewMs: 0 });
  expect(await judge()).toMatchObject({ id: "refund-bot" });
  clock.advance(10_000);
  expect(await judge()).toBe("token_expired");
});

test("believes a token without an end no longer than its answer", async () => {
  const { judge, idp, clock, second } = await world({ exp: undefined, iat: undefined });
  const subject = (await judge()) as Subject;
  expect(subject.expiresAt).toBeLessThanOrEqual(second + 31);
  expect(subject.claims).not.toHaveProperty("exp");
  idp.state.answer = { active: false };
  clock.advance(30_000);
  expect(await judge()).toBe("token_invalid");
});

test("asks each time when nothing may be cached", async () => {
  const { idp, trusted, clock } = await world();
  const introspection = { ...trusted.introspection, cacheMs: 0 } as TrustedIssuer["introspection"];
  const identify = identifier([{ ...trusted, introspection }], clock);
  for (let call = 0; call < 3; call += 1)
    expect(await outcome(identify, "opaque-1", here)).toMatchObject({ id: "refund-bot" });
  expect(idp.questions).toHaveLength(3);
});

test("does not let a made-up token that comes again and again hammer the issuer", async () => {
  const { judge, idp } = await world({ active: false });
  for (let call = 0; call < 20; call += 1) expect(await judge("made-up")).toBe("token_invalid");
  expect(idp.questions).toHaveLength(1);
});

test("sheds questions beyond a hundred at once, instead of keeping every caller", async () => {
  const { judge, idp } = await world();
  idp.state.delayMs = 100;
  const answers = await Promise.all(Array.from({ length: 110 }, (_, index) => judge(`token-${index}`)));
  expect(answers.filter((one) => one === "introspection_unavailable")).toHaveLength(10);
});

test("never asks about a signed token that says it is somebody else's", async () => {
  const { idp, trusted, clock } = await world();
  const key = await signingKey("ES256", "k");
  const server = await keyServer([key.publicJwk]);
  open.push(server);
  const other = "https://jwt.example";
  const identify = identifier([trusted, trustedIssuer(other, server.url)], clock);
  const both = route([trust, other]);
  expect(await outcome(identify, await mint(key, other, clock), both)).toMatchObject({ issuer: other });
  expect(await outcome(identify, await mint(key, "https://evil.example", clock), both)).toBe("token_issuer_unknown");
  expect(idp.questions).toHaveLength(0);
  expect(await outcome(identify, await mint(key, iss, clock), both)).toMatchObject({ issuer: iss });
  expect(await outcome(identify, "opaque-1", both)).toMatchObject({ issuer: iss });
  expect(idp.questions).toHaveLength(2);
});

test("never asks about a token on a route that does not trust the issuer", async () => {
  const { judge, idp } = await world();
  expect(await judge("opaque-1", route(["https://jwt.example"]))).toBe("token_invalid");
  expect(idp.questions).toHaveLength(0);
});
