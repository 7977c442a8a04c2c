import { revocationRoutes } from "../../../../gateway/admin/routes/revocations.ts";
import { nothingEnded } from "../../../../gateway/domain/ended.ts";
import type { ConsoleSession } from "../../../../gateway/admin/sessions.ts";
import { longestTransportSession } from "../../../../gateway/domain/transport-session.ts";
import { TestClock } from "../../../support/builders.ts";
import { codeOf, type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { sampleApproval } from "../../../support/console/sample-approvals.ts";
import { mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";
import { quiet } from "../../../support/quiet.ts";

let running: RunningConsole;
let client: ConsoleClient;
beforeAll(async () => {
  running = await startConsole();
  client = await signIn(running);
});
afterAll(() => running.close());
let count = 0;
beforeEach(async () => {
  await running.setRoles(["operator"]);
  const id = `a_open_${(count += 1)}`;
  await running.service.add(sampleApproval({ id, created: Date.now(), binding: { session: "s_open" } }));
});

const revoke = (body: object) => client.request("POST", "/api/revocations", { body: { reason: "incident", ...body } });
const ended = async () => {
  const { items } = (await (await client.request("GET", "/api/revocations")).json()) as { items: { id: string }[] };
  return items.map(({ id }) => id);
};

const wanted = [{ kind: "gateway" }, { kind: "subject", target: "refund-bot" }, { kind: "session", target: "s_open" }];

test.each(wanted)("only an operator ends access: $kind", async (body) => {
  await running.setRoles(["payments-approver"]);
  const refused = await revoke(body);
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { code: "role_required", detail: "needed: operator" },
  ]);
  await running.setRoles(["operator"]);
  expect((await revoke(body)).status).toBe(201);
});

test("a session is ended whatever id its tool server has given it, up to the longest", async () => {
  const session = (length: number) => revoke({ kind: "session", target: "x".repeat(length), anyway: true });
  expect((await session(longestTransportSession)).status).toBe(201);
  // Its reference is longer than its id.
  expect((await session(8 * longestTransportSession)).status).toBe(201);
  expect(await codeOf(await session(8 * longestTransportSession + 1))).toBe("parameter_invalid");
});

test("only an operator gives access back, and anybody signed in may see who ended it", async () => {
  const { id } = (await (await revoke({ kind: "gateway" })).json()) as { id: string };
  await running.setRoles(["payments-approver"]);
  const lift = () => client.request("POST", `/api/revocations/${id}/lift`, { body: {} });
  expect(await codeOf(await lift())).toBe("role_required");
  expect(await ended()).toContain(id);
  await running.setRoles(["operator"]);
  expect((await lift()).status).toBe(204);
});

test.each([
  ["a tool without its server", { kind: "tool", target: "create_refund" }, "target: a tool is named as server/tool"],
  ["everybody by a name", { kind: "gateway", target: "all" }, "target: everybody has no name"],
  ["a client without a name", { kind: "client" }, "target: say which client"],
  ["a server of an issuer", { kind: "server", target: "crm", issuer: "https://a" }, /^issuer: goes with/],
  ["nothing of a known kind", { kind: "planet", target: "x" }, /^kind: /],
  ["for no reason", { kind: "subject", target: "x", reason: " " }, "reason: say why"],
  ["until a moment that is over", { kind: "gateway", until: "2020-01-01T00:00:00Z" }, "until: is over already"],
  ["for a time and until a moment", { kind: "gateway", for: 9, until: "2999-01-01" }, "for: goes without until"],
  ["for less than a second", { kind: "gateway", for: 0 }, /^for: /],
])("does nothing for a request that ends access of %s", async (_what, body, hint) => {
  const before = await ended();
  const refused = await revoke(body);
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { code: "parameter_invalid", detail: typeof hint === "string" ? hint : expect.stringMatching(hint) },
  ]);
  expect(await ended()).toEqual(before);
});

test.each([
  ["an agent that nobody has seen", { kind: "subject", target: "refnud-bot" }],
  [
    "a person of another issuer than theirs",
    { kind: "subject", target: "alice@shop.example", issuer: "https://other.example" },
  ],
  ["a session that nobody has seen", { kind: "session", target: "s_opne" }],
  ["a client that nobody has seen", { kind: "client", target: "refnud" }],
  ["a key that nobody has proved", { kind: "key", target: "thumb" }],
  ["a task that nobody has", { kind: "task", target: "t_9" }],
  ["a tool that nobody knows", { kind: "tool", target: "payments/create_refnud" }],
  ["a server that there is not", { kind: "server", target: "paymnets" }],
  ["an issuer that is not trusted", { kind: "issuer", target: "https://idp.exmaple" }],
])("does nothing for %s, unless it is meant ahead of time", async (_what, body) => {
  const before = await ended();
  const refused = await revoke(body);
  expect([refused.status, await codeOf(refused)]).toEqual([409, "revocation_unmatched"]);
  expect(await ended()).toEqual(before);
  expect((await revoke({ ...body, anyway: true })).status).toBe(201);
});

