/**
 * Raw bytes that decent clients never send: smuggling, pipelining behind refused requests, odd framing and targets.
 * The oracle is the tool server's socket: whatever arrives there must have an allowing record on disk with its digest.
 */
import { sendRaw, statusesOf } from "../../support/raw-client.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";
import { paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";
import { readLog, unaccounted } from "./support/log.ts";

let upstream: RecordingUpstream;
let gateway: TestGateway;
let common: string;

beforeAll(async () => {
  upstream = await recordingUpstream();
  gateway = await startGateway({ routes: [paymentsRoute(upstream.origin)] });
  const token = gateway.token({ sub: "refund-bot", role: "refunds" }, "/payments");
  common = `Host: ${new URL(gateway.agents).host}\r\nAuthorization: Bearer ${token}\r\n`;
});
afterAll(() => Promise.all([gateway?.close(), upstream?.close()]));
beforeEach(() => {
  upstream.requests.length = 0;
});

const order = "/payments/v1/orders/o-881";
const smuggled = (): string => `GET ${order}?smuggled=1 HTTP/1.1\r\n${common}\r\n`;
const json = "Content-Type: application/json\r\n";

/** Requests with an end that two readers may see at two places; a well-formed one follows each on the same connection. */
const ambiguous: readonly (readonly [string, string, string])[] = [
  [
    "both lengths",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ["two lengths", `POST /payments/v1/refunds HTTP/1.1`, `${json}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
  ["a list of lengths", `POST /payments/v1/refunds HTTP/1.1`, `${json}Content-Length: 2, 2\r\n\r\n{}`],
  ["a signed length", `POST /payments/v1/refunds HTTP/1.1`, `${json}Content-Length: +2\r\n\r\n{}`],
  ["a length with a leading zero", `POST /payments/v1/refunds HTTP/1.1`, `${json}Content-Length: 02\r\n\r\n{}`],
  [
    "a comma before chunked",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Transfer-Encoding: ,chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ],
  [
    "gzip before chunked",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ],
  [
    "chunked twice",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ],
  [
    "an identity coding",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  [
    "a tab before chunked",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Transfer-Encoding: \tchunked\x0b\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ],
  ["a space before the colon", `POST /payments/v1/refunds HTTP/1.1`, `${json}Content-Length : 2\r\n\r\n{}`],
  ["a folded header", `POST /payments/v1/refunds HTTP/1.1`, `${json}X-Fold: a\r\n Content-Length: 30\r\n\r\n`],
  [
    "HTTP/1.0 with chunks",
    `POST /payments/v1/refunds HTTP/1.0`,
    `${json}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ],
  ["a body on GET", `GET ${order} HTTP/1.1`, `Content-Length: 7\r\n\r\nGET / H`],
  ["a chunked body on GET", `GET ${order} HTTP/1.1`, `Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  [
    "trailers announced",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Trailer: Host\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nHost: x\r\n\r\n`,
  ],
  [
    "trailers unannounced",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nHost: x\r\n\r\n`,
  ],
  ["two Hosts", `GET ${order} HTTP/1.1`, `Host: evil.example\r\n\r\n`],
  [
    "an h2c upgrade beside another",
    `GET ${order} HTTP/1.1`,
    `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n`,
  ],
  [
    "a websocket upgrade",
    `GET ${order} HTTP/1.1`,
    `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ],
  [
    "an unknown expectation",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  [
    "two expectations",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Expect: y 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  ["a control character in a header", `GET ${order} HTTP/1.1`, `X-A: a\x01b\r\n\r\n`],
  ["an absolute target elsewhere", `GET http://evil.example${order} HTTP/1.1`, `\r\n`],
  ["a fragment", `GET ${order}#x HTTP/1.1`, `\r\n`],
  ["an authority in the path", `GET //evil.example/payments HTTP/1.1`, `\r\n`],
  [
    "an encoded body",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  [
    "a header name with an underscore for a length",
    `POST /payments/v1/refunds HTTP/1.1`,
    `${json}Content_Length: 40\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  ],
];

test.each(ambiguous)("forwards nothing with %s, nor what is pipelined behind it", async (_what, line, rest) => {
  const statuses = statusesOf(await sendRaw(gateway.agents, `${line}\r\n${common}${rest}${smuggled()}`, 300));
  expect(statuses).toHaveLength(1);
  expect(statuses[0]).toBeGreaterThanOrEqual(400);
  expect(upstream.requests).toHaveLength(0);
});

test("forwards a request that offers HTTP/2 without the offer, and nothing that is pipelined behind it", async () => {
  const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n";
  const answer = await sendRaw(gateway.agents, `GET ${order} HTTP/1.1\r\n${common}${offer}\r\n${smuggled()}`, 300);
  expect(statusesOf(answer)).toEqual([200]);
  expect(upstream.requests).toHaveLength(1);
  expect(upstream.requests[0]?.headers.filter(([name]) => /upgrade|http2/.test(name))).toEqual([]);
});

test("records the refusal of an expectation that nobody can meet", async () => {
  const before = (await readLog(gateway.logDir)).lines.length;
  await sendRaw(gateway.agents, `GET ${order} HTTP/1.1\r\n${common}Expect: 200-ok\r\n\r\n`, 300);
  const { lines } = await readLog(gateway.logDir);
  expect(lines.slice(before).map(({ result }) => result?.doubt)).toContain("header_refused");
});

test.each(["http://[", "http://[::1", "http://[/payments/v1/orders/o-881"])(
  "refuses and records the target %s, of which the router itself can make nothing",
  async (target) => {
    const before = (await readLog(gateway.logDir)).lines.length;
    const answer = await sendRaw(gateway.agents, `GET ${target} HTTP/1.1\r\n${common}\r\n${smuggled()}`, 300);
    expect(statusesOf(answer)).toEqual([400]);
    expect(answer).toContain("application/problem+json");
    expect((await readLog(gateway.logDir)).lines.slice(before).map(({ kind }) => kind)).toContain("decision");
    expect(upstream.requests).toHaveLength(0);
  },
);

test("refuses more headers than it would look at, so that none goes unseen", async () => {
  const many = "a:\r\n".repeat(1_100);
  for (const late of ["Content-Encoding: gzip", "Host: evil.example", "Transfer-Encoding: ,chunked"]) {
    const answer = await sendRaw(
      gateway.agents,
      `GET ${order} HTTP/1.1\r\n${common}${many}${late}\r\n\r\n${smuggled()}`,
      300,
    );
    expect([late, ...statusesOf(answer)]).toEqual([late, 431]);
    expect(upstream.requests).toHaveLength(0);
  }
});

test.each(["/livez", "/readyz", "/approvals/a_unknown"])(
  "does not read an ambiguous request to its own %s as the end of anything",
  async (path) => {
    for (const [what, , rest] of ambiguous.filter(([name]) =>
      /comma before|gzip before|body on GET|HTTP.1.0/.test(name),
    )) {
      const version = what.startsWith("HTTP/1.0") ? "1.0" : "1.1";
      const statuses = statusesOf(
        await sendRaw(gateway.agents, `GET ${path} HTTP/${version}\r\n${common}${rest}${smuggled()}`, 300),
      );
      expect([what, ...statuses]).toEqual([what, 400]);
      expect(upstream.requests).toHaveLength(0);
    }
  },
);

test("answers keep-alive and pipelined requests in their order, each judged on its own", async () => {
  const denied = `POST /payments/v1/keys/rotate HTTP/1.1\r\n${common}${json}Content-Length: 2\r\n\r\n{}`;
  const allowed = (n: number, more = ""): string => `GET ${order}?n=${n} HTTP/1.1\r\n${common}${more}\r\n`;
  const last = allowed(3, "Connection: close\r\n");
  const answer = await sendRaw(gateway.agents, allowed(1) + denied + allowed(2) + denied + last, 60_000);
  expect(statusesOf(answer)).toEqual([200, 403, 200, 403, 200]);
  expect(upstream.requests.map(({ target }) => target)).toEqual([1, 2, 3].map((n) => `/v1/orders/o-881?n=${n}`));
});

test("accepts HTTP/1.0 and HEAD without a body as the reads they are", async () => {
  const old = await sendRaw(gateway.agents, `GET ${order} HTTP/1.0\r\n${common}\r\n`, 300);
  const head = await sendRaw(gateway.agents, `HEAD ${order} HTTP/1.1\r\n${common}Connection: close\r\n\r\n`, 300);
  expect([...statusesOf(old), ...statusesOf(head)]).toEqual([200, 200]);
  expect(upstream.requests.map(({ method }) => method)).toEqual(["GET", "HEAD"]);
});

test("accounts on disk for each request that the tool server ever saw", async () => {
  const shapes = [
    order,
    `${order}?a=1`,
    `${order}?a=%41&b=+`,
    "/payments/v1/refunds",
    `${order}%2e`,
    "/payments/v1/orders/%C3%A9",
  ];
  let text = "";
  for (let n = 0; n < 240; n++) {
    const last = n === 239 ? "Connection: close\r\n" : "";
    text += `GET ${shapes[n % shapes.length]} HTTP/1.1\r\n${common}X-N: ${n}\r\n${last}\r\n`;
  }
  await sendRaw(gateway.agents, text, 60_000);
  expect(upstream.requests.length).toBe(240);
  expect(await unaccounted(gateway.logDir, upstream.requests)).toEqual([]);
  // The oracle sees what it should: a request that came by another way is named.
  expect(await unaccounted(gateway.logDir, [{ digest: "sha256:other" }])).toEqual(["sha256:other"]);
});
