import { ApprovalEvents } from "../../../gateway/approvals/events.ts";
import type { Approval } from "../../../gateway/domain/approval.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { quiet } from "../../support/quiet.ts";

const broken = (): void => {
  throw new Error("a stream is gone");
};

test("a vote counts, and the others are told, when somebody who watches throws", async () => {
  const { approvals, holds, service } = testApprovals();
  const item = await holds.open(holdRequest());
  const told: string[] = [];
  approvals.events.watchOne(item.id, broken);
  approvals.events.watch(broken);
  approvals.events.watch(({ state }) => void told.push(state));
  expect((await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null })).state).toBe(
    "approved",
  );
  expect(told).toContain("approved");
  expect((await approvals.store.get(item.id))?.state).toBe("approved");
});

test("who throws is in the log with the approval", async () => {
  const logged: unknown[] = [];
  const events = new ApprovalEvents({ ...quiet, error: (_message, details) => void logged.push(details) });
  events.watch(broken);
  await events.publishAfter(() => events.publish({ id: "a_1" } as Approval));
  expect(logged).toEqual([{ approval_id: "a_1", error: "Error: a stream is gone" }]);
});

test("say from which state an approval was moved, and nothing of it when its state is as it was", async () => {
  const { approvals, holds, service } = testApprovals();
  const told: string[] = [];
  approvals.events.watch(({ state }, from) => void told.push(`${from} ${state}`));
  const item = await holds.open(holdRequest());
  await service.claim(item.id, approver, true);
  await service.vote(item.id, item.action_digest, approver, { vote: "approve", reason: null });
  await holds.consume(item.id);
  await holds.finish(item.id, "delivered", "200");
  expect(told).toEqual(["null held", "null held", "held approved", "approved released", "released delivered"]);
});

describe("events of a piece of work", () => {
  const one = { id: "a_1" } as Approval;
  const other = { id: "a_2" } as Approval;
  const watched = () => {
    const events = new ApprovalEvents(quiet);
    const told: string[] = [];
    events.watch(({ id }) => void told.push(id));
    return { events, told };
  };

  test("are told when it is done, and hold back none of another that runs meanwhile", async () => {
    const { events, told } = watched();
    const step = Promise.withResolvers<void>();
    const working = events.publishAfter(async () => {
      await events.publish(one);
      await step.promise;
    });
    await events.publish(other);
    await events.publishAfter(() => events.publish(other));
    expect(told).toEqual(["a_2", "a_2"]);
    step.resolve();
    await working;
    expect(told).toEqual(["a_2", "a_2", "a_1"]);
  });

  test("are told to nobody when it fails, those of work within it too", async () => {
    const { events, told } = watched();
    const failing = events.publishAfter(async () => {
      await events.publishAfter(() => events.publish(one));
      throw new Error("undone");
    });
    await expect(failing).rejects.toThrow("undone");
    expect(told).toEqual([]);
  });

  test("are told at once when they come from what has outlived it", async () => {
    const { events, told } = watched();
    const late = Promise.withResolvers<void>();
    let stray = Promise.resolve();
    await events.publishAfter(async () => {
      stray = late.promise.then(() => events.publish(one));
    });
    late.resolve();
    await stray;
    expect(told).toEqual(["a_1"]);
  });

  test("are told before whoever did it goes on, also to somebody who takes a while", async () => {
    const events = new ApprovalEvents(quiet);
    const told: string[] = [];
    events.watch(async ({ id }) => {
      await new Promise(setImmediate);
      told.push(id);
    });
    await events.publishAfter(() => events.publish(one));
    expect(told).toEqual(["a_1"]);
  });
});
