import type { MessagePort } from "node:worker_threads";
import { ResidentThread } from "../../../gateway/lib/resident-thread.ts";
import { eventually, pause } from "../../support/eventually.ts";

const file = new URL("../../support/resident-thread-worker.ts", import.meta.url);
const threads: ResidentThread[] = [];

function threadWith(options: { idleMs?: number; maxHeapBytes?: number } = {}): ResidentThread {
  const thread = new ResidentThread({ file, task: "is tested", ...options });
  threads.push(thread);
  return thread;
}

afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.release()));
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

test("a failure of the system keeps what it is known by", async () => {
  const code = { code: "ENOENT", syscall: "open" };
  await expect(threadWith().ask("read", "/nowhere/at/all")).rejects.toMatchObject(code);
});

test("an answer that cannot be sent is a failure of its question", async () => {
  const thread = threadWith();
  const first = await thread.ask<number>("id", null);
  await expect(thread.ask("unsendable", null)).rejects.toMatchObject({ name: "DataCloneError" });
  expect(await thread.ask("id", null)).toBe(first);
});

test("a thread that does not answer in time is ended, refuses everything that is asked of it, and the next question starts another", async () => {
  const thread = threadWith();
  const first = await thread.ask<number>("id", null);
  const late = { name: "ThreadFailure", message: "the thread that is tested gave no answer in 0.01 s" };
  const waiting = [thread.ask("wait", null), thread.ask("wait", null, { limitMs: 10 })];
  await Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject(late)));
  expect(await thread.ask<number>("id", null, { limitMs: 60_000 })).toBeGreaterThan(first);
});

test("a thread that cannot be started fails its question, and the hint that one comes does not fail", async () => {
  const thread = new ResidentThread({ file: new URL("https://127.0.0.1/worker.ts"), task: "is tested" });
  thread.start();
  const message = "the thread that is tested could not be started: ERR_INVALID_URL_SCHEME";
  await expect(thread.ask("id", null)).rejects.toMatchObject({ name: "ThreadFailure", message });
});

test("what moved to the thread is given back once it has answered, unless the answer takes it back", async () => {
  const thread = threadWith();
  const sent = (): ArrayBuffer => new Uint8Array([1, 2, 3]).buffer;
  for (const [kind, left] of [
    ["keep", [0]],
    ["back", [0]],
  ] as const) {
    const buffer = sent();
    const answer = await thread.ask<ArrayBuffer | null>(kind, buffer, { moved: [buffer] });
    expect([kind, buffer.detached, answer]).toEqual([kind, true, kind === "back" ? sent() : null]);
    expect(await thread.ask("kept", null)).toEqual(left);
  }
});

test("an answer is moved as it is", async () => {
  expect(await threadWith().ask("grow", 3)).toEqual(new Uint8Array([7, 7, 7]));
});

test("a thread that ends refuses what was asked of it, and the next question starts another", async () => {
  const thread = threadWith();
  const first = await thread.ask<number>("id", null);
  const waiting = thread.ask("wait", null);
  const ended = thread.ask("end", null);
  const why = { name: "ThreadFailure", message: "the thread that is tested ended without an answer" };
  await Promise.all([waiting, ended].map((each) => expect(each).rejects.toMatchObject(why)));
  expect(await thread.ask<number>("id", null)).toBeGreaterThan(first);
});

test("a thread that is idle for long is ended, and one that is asked is not", async () => {
  const thread = threadWith({ idleMs: 1 });
  thread.start();
  const asked = thread.ask<number>("hold", null);
  const first = await thread.ask<number>("id", null);
  // Longer than it may be idle.
  await pause(2);
  expect(await thread.ask("free", null)).toBe(first);
  expect(await asked).toBe(first);
  await eventually("another thread answers", async () =>
    (await thread.ask<number>("id", null)) > first ? true : null,
  );
});

test("a question that cannot be sent fails, and the thread still ends when it is idle for long", async () => {
  const thread = threadWith({ idleMs: 1 });
  const port = await thread.ask<MessagePort>("port", null);
  const ended = new Promise((resolve) => port.once("close", resolve));
  await expect(thread.ask("id", () => 1)).rejects.toMatchObject({ name: "DataCloneError" });
  await ended;
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
  await thread.release();
  expect(await asked).toBe(first);
  await thread.release();
  expect(await thread.ask<number>("id", null)).toBeGreaterThan(first);
});
