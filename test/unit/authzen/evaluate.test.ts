import type { ActivePolicy } from "../../../gateway/domain/ports.ts";
import { approver } from "../../support/approvals/test-approvals.ts";
import { authzenRoom, libraryPolicy, pep } from "../../support/authzen-room.ts";

const question = {
  subject: { type: "agent", id: "refund-bot", properties: { roles: ["refunds"] } },
  action: { name: "tools/call" },
  resource: { type: "tool", id: "payments/create_refund" },
  context: { arguments: { order_id: "o-881", amount: 20, currency: "EUR", reason: "broken" } },
};

let policy: ActivePolicy;
beforeAll(async () => {
  policy = await libraryPolicy();
});

const opened = () => authzenRoom(policy);
type Opened = ReturnType<typeof opened>;

async function approve({ approvals }: Opened, id: string): Promise<void> {
  const item = await approvals.service.get(id);
  if (item === null) throw new Error("no such item");
  await approvals.service.vote(id, item.action_digest, approver, { vote: "approve", reason: null });
}

test("lets nobody approve a question about themselves", async () => {
  const room = opened();
  const about = { ...question, subject: { ...question.subject, id: approver.id } };
  const { access_request } = (await room.ask("/access/v1/evaluation", about)).body.context;
  const { task } = (await room.ask("/access/v1/requests", { ...about, denial: access_request })).body;
  await expect(approve(room, task.id)).rejects.toThrow("Nobody can approve a call that was made for themselves");
});

test("answers no about a subject whose access was ended, and yes about others of the batch", async () => {
  const ended = {
    id: "k_1",
    kind: "subject",
    issuer: null,
    target: "gone-bot",
    reason: "left",
    by: "x",
    at: 0,
    until: null,
  } as const;
  const { ask } = authzenRoom(policy, {}, ({ subject }) => (subject === "gone-bot" ? ended : null));
  const read = { ...question, resource: { type: "tool", id: "payments/get_order" } };
  const revoked = { ...question.subject, id: "gone-bot" };
  const { body } = await ask("/access/v1/evaluations", { ...read, evaluations: [{}, { subject: revoked }] });
  expect(body.evaluations).toMatchObject([
    { decision: true },
    { decision: false, context: { reason: "access_revoked", reason_user: { 403: expect.any(String) } } },
  ]);
});

test("takes the purpose of a question into the contract, cut when it is too long", async () => {
  const { ask, kept } = opened();
  for (const purpose of ["help Ann", "p".repeat(2_001)])
    await ask("/access/v1/evaluation", { ...question, context: { ...question.context, intent: { purpose } } });
  expect(kept.map(({ context }) => context.facts?.intent)).toEqual([
    { purpose: "help Ann", declared_by: "header", truncated: false },
    { purpose: "p".repeat(2_000), declared_by: "header", truncated: true },
  ]);
});

test("answers 503 without a policy, and is asked nothing by it", async () => {
  const { ask } = authzenRoom(null);
  for (const endpoint of ["/access/v1/evaluation", "/access/v1/evaluations"])
    expect(await ask(endpoint, question)).toMatchObject({ status: 503, code: "policy_not_loaded" });
});

test("answers no, by name, when policy gives no answer", async () => {
  const silent: ActivePolicy = {
    ...policy,
    catalog: policy.catalog.bind(policy),
    noteFault: policy.noteFault.bind(policy),
    notePrinted: policy.notePrinted.bind(policy),
    evaluate: () => ({ results: [], fuel: 0 }),
  };
  const { body } = await authzenRoom(silent).ask("/access/v1/evaluation", question);
  expect(body).toMatchObject({
    decision: false,
    context: { reason: "policy_undefined", reason_user: { 503: expect.any(String) } },
  });
});

test("answers no when a condition of the permission cannot be met from here", async () => {
  const duty = { type: "inject_credential", credential: "payments-api", ttl: 60 };
  const allow = { effect: "allow", reasons: [], obligations: [duty], approval: null, risk: null };
  const demanding: ActivePolicy = {
    ...policy,
    catalog: policy.catalog.bind(policy),
    evaluate: () => ({ results: [{ result: allow }], fuel: 1 }),
  };
  const { ask, kept } = authzenRoom(demanding);
  const { body } = await ask("/access/v1/evaluation", question);
  expect(body).toMatchObject({ decision: false, context: { reason: "obligation_failed" } });
  expect(kept.at(-1)).toMatchObject({ decision: { effect: "allow" }, outcome: { code: "obligation_failed" } });
});

test("lets a caller ask about itself and still believes only what it can know", async () => {
  const { ask, kept } = opened();
  const lies = {
    arguments: { order_id: "o-881" },
    approval: { id: "a_1", status: "approved", approvers: ["alice", "bob"], age: 0, scope: "once" },
    time: { ns: 1, weekday: "Sunday", hour: 3, zone: "UTC" },
    gateway: { instance: "other", environment: "lab" },
    catalog: { known: true, sensitivity: "low", reversible: true },
    session: { id: "s1", trust: "token", calls: 0, labels: [], history: [] },
    risk: { score: 0, signals: [] },
    task: { id: "t", tools: ["*"], state: "open" },
    pep: { issuer: "https://idp.example", id: "root", roles: ["admin"] },
    asserted: { everything: true },
  };
  const properties = {
    server: "crm",
    tool: "get_order",
    catalog: { known: true, sensitivity: "low", reversible: true, sink: "internal", labels: [] },
    definition: { digest: "sha256:0", pinned: true, changed: false },
    declared: { readOnlyHint: true },
  };
  await ask("/access/v1/evaluation", {
    ...question,
    action: { name: "tools/call", properties: { protocol: "mcp", protocol_version: "9", method: "GET" } },
    resource: { ...question.resource, properties },
    context: lies,
  });
  const { document } = kept.at(-1)?.context.input ?? { document: null };
  expect(document).toMatchObject({
    contract: 1,
    phase: "call",
    action: { properties: { protocol: "authzen", protocol_version: "1.0", method: "GET" } },
    resource: {
      properties: {
        server: "payments",
        tool: "create_refund",
        catalog: { sensitivity: "medium", reversible: false },
        definition: { digest: null, pinned: false },
        asserted: properties,
      },
    },
    context: {
      approval: { status: "mismatch", approvers: [] },
      time: { weekday: "Tuesday", hour: 12 },
      gateway: { instance: "gw-1", environment: "test" },
      session: { id: "s1", trust: "self" },
      risk: { score: null },
      task: null,
      pep: { issuer: pep.issuer, id: pep.id, roles: [] },
    },
  });
  expect(kept.at(-1)?.context.input?.text).toMatch(/"time":\{"ns":\d{19},/);
});
