import { revocationRoutes } from "../../../../gateway/admin/routes/revocations.ts";
import type { ConsoleSession } from "../../../../gateway/admin/sessions.ts";
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

test("only an operator gives access back, and anybody signed in may see who ended it", async () => {
  const { id } = (await (await revoke({ kind: "gateway" })).json()) as { id: string };
  await running.setRoles(["payments-approver"]);
  const lift = () => client.request("POST", `/api/revocations/${id}/lift`, { body: {} });
  expect(await codeOf(await lift())).toBe("role_required");
  expect(await ended()).toContain(id);
  await running.setRoles(["operator"]);
  expect((await lift()).status).toBe(204);
});

test("refuses to end access for a task, which this gateway does not know", async () => {
  const before = await ended();
  const refused = await revoke({ kind: "task", target: "ticket-881" });
  expect([refused.status, await refused.json()]).toMatchObject([409, { code: "revocation_task" }]);
  expect(await ended()).toEqual(before);
});

test.each([
  ["an agent that nobody has seen", { kind: "subject", target: "refnud-bot" }],
  [
    "a person of another issuer than theirs",
    { kind: "subject", target: "alice@shop.example", issuer: "https://other.example" },
  ],
  ["a session that nobody has seen", { kind: "session", target: "s_opne" }],
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
])("ends the access of %s", async (_what, body) => {
  expect((await revoke(body)).status).toBe(201);
});

describe("while a target is looked up", () => {
  /** `search`: of the decision log; `today`: the session after it. */
  async function revokeOf(search: () => Promise<unknown>, today: () => ConsoleSession | null) {
    const revoked: unknown[] = [];
    const nothing = { list: async () => [] };
    const deps = {
      ...{ approvals: nothing, grants: nothing, accounts: nothing, decisions: { search } },
      revocations: { revoke: async (revocation: object) => (revoked.push(revocation), revocation) },
      ...{ clock: new TestClock(), logger: quiet, sessions: { find: async () => today() } },
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
