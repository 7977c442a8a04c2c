import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TrustedIssuer } from "../../../../gateway/domain/trusted-issuer.ts";
import { audience, handClock, identifier, outcome, route, trustedIssuer } from "../fixtures.ts";

/** Longer than any answer that comes at all. */
export const patient = 60_000;

export const iss = "https://idp.example";
export const trust = `introspection:${iss}`;
export const here = route([trust]);
const open: { close(): Promise<void> }[] = [];

/** Servers that a test has opened. */
export const closing = {
  push: (one: { close(): Promise<void> }) => void open.push(one),
  all: () => Promise.all(open.splice(0).map((one) => one.close())),
};

/** An issuer that answers what a test tells it to, and keeps what it was asked. */
export async function asked(answer: object, port = 0) {
  const state = {
    answer: answer as unknown,
    status: 200,
    raw: null as string | null,
    delayMs: 0,
    /** What a token begins with whose answer is delayed. */
    slow: "",
    location: "/elsewhere",
  };
  const questions: { authorization: string; token: string; hint: string }[] = [];
  const server = createServer({ keepAliveTimeout: 0 }, (req, res) => {
    let body = "";
    req.setEncoding("utf8").on("data", (part: string) => (body += part));
    req.on("end", () => {
      const form = new URLSearchParams(body);
      questions.push({
        authorization: req.headers.authorization ?? "",
        token: form.get("token") ?? "",
        hint: form.get("token_type_hint") ?? "",
      });
      setTimeout(
        () => {
          res.writeHead(state.status, { "content-type": "application/json", location: state.location });
          res.end(state.raw ?? JSON.stringify(state.answer));
        },
        form.get("token")?.startsWith(state.slow) === true ? state.delayMs : 0,
      ).unref();
    });
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  closing.push({ close });
  return { state, questions, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`, close };
}

export async function world(
  change: Record<string, unknown> = {},
  issuer: Partial<TrustedIssuer> = {},
  timeoutMs = patient,
) {
  const clock = handClock();
  const second = Math.floor(clock.now() / 1000);
  const active = { active: true, iss, sub: "refund-bot", aud: audience, iat: second, exp: second + 300, ...change };
  const idp = await asked(active);
  const introspection = {
    endpoint: idp.endpoint,
    clientId: "gate way",
    secretReference: "env:X",
    cacheMs: 30_000,
    timeoutMs,
    recheckMs: 0,
    unansweredMs: 0,
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
