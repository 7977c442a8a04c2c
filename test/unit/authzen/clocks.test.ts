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

async function denial({ ask }: Opened) {
  const { access_request, evaluation_id } = (await ask("/access/v1/evaluation", question)).body.context;
  return { ...access_request, evaluation_id };
}

async function requested(room: Opened) {
  const { body } = await room.ask("/access/v1/requests", { ...question, denial: await denial(room) });
  return body.task;
}

async function approve({ approvals }: Opened, id: string): Promise<void> {
  const item = await approvals.service.get(id);
  if (item === null) throw new Error("no such item");
  await approvals.service.vote(id, item.action_digest, approver, { vote: "approve", reason: null });
}

const evaluate = ({ ask }: Opened, approval: unknown) =>
  ask("/access/v1/evaluation", { ...question, context: { ...question.context, approval } });

const path = (task: { id: string }): string => `/access/v1/requests/${task.id}`;

test("refuses a denial that is too old, to the second", async () => {
  const room = opened();
  const old = await denial(room);
  room.clock.advance(Date.parse(old.expires_at) - room.clock.now() - 1);
  expect((await room.ask("/access/v1/requests", { ...question, denial: old })).status).toBe(202);
  const other = opened();
  const late = await denial(other);
  other.clock.advance(600_000);
  expect(await other.ask("/access/v1/requests", { ...question, denial: late })).toMatchObject({
    status: 410,
    code: "arap_expired_denial",
  });
});

test("gives the same task for the same Idempotency-Key after the denial has become too old", async () => {
  const room = opened();
  const body = { ...question, denial: await denial(room) };
  const headers = { "idempotency-key": "k1" };
  const first = await room.ask("/access/v1/requests", body, { headers });
  room.clock.advance(700_000);
  const again = await room.ask("/access/v1/requests", body, { headers });
  expect(again).toMatchObject({ status: 202, body: { task: { id: first.body.task.id } } });
});

test("ends a task that nobody decides, and forgets it a day later", async () => {
  const room = opened();
  const task = await requested(room);
  expect(Date.parse(task.expires_at)).toBe(room.clock.now() + 900_000);
  room.clock.advance(900_000);
  expect((await room.ask(path(task))).body.task).toMatchObject({ status: "expired" });
  expect(await room.ask(`${path(task)}/cancel`, {})).toMatchObject({ status: 409, code: "arap_invalid_task_state" });
  room.clock.advance(24 * 3_600_000);
  expect(await room.ask(path(task))).toMatchObject({ status: 410, code: "arap_task_expired" });
});

test("says approval_expired when the approval is presented too late, and asks anew", async () => {
  const room = opened();
  const task = await requested(room);
  await approve(room, task.id);
  const { task: done, result } = (await room.ask(path(task))).body;
  expect(done.status).toBe("approved");
  expect(Date.parse(result.approval.approved_until)).toBe(room.clock.now() + 300_000);
  room.clock.advance(300_000);
  const { body } = await evaluate(room, result.approval);
  expect(body).toMatchObject({
    decision: false,
    context: { reason: "approval_expired", next_action: "request", access_request: expect.any(Object) },
  });
  // A task that was approved stays so; whether the approval still counts is for the evaluation to say.
  expect((await room.ask(path(task))).body.task.status).toBe("approved");
});

test("says approval_expired when what people approved was ended before its time", async () => {
  const room = opened();
  const task = await requested(room);
  await approve(room, task.id);
  const { approval } = (await room.ask(path(task))).body.result;
  await room.approvals.holds.withdraw(task.id, "the subject was revoked");
  expect((await evaluate(room, approval)).body.context).toMatchObject({
    reason: "approval_expired",
    next_action: "request",
  });
});

test("gives an approval its ending by whether the answer arrived", async () => {
  for (const [told, state] of [
    [true, "delivered"],
    [false, "unknown"],
  ] as const) {
    const room = opened();
    const task = await requested(room);
    await approve(room, task.id);
    const { approval } = (await room.ask(path(task))).body.result;
    const { body, releases } = await evaluate(room, approval);
    expect(body.decision).toBe(true);
    expect((await room.approvals.holds.get(task.id))?.state).toBe("released");
    for (const release of releases) await release(told);
    expect((await room.approvals.holds.get(task.id))?.state).toBe(state);
  }
});

test("uses no approval up for an enforcement point that has left", async () => {
  const room = opened();
  const task = await requested(room);
  await approve(room, task.id);
  const { approval } = (await room.ask(path(task))).body.result;
  const whole = { ...question, context: { ...question.context, approval } };
  const left = await room.ask("/access/v1/evaluation", whole, { connection: AbortSignal.abort() });
  expect(left.body.decision).toBe(false);
  expect((await room.approvals.holds.get(task.id))?.state).toBe("approved");
  expect(room.kept.at(-1)?.outcome).toMatchObject({ kind: "abandoned", code: "client_gone" });
});

test("covers further questions of the same scope with the permission that people gave, and no others", async () => {
  const wide = { kind: "uses", uses: 2, seconds: 600, same: "arguments" } as const;
  const rule = "sallyport/lib/ask/ask.rego";
  const generous = await libraryPolicy(async (copy) =>
    copy.write(rule, (await copy.read(rule)).replace('"scope": "once"', `"scope": ${JSON.stringify(wide)}`)),
  );
  const room = authzenRoom(generous);
  const task = await requested(room);
  const item = await room.approvals.service.get(task.id);
  const ballot = { vote: "approve", reason: null, grant: wide } as const;
  await room.approvals.service.vote(task.id, item?.action_digest ?? "", approver, ballot);
  const { approval } = (await room.ask(path(task))).body.result;
  const first = await evaluate(room, approval);
  expect(first.body.decision).toBe(true);
  for (const release of first.releases) await release(true);
  const longer = { ...question, context: { arguments: { ...question.context.arguments, amount: 21 } } };
  expect((await room.ask("/access/v1/evaluation", longer)).body.decision).toBe(false);
  const stranger = { ...pep, id: "kong" };
  expect((await room.ask("/access/v1/evaluation", question, { who: stranger })).body.decision).toBe(false);
  const again = await room.ask("/access/v1/evaluation", question);
  expect(again.body).toMatchObject({ decision: true, context: { approval: { id: expect.stringMatching(/^g_/) } } });
  expect((await room.ask("/access/v1/evaluation", question)).body.context.reason).toBe("approval_required");
});