test.each([
  ["an agent of the decision log", { kind: "subject", target: "support-bot" }],
  ["the person that an open call is for, in any spelling", { kind: "subject", target: "Alice@Shop.example" }],
  ["a person who has an account here", { kind: "subject", target: "approver" }],
  ["an agent and its issuer", { kind: "subject", target: "refund-bot", issuer: "http://127.0.0.1:8080/dev/" }],
  ["a tool of the decision log", { kind: "tool", target: "crm/run_report" }],
])("ends the access of %s", async (_what, body) => {
  expect((await revoke(body)).status).toBe(201);
});

test("says what it has ended, and before that what it would end", async () => {
  const preview = await client.request("POST", "/api/revocations/preview", {
    body: { kind: "session", target: "s_open" },
  });
  const { matched } = (await preview.json()) as { matched: { held: number } };
  expect([preview.status, matched.held > 0]).toEqual([200, true]);
  const made = await revoke({ kind: "session", target: "s_open" });
  expect(await made.json()).toMatchObject({
    matched: { held: matched.held, calls: 0, streams: 0, unanswered: 0 },
    durable: true,
    until: null,
  });
});

test("only an operator is told what it would end", async () => {
  await running.setRoles(["payments-approver"]);
  const refused = await client.request("POST", "/api/revocations/preview", { body: { kind: "gateway" } });
  expect(await codeOf(refused)).toBe("role_required");
});

test("ends by itself after the time that was asked for", async () => {
  const { id, until } = (await (await revoke({ kind: "gateway", for: 60 })).json()) as { id: string; until: number };
  expect([until > running.now(), await ended()]).toEqual([true, expect.arrayContaining([id])]);
  running.skip(61_000);
  expect(await ended()).not.toContain(id);
});

describe("a session that no token names", () => {
  const own = { issuer: "http://127.0.0.1:8080/dev", subject: "refund-bot", acting_for: "alice@shop.example" };
  beforeEach(async () => {
    const id = `a_own_${(count += 1)}`;
    const binding = { session: "run-1", session_trust: "self" };
    await running.service.add(sampleApproval({ id, created: Date.now(), binding }));
  });

  test("is ended with all that its caller could name instead, and whoever asked is told", async () => {
    const made = await revoke({ kind: "session", target: "run-1" });
    expect(await made.json()).toMatchObject({ callers: [own], named_by: [own] });
  });

  test("is ended by that name alone where that is what was asked for, and told as well", async () => {
    const made = (await (await revoke({ kind: "session", target: "run-1", only_this_name: true })).json()) as object;
    expect([made, "callers" in made]).toEqual([expect.objectContaining({ named_by: [own] }), false]);
  });
});

describe("while a target is looked up", () => {
  /** `search`: of the decision log; `today`: the session after it. */
  async function revokeOf(search: () => Promise<unknown>, today: () => ConsoleSession | null) {
    const revoked: unknown[] = [];
    const nothing = { list: async () => [] };
    const deps = {
      accounts: nothing,
      decisions: { search, get: async () => ({ decision: {}, outcome: null }) },
      endings: { count: async () => ({ ...nothingEnded, callers: [] }) },
      revocations: { revoke: async (revocation: object) => (revoked.push(revocation), revocation) },
      clock: new TestClock(),
      logger: quiet,
      sessions: { find: async () => today() },
    } as unknown as Parameters<typeof revocationRoutes>[1];
    const routes = await mountRoutes(testSession(), (app) => revocationRoutes(app, deps));
    const body = { kind: "subject", target: "refund-bot", reason: "incident" };
    const answer = await routes.send("POST", "/api/revocations", body);
    await routes.close();
    return { answer, revoked };
  }
  const known = async () => ({ rows: [{ decision_id: "d_1" }] });

  test("somebody whose session ends, or who loses the role, revokes nothing", async () => {
    const ended = await revokeOf(known, () => null);
    expect([ended.answer.body, ended.revoked]).toEqual([{ code: "session_required" }, []]);
    const demoted = await revokeOf(known, () => testSession({ roles: [] }));
    expect([demoted.answer.body, demoted.revoked]).toEqual([{ code: "role_required" }, []]);
  });

  test("a log that cannot be read keeps nobody from ending access", async () => {
    const { answer, revoked } = await revokeOf(() => Promise.reject(new Error("locked")), testSession);
    expect([answer.status, revoked]).toMatchObject([201, [{ kind: "subject", target: "refund-bot", by: "alice" }]]);
  });
});
