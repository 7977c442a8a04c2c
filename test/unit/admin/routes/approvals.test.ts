import { codeOf, type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { sampleApproval, sampleInbox } from "../../../support/console/sample-approvals.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";

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
    for (const reason of [undefined, null, "", "  \n"])
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
