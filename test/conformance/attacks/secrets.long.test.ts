/**
 * What a client claims of itself never reaches the tool server, and what is secret never reaches logs, records or errors.
 * Every secret is a canary, looked for wherever the gateway writes.
 */
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { sendRaw } from "../../support/raw-client.ts";
import { crmRoute, paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { readLog } from "./support/log.ts";

const order = "/payments/v1/orders/o-881";
let upstream: RecordingUpstream;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({
    routes: [paymentsRoute(upstream.origin), crmRoute(upstream.origin)],
    config: {
      credentials: {
        "payments-api": { header: "x-service-key", value: "env:DEMO_PAYMENTS_KEY" },
        "crm-api": { prefix: "Bearer ", value: "env:DEMO_CRM_KEY" },
      },
    },
  });
  token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => {
  upstream.requests.length = 0;
});

test("refuses a call that has a header of the same name as the gateway's credential", async () => {
  for (const name of ["X-Service-Key", "x-service-key", "X-SERVICE-KEY"]) {
    const answer = await fetch(gateway.agents + order, {
      headers: { authorization: `Bearer ${token}`, [name]: "forged" },
    });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: "credential_conflict" }]);
  }
  expect(upstream.requests).toHaveLength(0);
  await (await fetch(gateway.agents + order, { headers: { authorization: `Bearer ${token}` } })).arrayBuffer();
  expect(upstream.requests[0]?.headers.filter(([name]) => name === "x-service-key")).toEqual([
    ["x-service-key", "demo-payments-key"],
  ]);
});

const spoofed = [
  ..."Forwarded Via X-Real-IP X-Client-IP True-Client-IP CF-Connecting-IP Cookie Cookie2 Proxy-Authorization X-Api-Key".split(
    " ",
  ),
  ..."X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-User X-Forwarded-Client-Cert X-Forwarded-Uri".split(
    " ",
  ),
  ..."X-Original-URL X-Original-Method X-Rewrite-URL X-HTTP-Method-Override X-Method-Override X-Auth-Request-User".split(
    " ",
  ),
  ..."Sallyport-Subject Sallyport-Decision Sallyport-Approval X-Sallyport-Subject Remote-User X-Remote-User SSL-Client-Verify".split(
    " ",
  ),
  ..."X-Envoy-Original-Path X-Amzn-Oidc-Data X-MS-Client-Principal X-Goog-Iap-Jwt-Assertion X-WebAuth-User DPoP Signature".split(
    " ",
  ),
];

test("lets no spoofed header through, in any spelling", async () => {
  const spell = (name: string): string[] => [name, name.toLowerCase(), name.toUpperCase(), name.replaceAll("-", "_")];
  let sent = 0;
  for (const name of spoofed.flatMap(spell)) {
    const answer = await fetch(gateway.agents + order, {
      headers: { authorization: `Bearer ${token}`, [name]: "spoofed-canary" },
    });
    await answer.arrayBuffer();
    sent += 1;
  }
  expect(sent).toBeGreaterThan(140);
  expect(
    upstream.requests
      .filter(({ headers }) => JSON.stringify(headers).includes("spoofed-canary"))
      .map(({ headers }) => headers),
  ).toEqual([]);
  expect(upstream.requests.filter(({ headers }) => JSON.stringify(headers).includes(token))).toEqual([]);
});

test("writes no secret into its log, its records or its errors", async () => {
  const canary = "canary-4f1d";
  const heard: string[] = [];
  const raw = async (bytes: string): Promise<void> => void heard.push(await sendRaw(gateway.agents, bytes, 120));
  const lines = (auth: string): string => `Host: x\r\nAuthorization: ${auth}\r\n`;
  for (const auth of [
    `Bearer ${canary}`,
    `Bearer ${token.slice(0, -3)}xyz.${canary}`,
    `Basic ${canary}`,
    `Bearer  ${canary}`,
    `DPoP ${canary}`,
    canary,
    `Bearer ${token}\r\nAuthorization: Bearer ${canary}`,
  ])
    await raw(`GET ${order} HTTP/1.1\r\n${lines(auth)}\r\n`);
  for (const target of [
    `${order}?access_token=${canary}&;`,
    `/nowhere?access_token=${canary}`,
    `${order}#${canary}`,
    `/payments//x?t=${canary}`,
  ])
    await raw(`GET ${target} HTTP/1.1\r\n${lines(`Bearer ${token}`)}\r\n`);
  for (const header of ["Cookie", "X-Api-Key", "Proxy-Authorization", "X-Unknown"])
    await raw(`GET ${order} HTTP/1.1\r\n${lines(`Bearer ${token}`)}${header}: ${canary}\x01\r\n\r\n`);
  for (const body of [
    `{"password":"${canary}"`,
    `{"a":1,"a":"${canary}"}`,
    `{"a":"${canary}\\ud800"}`,
    `{"a":1e999,"b":"${canary}"}`,
  ]) {
    const framing = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    await raw(`POST /payments/v1/refunds HTTP/1.1\r\n${lines(`Bearer ${token}`)}${framing}${body}`);
  }
  await fetch(`${gateway.console}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "approver", password: canary }),
  });
  const { text } = await readLog(gateway.logDir);
  for (const [where, written] of Object.entries({
    records: text,
    output: gateway.output(),
    answers: heard.join("\n"),
  })) {
    expect([where, written.includes(canary)]).toEqual([where, false]);
    for (const secret of [token, token.split(".")[2], "demo-payments-key", "demo-crm-key"])
      expect([where, written.includes(secret ?? "?")]).toEqual([where, false]);
  }
  expect(heard.filter((answer) => !answer.startsWith("HTTP/1.1 4"))).toEqual([]);
});
