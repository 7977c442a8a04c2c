import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DeadConnections } from "../../../gateway/domain/connections.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { ownTexts } from "../../../gateway/parse/body.ts";
import { pushEndpoint } from "../../../gateway/signals/push-endpoint.ts";
import { route } from "../../support/builders.ts";
import { exchangeOf } from "../../support/parser.ts";

const own = route({
  id: "signals",
  prefix: "/signals",
  methods: new Set(["POST"]),
  body: { ...route().body, accept: ["application/secevent+jwt"], maxBytes: 1_024 },
});
let server: Server;
let outcome: () => Promise<"ended">;
let received: string[];
let recorded: string[];
let secret: string;
beforeEach(async () => {
  [received, recorded, secret] = [[], [], "Bearer agreed"];
  outcome = async () => "ended";
  const receiver = {
    receive: (text: string) => {
      received.push(text);
      return outcome();
    },
    refused: async ({ code }: Refusal) => void recorded.push(code),
  };
  const answer = pushEndpoint({
    streams: new Map([["idp", { settings: { authorizationReference: "env:PUSH" }, receiver }]]),
    read: ownTexts(own, { requestTimeoutMs: 60_000, maxHeaders: 100, connections: new DeadConnections() }),
    secret: () => secret,
  });
  server = createServer((req, res) => void answer(exchangeOf(req, res)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterEach(() => void server.close().closeAllConnections());

async function push(headers: Record<string, string> = {}, path = "/signals/idp", body = "a.b.c", method = "POST") {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method,
    ...(method === "POST" ? { body } : {}),
    headers: { "content-type": "application/secevent+jwt", authorization: "Bearer agreed", ...headers },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? null : (JSON.parse(text) as object),
  };
}

it("answers 202 without a body when the SET was carried out", async () => {
  expect(await push()).toMatchObject({ status: 202, body: null });
  expect(received).toEqual(["a.b.c"]);
});

test.each([
  ["signal_malformed", 400, "invalid_request"],
  ["signal_key", 400, "invalid_key"],
  ["signal_issuer", 400, "invalid_issuer"],
  ["signal_audience", 400, "invalid_audience"],
  ["signal_time", 400, "invalid_request"],
  ["signal_foreign", 400, "access_denied"],
  ["signal_state", 400, "invalid_state"],
] as const)("answers %s with %d and %s", async (code, status, err) => {
  outcome = () => Promise.reject(new Refusal(code));
  const { status: answered, body, headers } = await push();
  expect([answered, body]).toEqual([status, { err, description: new Refusal(code).sentence }]);
  expect(headers.get("content-language")).toBe("en");
});

it("answers 503 when it is to be sent again later", async () => {
  outcome = () => Promise.reject(new Refusal("signal_unavailable"));
  expect((await push()).status).toBe(503);
});

test.each(["Bearer agreed2", "bearer agreed", "agreed", "Basic YWdyZWVk"])(
  "reads nothing that comes with %s in Authorization, and records it",
  async (authorization) => {
    const { status, body, headers } = await push({ authorization });
    expect([status, body]).toMatchObject([401, { err: "authentication_failed" }]);
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect([received, recorded]).toEqual([[], ["signal_unauthenticated"]]);
  },
);

it("takes a rotated credential from the next request on", async () => {
  secret = "Bearer rotated";
  expect((await push()).status).toBe(401);
  expect((await push({ authorization: "Bearer rotated" })).status).toBe(202);
});

test.each<[string, Parameters<typeof push>, number]>([
  ["another transmitter", [{}, "/signals/other"], 404],
  ["a path below", [{}, "/signals/idp/more"], 404],
  ["no transmitter at all", [{}, "/signals"], 404],
  ["another method", [{}, "/signals/idp", "", "GET"], 405],
  ["JSON", [{ "content-type": "application/json" }], 415],
  ["an access token's media type", [{ "content-type": "application/jwt" }], 415],
  ["a body that is too large", [{}, "/signals/idp", "a".repeat(2_000)], 413],
  ["a compressed body", [{ "content-encoding": "gzip" }], 415],
])("refuses %s", async (_, how, status) => {
  expect(await push(...how)).toMatchObject({ status, body: { err: "invalid_request" } });
  expect(received).toEqual([]);
});
