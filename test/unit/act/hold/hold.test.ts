import { hold } from "../../../../gateway/act/hold/hold.ts";
import { Cancellations } from "../../../../gateway/act/hold/wait.ts";
import { type Approval, approvalFactOf } from "../../../../gateway/domain/approval.ts";
import { bindingOf } from "../../../../gateway/domain/binding.ts";
import type { Exchange } from "../../../../gateway/domain/exchange.ts";
import type { EndedBy } from "../../../../gateway/domain/revocation.ts";
import { holdRequest, testApprovals } from "../../../support/approvals/test-approvals.ts";
import { decision, evaluated, facts, requirement, TestClock, toolCall } from "../../../support/builders.ts";

/** The round after the page of an approval; its caller has left, so that it does not wait. */
async function world(endedBy: EndedBy | null = null) {
  const clock = new TestClock();
  const room = testApprovals({ clock });
  const request = holdRequest({ binding: bindingOf(evaluated()) });
  const asked = await room.holds.open(request);
  const exchange = {
    connection: { aborted: true, signal: AbortSignal.abort() },
    context: { route: null, startedAt: 0 },
    res: { writableEnded: true, destroy: () => undefined },
  } as unknown as Exchange;
  const once = (changes: Parameters<typeof facts>[0] = {}) => {
    const call = toolCall({ afterPage: asked.id });
    const held = decision({ effect: "hold", approval: requirement });
    return hold(exchange, evaluated({ call, facts: facts(changes), decision: held }), {
      holds: room.holds,
      cancellations: new Cancellations(),
      clock,
      tasks: { hold: async () => null },
      underWay: { endedSince: () => endedBy },
      pages: { answer: () => null, completed: async () => undefined },
    });
  };
  const round = async (changes: Parameters<typeof facts>[0] = {}) => {
    const { kind, code, approvalId } = (await once(changes)) as { kind: string; code?: string; approvalId?: string };
    return { kind, code, approvalId };
  };
  const askedAnew = (): Promise<Approval> =>
    room.holds.open({
      ...request,
      replaces: { id: asked.id, changes: [{ what: "labels", before: [], after: ["x"] }] },
    });
  return { ...room, clock, asked, once, round, askedAnew };
}

test("a question that was written while access ended is withdrawn, and its call refused with what ended it", async () => {
  const endedBy = { kind: "client", id: "v_1", reason: "leaked" } as const;
  const { holds, asked, once } = await world(endedBy);
  expect(await once()).toMatchObject({ kind: "refused", code: "access_revoked", approvalId: asked.id, endedBy });
  expect(await holds.get(asked.id)).toMatchObject({ state: "cancelled", ended_by: endedBy });
});

test("the round after a page waits for its approval while that is open", async () => {
  const { asked, round } = await world();
  expect(await round()).toEqual({ kind: "abandoned", code: "client_gone", approvalId: asked.id });
});

test.each<[string, (of: Awaited<ReturnType<typeof world>>) => unknown]>([
  ["approval_expired", ({ clock }) => clock.advance(requirement.approve_within * 1_000)],
  ["approval_cancelled", ({ holds, asked }) => holds.withdraw(asked.id, "no longer wanted")],
])("the round after a page whose approval has ended is refused with %s, and opens nothing", async (code, end) => {
  const of = await world();
  await end(of);
  for (let time = 0; time < 2; time += 1)
    expect(await of.round()).toEqual({ kind: "refused", code, approvalId: of.asked.id });
  expect(await of.holds.forCall(evaluated().subject, () => bindingOf(evaluated()))).toBeNull();
});

test("the round of a call that has changed waits for the question in its place, and is refused once that is over", async () => {
  const { asked, round, askedAnew, clock, holds } = await world();
  const anew = await askedAnew();
  expect(anew.id).not.toBe(asked.id);
  const approval = approvalFactOf(anew, clock.now());
  expect(await round({ approval })).toEqual({ kind: "abandoned", code: "client_gone", approvalId: anew.id });
  await holds.withdraw(anew.id, "no longer wanted");
  expect(await round()).toEqual({ kind: "refused", code: "approval_cancelled", approvalId: asked.id });
  expect(await holds.forCall(evaluated().subject, () => bindingOf(evaluated()))).toBeNull();
});
