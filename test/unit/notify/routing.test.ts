import { approver, holdRequest } from "../../support/approvals/test-approvals.ts";
import { binding, requirement } from "../../support/builders.ts";
import { type HookReceiver, hookReceiver } from "../../support/channels/hook-receiver.ts";
import { tell } from "../../support/channels/test-dispatcher.ts";

let receiver: HookReceiver;
beforeAll(async () => {
  receiver = await hookReceiver();
});
afterAll(() => receiver.close());
beforeEach(() => receiver.reset());

describe("who is told", () => {
  const two = { ...requirement, require: [{ role: "security", count: 2 }] };

  test.each([
    ["every item without conditions", tell(["audit"]), true],
    ["one of its roles", tell(["audit"], { roles: ["payments-approver"] }), true],
    ["another role", tell(["audit"], { roles: ["security"] }), false],
    ["its server", tell(["audit"], { servers: ["payments"] }), true],
    ["another server", tell(["audit"], { servers: ["crm"] }), false],
    ["its sensitivity", tell(["audit"], { minSensitivity: "medium" }), true],
    ["more sensitive tools only", tell(["audit"], { minSensitivity: "high" }), false],
  ])("follows %s", async (_what, rule, told) => {
    const room = receiver.room({ rules: [rule] });
    await room.holds.open(holdRequest());
    await room.dispatcher.run();
    expect(receiver.requests).toHaveLength(told ? 1 : 0);
  });

  test("counts a tool that nobody has classified as highly sensitive", async () => {
    const room = receiver.room({ rules: [tell(["audit"], { minSensitivity: "high" })] });
    await room.holds.open(holdRequest({ binding: { ...binding(), sensitivity: null }, requirement: two }));
    await room.dispatcher.run();
    expect(receiver.requests).toHaveLength(1);
  });

  test("is told once when several rules fit", async () => {
    const room = receiver.room({ rules: [tell(["audit"]), tell(["audit"], { servers: ["payments"] })] });
    await room.holds.open(holdRequest());
    await room.dispatcher.run();
    expect(receiver.requests).toHaveLength(1);
  });

  const escalating = tell(["audit"], { escalate: { afterMs: 300_000, to: ["boss"] } });
  const withBoss = () =>
    receiver.room({
      settings: [receiver.channel(), receiver.channel("boss", `${receiver.origin}/boss`)],
      rules: [escalating],
    });
  const boss = () => receiver.requests.filter(({ target }) => target === "/boss");

  test("escalates when nobody has claimed or answered by then, and tells that channel the outcome too", async () => {
    const room = withBoss();
    const item = await room.holds.open(holdRequest());
    await room.dispatcher.run();
    room.clock.advance(299_999);
    await room.dispatcher.run();
    expect(boss()).toHaveLength(0);
    room.clock.advance(1);
    await room.dispatcher.run();
    expect(boss()).toHaveLength(1);
    await room.service.vote(item.id, item.action_digest, approver, { vote: "deny", reason: "wrong order" });
    await room.dispatcher.run();
    expect(boss()).toHaveLength(2);
  });

  test.each([
    ["claimed", (room: ReturnType<HookReceiver["room"]>, id: string) => room.service.claim(id, approver, true)],
    [
      "answered",
      async (room: ReturnType<HookReceiver["room"]>, id: string) =>
        room.service.vote(id, (await room.service.get(id))?.action_digest ?? "", approver, {
          vote: "deny",
          reason: "no",
        }),
    ],
    ["withdrawn", (room: ReturnType<HookReceiver["room"]>, id: string) => room.holds.withdraw(id, "not needed")],
  ])("does not escalate what was %s in time, and tells that channel nothing later", async (_what, attend) => {
    const room = withBoss();
    const item = await room.holds.open(holdRequest());
    await attend(room, item.id);
    await room.dispatcher.run();
    room.clock.advance(300_000);
    await room.dispatcher.run();
    await room.holds.withdraw(item.id, "not needed");
    await room.dispatcher.run();
    expect(boss()).toHaveLength(0);
    expect(await room.outbox.get(`${item.id}.boss`)).toMatchObject({ state: "closed", lastPhase: null });
  });

  test("is not bothered with a question that was answered before it could be told", async () => {
    const url = `${receiver.origin}/v2/enqueue`;
    const pager = { kind: "pagerduty" as const, name: "duty", routingKey: "env:PD", url };
    const room = receiver.room({ settings: [pager], secrets: { "env:PD": "0123456789" } });
    const item = await room.holds.open(holdRequest());
    await room.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
    await room.dispatcher.run();
    expect(receiver.requests).toEqual([]);
    expect(await room.outbox.of(item.id)).toMatchObject([{ state: "closed", lastPhase: null }]);
  });
});
