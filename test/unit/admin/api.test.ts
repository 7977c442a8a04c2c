import { codeOf, type ConsoleClient, signIn } from "../../support/console/client.ts";
import { sampleApproval, sampleInbox } from "../../support/console/sample-approvals.ts";
import { healthyPolicy, type RunningConsole, startConsole } from "../../support/console/start-console.ts";

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

describe("decisions", () => {
  test("filters and pages", async () => {
    const first = await get("/api/decisions?effect=deny&tool=crm/run_report&limit=10");
    expect(first.rows).toHaveLength(10);
    const second = await get(`/api/decisions?effect=deny&tool=crm/run_report&limit=10&after=${first.next}`);
    expect(second.rows.every((row: { seq: number }) => row.seq < first.rows[9].seq)).toBe(true);
  });

  test("shows a record with the rules that fired and where they stand", async () => {
    const { rows } = await get("/api/decisions?code=EXFILTRATION_CHAIN&limit=1");
    const found = await get(`/api/decisions/${rows[0].decision_id}`);
    expect(found.decision.result.reasons[0].code).toBe("EXFILTRATION_CHAIN");
    expect(found.rules).toEqual([expect.objectContaining({ rule: "chain/exfiltration", line: 30 })]);
  });
});

describe("bad input", () => {
  test.each([
    ["/api/approvals?state=pending", "state"],
    ["/api/approvals?limit=0", "limit: must be a whole number from 1 to 200"],
    ["/api/approvals?limit=1e2", "limit"],
    ["/api/approvals?limit=5&limit=6", "limit"],
    ["/api/decisions?effect=maybe", "effect"],
    ["/api/decisions?tool=", "tool: must not be empty"],
    ["/api/decisions?efect=deny", "efect"],
  ])("%s answers 400 and names the parameter", async (path, named) => {
    const answer = await client.request("GET", path);
    const problem = (await answer.json()) as { code: string; detail: string };
    expect([answer.status, problem.code]).toEqual([400, "parameter_invalid"]);
    expect(problem.detail).toContain(named);
  });

  test("shows a browser at an unknown address the console, and tells a program that nothing is there", async () => {
    const page = await client.request("GET", "/nowhere", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([404, expect.stringMatching(/^text\/html/)]);
    const asked = [
      ["/nowhere", "*/*"],
      ["/nowhere", "application/json"],
      ["/api/nowhere", "text/html"],
    ] as const;
    for (const [path, accept] of asked) {
      const answer = await client.request("GET", path, { headers: { accept } });
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: "resource_unknown" }]);
    }
  });

  test.each(["/api/approvals/none", "/api/decisions/none", "/api/nothing", "/api/approvals/%00"])(
    "%s answers 404",
    async (path) => {
      expect((await client.request("GET", path)).status).toBe(404);
    },
  );

  test("refuses bodies that are too large, not JSON, or of another type", async () => {
    const send = (body: string, type = "application/json") =>
      fetch(`${running.url}/api/login`, { method: "POST", headers: { "Content-Type": type }, body });
    const answers = await Promise.all([
      send(JSON.stringify({ user: "x".repeat(40_000) })),
      send("{"),
      send("user=a", "application/x-www-form-urlencoded"),
      send('{"__proto__":{"user":"a"}}'),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([413, 400, 415, 400]);
  });
});

describe("policy and health", () => {
  test("tell the active revision and the place of the last failure", async () => {
    const failure = {
      at: 1,
      stage: "compile" as const,
      message: "x",
      locations: [{ file: "rego/a.rego", line: 3, message: "unexpected }" }],
      since: 1,
      edited: "rego/a.rego",
      retried: false,
    };
    running.setPolicy({ ...healthyPolicy(Date.now()), failure });
    expect((await get("/api/policy")).failure.locations[0]).toEqual({
      file: "rego/a.rego",
      line: 3,
      message: "unexpected }",
    });
    expect((await get("/api/health")).policy.active.revision).toBe("2f9c1e7ab4d05c88");
  });
});

describe("events", () => {
  test("tell approvals and policy as they change", async () => {
    const own = await signIn(running);
    const answer = await own.request("GET", "/api/events");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await read()).toMatch(
      /^retry: 2000\nevent: hello\ndata: \{"now":\d+\}\n\nevent: policy\ndata: \{"active":.+\}\n\n$/,
    );
    await running.service.add(sampleApproval({ id: "a_live", created: Date.now() }));
    expect(await read()).toMatch(/^event: approval\ndata: \{"id":"a_live","state":"held"/);
    running.setPolicy(healthyPolicy(1));
    expect(await read()).toMatch(/^event: policy\n/);
    await reader.cancel();
  });

  test("tell nothing more to a page whose person has signed out", async () => {
    const own = await signIn(running);
    const answer = await own.request("GET", "/api/events");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    await read();
    expect((await own.request("POST", "/api/logout")).status).toBe(204);
    await running.service.add(sampleApproval({ id: "a_not_for_them", created: Date.now() }));
    expect(await read()).toBe("event: ended\ndata: {}\n\n");
    expect((await reader.read()).done).toBe(true);
  });
});
