import { KeptThread } from "../../../gateway/lib/kept-thread.ts";
import { eventually } from "../../support/eventually.ts";

/** Says each message back, and fails at `fail`; at `end` it ends, unless it was told not to. */
const file = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, workerData } from "node:worker_threads";
    parentPort.on("message", (text) => {
      if (text === "fail") throw new Error("made to fail");
      if (text === "end" && !workerData.deaf) process.exit();
      parentPort.postMessage(text);
    });
    parentPort.postMessage("begun");
  `)}`,
);

function threadOf(data: { deaf: boolean }) {
  const [heard, lost]: [string[], string[]] = [[], []];
  const thread = new KeptThread<string, string>({
    file,
    data,
    restartMs: 5,
    heard: (text) => heard.push(text),
    lost: (why) => lost.push(why),
  });
  return { thread, heard, lost };
}

const times = (heard: string[], text: string) => heard.filter((one) => one === text).length;

test("a thread that fails is told with its reason and started again; one that was asked to end is not", async () => {
  const { thread, heard, lost } = threadOf({ deaf: false });
  expect(thread.post("too early")).toBe(false);
  thread.start();
  expect(thread.post("fail")).toBe(true);
  await eventually("it has begun twice", () => (times(heard, "begun") === 2 ? true : null));
  expect(lost).toEqual(["its thread failed: made to fail"]);
  await thread.stop("end", 60_000);
  expect([thread.post("too late"), lost.length]).toEqual([false, 1]);
});

test("a thread that does not end in its time is ended", async () => {
  const { thread, heard, lost } = threadOf({ deaf: true });
  thread.start();
  await thread.stop("end", 0);
  expect([times(heard, "end"), lost]).toEqual([1, []]);
});
