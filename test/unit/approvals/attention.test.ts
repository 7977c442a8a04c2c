import { attentionCounter } from "../../../gateway/approvals/attention.ts";
import type { AttentionStore } from "../../../gateway/domain/ports.ts";
import { TestClock } from "../../support/builders.ts";

type Facts = Parameters<AttentionStore["addAttentionLimits"]>[0];

/** A store whose writes end when the test says so. */
function slowStore() {
  const writes: { facts: Facts; done: PromiseWithResolvers<void> }[] = [];
  const store = {
    addAttentionLimits: (facts: Facts) => {
      const done = Promise.withResolvers<void>();
      writes.push({ facts, done });
      return done.promise;
    },
  } as unknown as AttentionStore;
  return { writes, counter: attentionCounter(store, new TestClock()) };
}

const flood = (times: number) => ({ kind: "flood", who: "bot", rule: "a", times });

test("what is counted while a write is under way is in the next one, and in no other", async () => {
  const { writes, counter } = slowStore();
  counter.limitReached("flood", "bot", ["a"]);
  counter.limitReached("flood", "bot", ["a"]);
  const first = counter.flush();
  counter.limitReached("flood", "bot", ["a"]);
  const second = counter.flush();
  for (const { done } of writes) done.resolve();
  await Promise.all([first, second]);
  expect(writes.map(({ facts }) => facts)).toEqual([[flood(2)], [flood(1)]]);
  await counter.flush();
  expect(writes).toHaveLength(2);
});

test("what cannot be written stays counted, with what came meanwhile", async () => {
  const { writes, counter } = slowStore();
  counter.limitReached("flood", "bot", ["a"]);
  const first = counter.flush();
  counter.limitReached("flood", "bot", ["a"]);
  writes[0]?.done.reject(new Error("locked"));
  await expect(first).rejects.toThrow("locked");
  const second = counter.flush();
  writes[1]?.done.resolve();
  await second;
  expect(writes[1]?.facts).toEqual([flood(2)]);
});
