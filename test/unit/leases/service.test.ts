import { lease } from "../../support/tasks/leases.ts";
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import { leaseWorld } from "../../support/tasks/world.ts";

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
    code: "task_absent",
    hint: "/parent",
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

test("while the store cannot be written closes no task that has ended or that there is not, and opens none", async () => {
  const { service, database, ended } = leaseWorld();
  const draft = await service.draft(asked, opener, issuer);
  await service.open(draft);
  await service.close(draft.id, "ann", "done");
  database.exec("PRAGMA query_only = ON");
  await expect(service.close(draft.id, "ann", "again")).rejects.toMatchObject({ code: "task_over" });
  await expect(service.close("t_none", "ann", "x")).rejects.toMatchObject({ code: "task_absent" });
  expect(ended).toHaveLength(1);
  const other = await service.draft(asked, opener, issuer);
  await expect(service.open(other)).rejects.toMatchObject({ code: "task_unavailable", status: 503 });
});

test("closes a task with all below it, and says once what was cut", async () => {
  const { service, ended } = leaseWorld();
  const whole = await service.draft(asked, opener, issuer);
  await service.open(whole);
  const part = await service.draft({ purpose: "Look", parent: whole.id }, opener, issuer);
  await service.open(part);
  const closed = await service.close(whole.id, "ann", "done early");
  expect(closed).toEqual({
    ids: [whole.id, part.id],
    durable: true,
    cut: { ...nothingEnded, held: 1, unanswered: 0 },
  });
  expect(ended).toEqual([{ kind: "task", id: whole.id, reason: "done early" }]);
  await expect(service.close(whole.id, "ann", "again")).rejects.toMatchObject({ code: "task_over" });
  await expect(service.close("t_none", "ann", "x")).rejects.toMatchObject({ code: "task_absent" });
});
