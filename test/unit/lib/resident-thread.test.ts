import { ResidentThread } from "../../../gateway/lib/resident-thread.ts";
import { eventually } from "../../support/eventually.ts";

const file = new URL("../../support/resident-thread-worker.ts", import.meta.url);
const threads: ResidentThread[] = [];

function threadWith(options: { idleMs?: number; maxHeapBytes?: number } = {}): ResidentThread {
  const thread = new ResidentThread({ file, task: "is tested", ...options });
  threads.push(thread);
  return thread;
}

afterEach(() => {
  for (const thread of threads.splice(0)) thread.release();
});

test("one thread answers all questions, those that are asked at once too, and stays when one fails", async () => {
  const thread = threadWith();
  const first = await thread.ask<number>("id", null);
  await expect(thread.ask("fail", "made to fail")).rejects.toMatchObject({
    name: "RangeError",
    message: "made to fail",
  });
  await expect(thread.ask("nothing", null)).rejects.toThrow("no question is of the kind nothing");
  expect(await Promise.all([thread.ask("id", null), thread.ask("id", null)])).toEqual([first, first]);
});

test("an answer is moved as it is", async () => {
  expect(await threadWith().ask("grow", 3)).toEqual(new Uint8Array([7, 7, 7]));
});

test("a thread that ends refuses what was asked of it, and the next question starts another", async () => {
  const thread = threadWith();
  const first = await thread.ask<number>("id", null);
  const waiting = thread.ask("wait", null);
  const ended = thread.ask("end", null);
  const why = "the thread that is tested ended without an answer";
  await Promise.all([waiting, ended].map((each) => expect(each).rejects.toThrow(why)));
  expect(await thread.ask<number>("id", null)).toBeGreaterThan(first);
});

test("a thread that is idle for long is ended, and one that is asked is not", async () => {
  const thread = threadWith({ idleMs: 1 });
  thread.start();
  const first = await thread.ask<number>("id", null);
  await eventually("another thread answers", async () =>
    (await thread.ask<number>("id", null)) > first ? true : null,
  );
});

test("a thread whose heap has grown is ended once nothing is asked of it", async () => {
  const thread = threadWith({ maxHeapBytes: 1 });
  const [first, same] = await Promise.all([thread.ask<number>("id", null), thread.ask<number>("id", null)]);
  expect(same).toBe(first);
  expect(await thread.ask<number>("id", null)).toBeGreaterThan(first);
});

test("a thread of which something is asked is not released", async () => {
  const thread = threadWith();
  const first = await thread.ask<number>("id", null);
  const asked = thread.ask<number>("id", null);
  thread.release();
  expect(await asked).toBe(first);
  thread.release();
  expect(await thread.ask<number>("id", null)).toBeGreaterThan(first);
});
