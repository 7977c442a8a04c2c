import { Running } from "../../../gateway/tasks/running.ts";

/** A run that ends when it is told to, or cancelled. `cause`: why the gateway has ended it, as its work reads it at the end. */
function started() {
  const running = new Running();
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: { cancelled: boolean; cause: string | null } = { cancelled: false, cause: null };
  const done = running.start("t", async (cancelled) => {
    cancelled.addEventListener("abort", () => resolve());
    await promise;
    Object.assign(seen, { cancelled: cancelled.aborted, cause: running.causeOf("t") });
  });
  return { running, end: resolve, done, seen };
}

const never = new AbortController().signal;
const hourMs = 3_600_000;

test("hands a question of the tool server over once, and tells who waits that there is one", async () => {
  const { running, end, done } = started();
  const news = running.news("t", hourMs, never);
  await running.ask("t", Promise.resolve("?"), hourMs);
  await news;
  expect([running.isAsking("t"), running.take("t"), running.take("t")]).toEqual([true, ["?"], []]);
  const ended = running.news("t", hourMs, never);
  end();
  await Promise.all([ended, done]);
  expect([running.has("t"), running.isAsking("t"), running.take("t")]).toEqual([false, false, []]);
});

test("ends a run whose question nobody takes in time, with its cause", async () => {
  const { running, done, seen } = started();
  await running.ask("t", Promise.resolve("?"), 1);
  await done;
  expect(seen).toEqual({ cancelled: true, cause: "task_question_lost" });
});

test("ends a run whose question cannot be judged at once", async () => {
  const { running, done, seen } = started();
  await running.ask("t", Promise.reject(new Error("no")), hourMs);
  await done;
  expect(seen).toEqual({ cancelled: true, cause: "task_question_lost" });
});

test("a run whose question was refused goes on: its tool server was told", async () => {
  const { running, end, done, seen } = started();
  await running.ask("t", Promise.resolve(null), 1);
  expect(running.isAsking("t")).toBe(false);
  end();
  await done;
  expect(seen).toEqual({ cancelled: false, cause: null });
});

test("a run whose question was taken goes on", async () => {
  const { running, end, done, seen } = started();
  await running.ask("t", Promise.resolve("?"), 1);
  running.take("t");
  await running.ended("t", 5, never);
  end();
  await done;
  expect(seen).toEqual({ cancelled: false, cause: null });
});
