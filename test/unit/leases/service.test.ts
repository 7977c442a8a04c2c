import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { endDue, watchEnds } from "../../../gateway/leases/watch.ts";
import { subject } from "../../support/builders.ts";
import { lease, leaseLimits } from "../../support/tasks/leases.ts";
import { leaseWorld, nothingCut } from "../../support/tasks/world.ts";

const { opener } = lease();
const asked = { purpose: "Refund order 881", tools: ["payments/*"], agents: ["refund-bot"] };
const issuer = "https://idp.example";

test("keeps nothing of a draft until it is opened, and then what it was", async () => {
  const { service } = leaseWorld();
  const draft = await service.draft(asked, opener, issuer);
  expect(await service.get(draft.id)).toBeNull();
  await service.open(draft);
  expect((await service.get(draft.id))?.[0].lease).toEqual(draft);
  expect(await service.list({ state: "open", limit: 10 })).toHaveLength(1);
});

test("opens a part below a task that there is, and no more than its opener may have open", async () => {
  const { service } = leaseWorld({ mostOpen: 2 });
  const whole = await service.draft(asked, opener, issuer);
  await service.open(whole);
  const part = await service.draft({ purpose: "Look", parent: whole.id }, opener, issuer);
  await service.open(part);
  expect((await service.get(part.id))?.map(({ lease: { id } }) => id)).toEqual([part.id, whole.id]);
  await expect(service.draft({ ...asked, parent: "t_none" }, opener, issuer)).rejects.toMatchObject({
    ...{ code: "task_absent", hint: "/parent" },
  });
  await expect(service.open(await service.draft(asked, opener, issuer))).rejects.toMatchObject({ code: "task_limit" });
});

test("a task that is closed while a part of it is being opened has no such part", async () => {
  const { service } = leaseWorld();
  const whole = await service.draft(asked, opener, issuer);
  await service.open(whole);
  const part = await service.draft({ purpose: "Look", parent: whole.id }, opener, issuer);
  await service.close(whole.id, "ann", "done");
  await expect(service.open(part)).rejects.toMatchObject({ code: "task_over" });
});

test("closes a task with all below it, cuts what is under way of each, and says so once", async () => {
  const { service, ended } = leaseWorld();
  const whole = await service.draft(asked, opener, issuer);
  await service.open(whole);
  const part = await service.draft({ purpose: "Look", parent: whole.id }, opener, issuer);
  await service.open(part);
  const closed = await service.close(whole.id, "ann", "done early");
  expect(closed).toEqual({ ids: [whole.id, part.id], cut: { ...nothingCut, held: 2 } });
  expect(ended).toEqual([whole.id, part.id].map((id) => ({ kind: "task", id, reason: "done early" })));
  await expect(service.close(whole.id, "ann", "again")).rejects.toMatchObject({ code: "task_over" });
  await expect(service.close("t_none", "ann", "x")).rejects.toMatchObject({ code: "task_absent" });
});

test("ends what is due, and cuts it", async () => {
  const { deps, store, clock, ended, ledger } = leaseWorld();
  await store.insert(lease({ limits: leaseLimits({ until: clock.now() + 1 }) }), 10, clock.now());
  await endDue(deps);
  expect(ended).toEqual([]);
  clock.advance(1);
  await endDue(deps);
  expect(ended).toEqual([{ kind: "task", id: "t_1", reason: "the time of the task is over" }]);
  const late = async () => ledger.of(subject({ task: "t_1" }), "t_1", clock.now());
  await expect(late()).rejects.toMatchObject({ code: "task_expired" });
});

test("cuts in this process what another one has ended", async () => {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-leases-"));
  const file = join(dir, "store.db");
  const [one, other] = [leaseWorld({ file }), leaseWorld({ file, process: "p_2" })];
  await one.store.insert(lease(), 10, one.clock.now());
  const look = watchEnds(other.deps);
  await look();
  const agent = subject({ task: "t_1" });
  await other.ledger.of(agent, "t_1", other.clock.now());
  await nextTurn();
  await look();
  expect(other.ended).toEqual([]);
  await one.service.close("t_1", "ann", "done");
  await nextTurn();
  await look();
  expect(other.ended).toEqual([{ kind: "task", id: "t_1", reason: "done" }]);
  const of = async () => other.ledger.of(agent, "t_1", other.clock.now());
  await expect(of()).rejects.toMatchObject({ code: "task_closed" });
  for (const { database } of [one, other]) database.close();
  rmSync(dir, { recursive: true });
});
