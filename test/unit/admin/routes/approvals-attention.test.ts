import { approver } from "../../../support/approvals/test-approvals.ts";
import { codeOf, type ConsoleClient, signIn } from "../../../support/console/client.ts";
import { sampleApproval } from "../../../support/console/sample-approvals.ts";
import { type RunningConsole, startConsole } from "../../../support/console/start-console.ts";

let running: RunningConsole;
let client: ConsoleClient;
beforeAll(async () => {
  running = await startConsole({ service: { minReviewTimeMs: 2_000, budgetPerHour: 1 } });
  client = await signIn(running);
});
afterAll(() => running.close());

const get = async (path: string) => (await (await client.request("GET", path)).json()) as Record<string, unknown>;

async function add(id: string, reversible: boolean): Promise<void> {
  await running.service.add(sampleApproval({ id, created: Date.now(), binding: { reversible } }));
}

async function approve(id: string): Promise<Response> {
  const body = { vote: "approve", action_digest: (await running.service.get(id))?.action_digest };
  return client.request("POST", `/api/approvals/${id}/vote`, { body });
}

test("the card says how long a call that cannot be undone must be looked at, and nothing for others", async () => {
  await add("a_final", false);
  await add("a_undoable", true);
  expect(await get("/api/approvals/a_final")).toMatchObject({ review_ms: 2_000, viewed_ms: 0 });
  expect(await get("/api/approvals/a_undoable")).toMatchObject({ review_ms: 0 });
  running.skip(60_000);
  expect(await codeOf(await approve("a_final"))).toBe("approval_too_fast");
  expect((await client.request("POST", "/api/approvals/a_final/viewing", { body: { visible: true } })).status).toBe(
    200,
  );
  running.skip(2_000);
  const left = await client.request("POST", "/api/approvals/a_final/viewing", { body: { visible: false } });
  expect(((await left.json()) as { viewed_ms: number }).viewed_ms).toBeGreaterThanOrEqual(2_000);
  expect((await approve("a_final")).status).toBe(200);
});

test("an approver above the hourly budget is told to leave it to somebody else", async () => {
  await add("a_second", true);
  const answer = await approve("a_second");
  expect([answer.status, await codeOf(answer)]).toEqual([429, "approval_budget"]);
});

test("the report of fatigue tells what the desk saw", async () => {
  await add("a_third", true);
  const item = await running.service.get("a_third");
  await running.service.vote(
    "a_third",
    item?.action_digest ?? "",
    { ...approver, id: "dana", name: "dana" },
    { vote: "deny", reason: "no" },
  );
  const report = await get("/api/approvals-fatigue?days=7&fast=3");
  expect(report).toMatchObject({ votes: 2, fast_s: 3, budget_per_hour: 1, findings: [] });
  expect(report["approvers"]).toMatchObject([
    { approver: "approver", approved: 1, too_fast: 1, budget: 1 },
    { approver: "dana", denied: 1, unopened: 1 },
  ]);
  expect((await client.request("GET", "/api/approvals-fatigue?days=31")).status).toBe(400);
});
