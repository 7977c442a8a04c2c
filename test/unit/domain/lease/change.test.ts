import type { Decision } from "../../../../gateway/domain/decision.ts";
import { outcome } from "../../../../gateway/domain/decision-record.ts";
import { newContext } from "../../../../gateway/domain/exchange.ts";
import { openingOf, recordedChange, type RecordedLeaseChange } from "../../../../gateway/domain/lease.ts";
import { lease } from "../../../support/tasks/leases.ts";

const opening: RecordedLeaseChange = { change: openingOf(lease()), message: "A task is opened." };
const closing: RecordedLeaseChange = {
  change: { task: "t_1", change: "closed", by: lease().opener, reason: "done" },
  message: "A task is closed.",
};
const request = { method: "POST", url: "/tasks", rawHeaders: [] };
const context = () => newContext({ decisionId: "d_1", request, startedAt: 0 });
const done = () => Promise.resolve(outcome({ kind: "answered", status: 200 }));
const full = () => Promise.reject(new Error("disk full"));

test("a change is recorded before it is made, with what it is", async () => {
  const order: string[] = [];
  const about = context();
  let decided: Decision | null = null;
  await recordedChange(
    async (_context, decision, act) => {
      order.push("recorded");
      decided = decision;
      return act();
    },
    about,
    opening,
    () => (order.push("made"), done()),
  );
  expect([order, about.lease]).toEqual([["recorded", "made"], opening.change]);
  expect(decided).toMatchObject({ effect: "allow", reasons: [{ code: "task_opened", message: "A task is opened." }] });
});

test("nothing is opened that cannot be recorded, and what ends access ends it all the same", async () => {
  const made: string[] = [];
  const make = (name: string) => () => (made.push(name), done());
  await expect(recordedChange(full, context(), opening, make("opened"))).rejects.toThrow("disk full");
  await recordedChange(full, context(), closing, make("closed"));
  expect(made).toEqual(["closed"]);
});

test("what was made once is not made again when its outcome cannot be recorded", async () => {
  let made = 0;
  const late = recordedChange(
    async (_context, _decision, act) => (await act(), full()),
    context(),
    closing,
    () => ((made += 1), done()),
  );
  await expect(late).rejects.toThrow("disk full");
  expect(made).toBe(1);
});
