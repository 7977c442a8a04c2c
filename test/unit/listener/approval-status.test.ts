import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Approval } from "../../../gateway/domain/approval.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import type { Holds } from "../../../gateway/domain/ports.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import { approvalStatus } from "../../../gateway/listener/approval-status.ts";
import { binding, route, subject, toolCall } from "../../support/builders.ts";

const origin = "https://app.example";
const mail = route({ id: "mail", origins: [origin] });
const billing = route({ id: "billing", origins: [] });
const alice = subject({ id: "alice-bot", actingFor: { id: "alice", claims: {} } });

function approval(change: Partial<Approval> = {}): Approval {
  return {
    id: "apr_1",
    state: "held",
    binding: binding(toolCall({ route: mail }), alice),
    seal: { nonce: "n", created: 0, approve_by: 60_000 },
    approve_by: 60_000,
    execute_by: null,
    votes: [],
    ...change,
  } as unknown as Approval;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** What `who` on each route is answered about `item`. */
async function ask(
  item: Approval | null,
  who: Readonly<Record<string, Subject>>,
  { path = "/approvals/apr_1", method = "GET", headers = {} } = {},
) {
  const status = approvalStatus({
    holds: { get: (id: string) => (id === item?.id ? item : null) } as unknown as Holds,
    routes: [billing, mail],
    identify: (_exchange, { id }) => {
      const found = who[id];
      if (found === undefined) throw new Refusal("token_audience");
      return found;
    },
    refuse: ({ res }, refusal) => void res.writeHead(refusal.status).end(JSON.stringify({ code: refusal.code })),
  });
  const server = createServer((req, res) => void status({ req, res } as Exchange));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const answer = await fetch(url, { method, headers });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

test("says where a held call stands to the caller that made it, and when to ask again", async () => {
  const { status, headers, body } = await ask(approval(), { mail: alice }, { headers: { origin } });
  expect([status, headers.get("retry-after"), headers.get("cache-control")]).toEqual([200, "2", "no-store"]);
  expect(headers.get("access-control-allow-origin")).toBe(origin);
  expect(body).toEqual({
    id: "apr_1",
    status: "pending",
    executed: false,
    tool: "payments/create_refund",
    created_at: "1970-01-01T00:00:00.000Z",
    approve_by: "1970-01-01T00:01:00.000Z",
    execute_by: null,
    reason: null,
    next: "Wait, then ask again.",
  });
});

test.each<[string, { origin?: string }]>([
  ["another origin", { origin: "https://evil.example" }],
  ["an origin that begins like a listed one", { origin: `${origin}.evil.example` }],
  ["an opaque origin", { origin: "null" }],
  ["no origin", {}],
])("lets a page of %s read neither a state nor a refusal", async (_, headers) => {
  for (const item of [approval(), null]) {
    const answer = await ask(item, { mail: alice }, { headers });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([item ? 200 : 404, null]);
  }
});

test.each<[Approval["state"], string, boolean | null]>([
  ["approved", "approved", false],
  ["released", "executing", null],
  ["delivered", "executed", true],
  ["unknown", "unknown", null],
  ["denied", "denied", false],
  ["drifted", "cancelled", false],
])("calls an item that is %s %s", async (state, word, executed) => {
  const { headers, body } = await ask(approval({ state }), { mail: alice });
  expect(body).toMatchObject({ status: word, executed });
  expect(headers.get("retry-after")).toBeNull();
});

test.each<[string, Approval | null, Readonly<Record<string, Subject>>]>([
  ["an id that never was", null, { mail: alice }],
  ["another caller's item", approval(), { mail: subject({ id: "another-bot" }) }],
  ["an item of the same name at another issuer", approval(), { mail: { ...alice, issuer: "https://other.example" } }],
  ["what it held for another person", approval(), { mail: { ...alice, actingFor: { id: "bob", claims: {} } } }],
  ["an item of a route that does not take its token", approval(), { billing: alice }],
])("gives a caller the same 404 for %s", async (_, item, who) => {
  const { status, body } = await ask(item, who);
  expect([status, body]).toEqual([404, { code: "approval_unknown" }]);
});

test("refuses a caller that no route knows by what its token lacks, whether the item exists or not", async () => {
  for (const item of [approval(), null]) expect((await ask(item, {})).body).toEqual({ code: "token_audience" });
});

test("answers a fault that cannot be described, too", async () => {
  const fail = (): never => {
    throw Object.create(null);
  };
  const who = new Proxy({}, { get: fail });
  const { status, body } = await ask(approval(), who);
  expect([status, body]).toEqual([500, { code: "internal" }]);
});

test("answers GET of an id alone", async () => {
  expect((await ask(approval(), { mail: alice }, { method: "POST" })).body).toEqual({ code: "method_refused" });
  expect((await ask(approval(), { mail: alice }, { path: "/approvals/apr_1/x" })).body).toEqual({
    code: "approval_unknown",
  });
});
