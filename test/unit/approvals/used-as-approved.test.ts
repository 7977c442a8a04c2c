/** What people approved is what is used up: nothing that was changed since, nothing twice, nothing after its time. */
import type { People } from "../../../gateway/domain/ports.ts";
import { type GrantScope } from "../../../gateway/domain/decision.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { approver, everybody, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, requirement, TestClock } from "../../support/builders.ts";

const approve = { vote: "approve", reason: null } as const;
const who = { issuer: "https://idp.example", id: "refund-bot" };

test.each([
  ["the call", "UPDATE approvals SET body = json_set(body, '$.binding.tool', 'other')"],
  ["the seal", "UPDATE approvals SET body = json_set(body, '$.seal.nonce', 'n_other')"],
])("an approval whose %s was changed in the store is not used", async (_what, statement) => {
  const database = openDatabase(":memory:");
  const { holds, service } = testApprovals({ connection: new Connection(database) });
  const item = await holds.open(holdRequest());
  await service.vote(item.id, item.action_digest, approver, approve);
  database.exec(statement);
  expect(await holds.consume(item.id)).toBe(false);
  expect(await holds.get(item.id)).toMatchObject({ state: "approved", consumed_at: null });
});

test("a permission is not used by what was judged before its giver lost the say", async () => {
  const scope: GrantScope = { kind: "uses", uses: 3, seconds: 60, same: "arguments" };
  let current: People["current"] = everybody.current;
  const approvals = testApprovals({ people: { current: (id) => current(id) } });
  const { holds, service, grantService } = approvals;
  const item = await holds.open(holdRequest({ requirement: { ...requirement, scope } }));
  await service.vote(item.id, item.action_digest, approver, { ...approve, grant: scope });
  await holds.consume(item.id);
  await holds.finish(item.id, "delivered", "status 200");
  const judged = await holds.forCall(who, () => binding());
  current = async () => null;
  expect(judged?.kind === "grant" && (await holds.consume(judged.grant.id))).toBe(false);
  expect(await grantService.list({ live: true, limit: 10 })).toEqual([]);
});

test("a question is extended once", async () => {
  const clock = new TestClock();
  const { holds, service } = testApprovals({ clock });
  const item = await holds.open(holdRequest());
  clock.advance(item.approve_by - clock.now() - 1_000);
  const { approve_by } = await service.extend(item.id, approver);
  clock.advance(approve_by - clock.now() - 1_000);
  await expect(service.extend(item.id, approver)).rejects.toMatchObject({ code: "approval_extension" });
});

test("what came of a call is not for the same request to a tool whose definition is another one", async () => {
  const { holds, service } = testApprovals();
  const item = await holds.open(holdRequest());
  await service.vote(item.id, item.action_digest, approver, approve);
  await holds.consume(item.id);
  expect(await holds.used(binding())).toMatchObject({ id: item.id });
  expect(await holds.used({ ...binding(), definition_digest: "sha256:other" })).toBeNull();
});
