import type { Passkeys } from "../../../../gateway/admin/passkeys/passkeys.ts";
import { approvalRoutes } from "../../../../gateway/admin/routes/approvals.ts";
import type { ConsoleSession } from "../../../../gateway/admin/sessions.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { ApprovalFilter, Approver } from "../../../../gateway/domain/ports.ts";
import { TestClock } from "../../../support/builders.ts";
import { codeOf, type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { sampleApproval, sampleInbox } from "../../../support/console/sample-approvals.ts";
import { type MountedRoutes, mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { softwareAuthenticator } from "../../../support/console/software-authenticator.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";
import { quiet } from "../../../support/quiet.ts";

let running: RunningConsole;
let client: ConsoleClient;
beforeAll(async () => {
  running = await startConsole();
  for (const approval of sampleInbox(Date.now())) await running.service.add(approval);
  client = await signIn(running);
});
afterAll(() => running.close());

const get = async (path: string) => (await (await client.request("GET", path)).json()) as any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are checked by what the tests read of them

async function vote(id: string, body: Record<string, unknown>): Promise<Response> {
  const digest = (await running.service.get(id))?.action_digest;
  return client.request("POST", `/api/approvals/${id}/vote`, { body: { action_digest: digest, ...body } });
}

describe("approvals", () => {
  test("lists waiting and decided calls apart, newest first", async () => {
    expect((await get("/api/approvals")).items.map((item: { id: string }) => item.id)).toEqual([
      "a_refund_881",
      "a_hostile",
      "a_refund_640",
    ]);
    const closed = await get("/api/approvals?state=closed&limit=2");
    expect(closed.items.map((item: { id: string }) => item.id)).toEqual(["a_refund_512", "a_refund_333"]);
    const older = await get(`/api/approvals?state=closed&before=${closed.items[1].created}`);
    expect(older.items.map((item: { id: string }) => item.id)).toEqual(["a_refund_120"]);
  });

  test("shows one call whole, with its rule's place and the last similar call", async () => {
    const card = await get("/api/approvals/a_refund_881");
    expect(card.approval.binding.arguments.amount).toBe(120);
    expect(card.rules[0]).toMatchObject({ file: "sallyport/rules/approval/irreversible/irreversible.rego", line: 21 });
    expect(card.previous).toMatchObject({ id: "a_refund_640", state: "held" });
    expect(card).toMatchObject({ may_vote: true, why_not: null });
  });

  test("refuses a denial without a reason", async () => {
    for (const reason of [undefined, null, "", "  \n", " \u200b ", "\u2800\u00ad"])
      expect(await codeOf(await vote("a_refund_881", { vote: "deny", reason }))).toBe("approval_reason_missing");
    expect((await running.service.get("a_refund_881"))?.votes).toEqual([]);
  });

  test("refuses an approval without the justification that policy asks for", async () => {
    expect(await codeOf(await vote("a_hostile", { vote: "approve" }))).toBe("approval_reason_missing");
  });

  test("refuses a vote on another digest than the call has now", async () => {
    const answer = await vote("a_refund_881", { vote: "approve", action_digest: "sha256:0" });
    expect([answer.status, await codeOf(answer)]).toEqual([409, "approval_mismatch"]);
  });

  test("takes the approver from the session, never from the body", async () => {
    await running.service.add(sampleApproval({ id: "a_forged", created: Date.now() }));
    expect((await vote("a_forged", { vote: "approve", approver: "ceo" })).status).toBe(400);
    expect((await vote("a_forged", { vote: "approve", reason: " fine " })).status).toBe(200);
    expect(await running.service.get("a_forged")).toMatchObject({
      state: "approved",
      votes: [{ approver: "approver", reason: "fine", method: "password" }],
    });
  });

  test("says why the reader may not vote", async () => {
    await running.service.add(
      sampleApproval({ id: "a_role", created: Date.now(), requirement: { require: [{ role: "board", count: 2 }] } }),
    );
    expect(await get("/api/approvals/a_role")).toMatchObject({
      may_vote: false,
      why_not: "None of your roles may decide about this call. (needed: board)",
    });
  });
});

describe("the routes of approvals", () => {
  const item = sampleApproval({ id: "a_1", created: 1 });
  const closing: MountedRoutes[] = [];
  afterEach(() => Promise.all(closing.splice(0).map((routes) => routes.close())));

  /** `today`: the session after something was awaited. */
  async function world(today: () => ConsoleSession | null = testSession) {
    const [voters, filters]: [Approver[], ApprovalFilter[]] = [[], []];
    const approvals = {
      list: async (filter: ApprovalFilter) => (filters.push(filter), [item]),
      get: async (id: string) => (id === "a_gone" ? null : item),
      counts: async () => ({ held: 1 }),
      whyNot: () => null,
      review: () => ({ neededMs: 0, seenMs: 0 }),
      async vote(id: string, _digest: string, approver: Approver) {
        if (id === "a_gone") throw new Refusal("approval_unknown");
        voters.push(approver);
        return { ...item, id, state: "approved" };
      },
    };
    const deps = {
      approvals,
      receipts: { of: async (id: string) => (id === "a_1" ? [`receipt of ${id}`] : []) },
      fatigue: { report: async (window: object) => window },
      bundles: { active: () => null },
      clock: new TestClock(),
      logger: quiet,
      keys: { vote: async () => ({ by: "webauthn" }) } as unknown as Passkeys,
      sessions: { find: async () => today() },
    } as unknown as Parameters<typeof approvalRoutes>[1];
    const routes = await mountRoutes(testSession(), (app) => approvalRoutes(app, deps));
    closing.push(routes);
    const passkey = softwareAuthenticator("https://gate.example").sign("bg");
    const voteByPasskey = () =>
      routes.send("POST", "/api/approvals/a_1/vote", { vote: "approve", action_digest: "sha256:1", passkey });
    return { routes, voters, filters, voteByPasskey };
  }

  test("count the vote of a passkey for who is signed in once it is verified, with the roles of that moment", async () => {
    const demoted = await world(() => testSession({ roles: ["data-approver"] }));
    expect((await demoted.voteByPasskey()).status).toBe(200);
    expect(demoted.voters).toMatchObject([{ id: "alice", roles: ["data-approver"], method: "passkey" }]);
    const ended = await world(() => null);
    expect((await ended.voteByPasskey()).body).toEqual({ code: "session_required" });
    expect(ended.voters).toEqual([]);
  });

  test("take each vote of a batch by itself: one that is refused stops no other", async () => {
    const { routes } = await world();
    const items = ["a_1", "a_gone", "a_2"].map((id) => ({ id, action_digest: "sha256:1" }));
    const { body } = await routes.send("POST", "/api/approvals/batch", { vote: "approve", items });
    expect(body["results"]).toMatchObject([
      { id: "a_1", state: "approved", code: null },
      { id: "a_gone", state: null, code: "approval_unknown" },
      { id: "a_2", state: "approved", code: null },
    ]);
  });

  test("list what waits by its deadline and what is over by its age, from where the reader is", async () => {
    const { routes, filters } = await world();
    for (const query of ["state=held&after=5&before=9", "state=closed&after=5&before=9", "text=%20"])
      expect((await routes.send("GET", `/api/approvals?${query}`)).status).toBe(200);
    expect(filters).toMatchObject([
      { states: ["held"], order: "deadline", from: 5 },
      { states: expect.not.arrayContaining(["held", "approved"]) as string[], order: "newest", from: 9 },
      { order: "newest", limit: 50 },
    ]);
    expect(filters[2]).not.toHaveProperty("text");
  });

  test("answer with receipts, of a call that is unknown with 404, and with how people decide", async () => {
    const { routes } = await world();
    const receipts = await routes.send("GET", "/api/approvals/a_1/receipts");
    expect(receipts.body).toMatchObject({ items: ["receipt of a_1"] });
    expect((await routes.send("GET", "/api/approvals/a_2/receipts")).body).toMatchObject({ items: [] });
    const gone = await routes.send("GET", "/api/approvals/a_gone/receipts");
    expect([gone.status, gone.body]).toEqual([404, { code: "resource_unknown" }]);
    const report = await routes.send("GET", "/api/approvals-fatigue?days=7&fast=3");
    expect(report.body).toMatchObject({ days: 7, fastS: 3 });
  });
});
