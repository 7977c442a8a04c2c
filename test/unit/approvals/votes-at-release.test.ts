import type { People } from "../../../gateway/domain/ports.ts";
import { type GrantScope } from "../../../gateway/domain/decision.ts";
import { approver, everybody, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement } from "../../support/builders.ts";

type Person = Awaited<ReturnType<People["current"]>>;

const who = { issuer: "https://idp.example", id: "refund-bot" };
const scope: GrantScope = { kind: "uses", uses: 3, seconds: 60, same: "arguments" };

/** A call that `approver` has approved, before `later` is true of that person. */
async function approved(later: Person) {
  let current: People["current"] = everybody.current;
  const approvals = testApprovals({ people: { current: (id) => current(id) } });
  const item = await approvals.holds.open(holdRequest({ requirement: { ...requirement, scope } }));
  await approvals.service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null, grant: scope });
  return {
    ...approvals,
    item,
    change: () => {
      current = async (id) => (id === approver.id ? later : await everybody.current(id));
    },
  };
}

const same = { name: approver.name, teams: [], also: [] };

describe.each<[string, Person]>([
  ["whose account ended", null],
  ["who lost the role", { ...same, roles: ["operator"] }],
  ["who turned out to be who the call is made for", { ...same, roles: ["payments-approver"], also: ["refund-bot"] }],
])("the vote of somebody %s between approval and release", (_what, later) => {
  test("releases nothing: the call is asked about again", async () => {
    const { holds, item, change } = await approved(later);
    change();
    expect(await holds.consume(item.id)).toBe(false);
    expect(await holds.get(item.id)).toMatchObject({
      state: "cancelled",
      outcome: "somebody who approved it may no longer decide about it",
    });
    expect(await holds.forCall(who, () => binding())).toBeNull();
    expect((await holds.open(holdRequest())).id).not.toBe(item.id);
  });

  test("gives no further use of the grant that it left", async () => {
    const { holds, item, change, grantService } = await approved(later);
    await holds.consume(item.id);
    await holds.finish(item.id, "delivered", "status 200");
    const found = await holds.forCall(who, () => binding());
    expect(found?.kind).toBe("grant");
    change();
    expect(await holds.forCall(who, () => binding())).toBeNull();
    expect(found?.kind === "grant" && (await holds.consume(found.grant.id))).toBe(false);
    expect(await grantService.list({ live: true, limit: 10 })).toEqual([]);
  });
});

test("a grant that was found before its voter lost the role has no use left and is over", async () => {
  const { holds, item, change, grantService } = await approved({ ...same, roles: ["operator"] });
  await holds.consume(item.id);
  await holds.finish(item.id, "delivered", "status 200");
  const found = await holds.forCall(who, () => binding());
  change();
  expect(found?.kind === "grant" && (await holds.consume(found.grant.id))).toBe(false);
  expect(await grantService.list({ live: false, limit: 10 })).toMatchObject([
    { uses_left: 2, revoked: { by: "gateway" } },
  ]);
});

test("releases what enough others have approved", async () => {
  const current: People["current"] = async (id) => (id === "ann" ? null : await everybody.current(id));
  let people = everybody;
  const approvals = testApprovals({ people: { current: (id) => people.current(id) } });
  const item = await approvals.holds.open(
    holdRequest({ requirement: { ...requirement, require: [{ role: "payments-approver", count: 1 }] } }),
  );
  await approvals.service.vote(
    item.id,
    item.action_digest,
    { ...approver, id: "bob", name: "bob" },
    { vote: "approve", reason: null },
  );
  people = { current };
  expect(await approvals.holds.consume(item.id)).toBe(true);
});
