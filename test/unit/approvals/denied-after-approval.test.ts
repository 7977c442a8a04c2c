import type { Approval } from "../../../gateway/domain/approval.ts";
import type { Approver } from "../../../gateway/domain/ports.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { requirement } from "../../support/builders.ts";

const dana: Approver = { ...approver, id: "dana", name: "dana" };
const scope = { kind: "until", uses: 5, seconds: 60, same: "arguments" } as const;
const denial = { vote: "deny", reason: "It is a fraud" } as const;

async function approved(grant: typeof scope | null = null) {
  const room = testApprovals();
  const item = await room.holds.open(holdRequest({ requirement: { ...requirement, scope } }));
  await room.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null, grant });
  const deny = (who: Approver = dana) => room.service.vote(item.id, item.action_digest, who, denial);
  return { ...room, item, deny };
}

const statesIn = (receipts: readonly { readonly jws: string }[]) =>
  receipts.map(({ jws }) => (JSON.parse(jws) as Pick<Approval, "state">).state);

test("a call that is approved and not released is denied, with an event and a receipt, and is never released", async () => {
  const { holds, service, events, kept, item, deny } = await approved();
  const told: (string | null)[][] = [];
  events.watch(({ state }, from) => void told.push([from, state]));
  expect(service.whyNot((await service.get(item.id))!, dana, "deny")).toBeNull();
  expect(await deny()).toMatchObject({ state: "denied" });
  expect(told).toEqual([["approved", "denied"]]);
  expect(statesIn(await kept.of(item.id))).toEqual(["approved", "denied"]);
  expect(await holds.consume(item.id)).toBe(false);
  const again = await holds.forCall(item.binding.subject, () => item.binding);
  expect(again).toMatchObject({ kind: "approval", approval: { id: item.id, state: "denied" } });
});

test("who has approved may still deny, and nobody may approve or deny twice", async () => {
  const { service, item, deny } = await approved();
  await expect(
    service.vote(item.id, item.action_digest, dana, { vote: "approve", reason: null }),
  ).rejects.toMatchObject({ code: "approval_closed" });
  expect((await deny(approver)).votes.map(({ vote }) => vote)).toEqual(["approve", "deny"]);
  await expect(deny(dana)).rejects.toMatchObject({ code: "approval_closed", hint: "it is denied" });
});

test("nobody without the role, and no requester, denies an approved call", async () => {
  const { item, deny } = await approved();
  await expect(deny({ ...dana, roles: ["other"] })).rejects.toMatchObject({ code: "approval_role" });
  const self = item.binding.subject.id;
  await expect(deny({ ...dana, name: self })).rejects.toMatchObject({ code: "approval_self" });
});

test("the grant that an approval left ends with its denial", async () => {
  const { grantService, deny } = await approved(scope);
  expect(await grantService.list({ live: true, limit: 10 })).toHaveLength(1);
  await deny();
  expect(await grantService.list({ live: true, limit: 10 })).toEqual([]);
  expect((await grantService.list({ live: false, limit: 10 }))[0]?.revoked).toMatchObject({
    by: "dana",
    reason: "It is a fraud",
  });
});

test("of a denial and a release at once exactly one counts, and the other is told", async () => {
  for (let round = 0; round < 6; round++) {
    const { holds, service, item, deny } = await approved();
    const acts = [
      () =>
        deny().then(
          () => true,
          () => false,
        ),
      () => holds.consume(item.id),
    ];
    const [first, second] = await Promise.all((round % 2 === 0 ? acts : acts.toReversed()).map((act) => act()));
    expect([first, second]).toContain(true);
    expect(first).not.toBe(second);
    const isDenied = round % 2 === 0 ? first : second;
    expect((await service.get(item.id))?.state).toBe(isDenied === true ? "denied" : "released");
  }
});
