import { Background } from "../../../gateway/compose/background.ts";
import type { Job } from "../../../gateway/domain/ports.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";

/** Jest gives modules no global of this name (https://jestjs.io/docs/ecmascript-modules). */
const { jest: timers } = import.meta as unknown as { readonly jest: typeof jest };

const jobOf = (work: Job["work"]): Job => ({ name: "job", failing: "it is not done", severity: "unready", work });

/** A job whose runs end when the test says so. */
function slow() {
  const begun: PromiseWithResolvers<void>[] = [];
  const work = (): Promise<void> => {
    const run = Promise.withResolvers<void>();
    begun.push(run);
    return run.promise;
  };
  return { begun, job: jobOf(work) };
}

test("is a finding from a failure on until the same job succeeds", async () => {
  const background = new Background(quiet);
  expect(await background.run(jobOf(() => Promise.reject(new Error("no disk"))))).toBe(false);
  expect(background.findings()).toEqual([
    { name: "job", problem: "it is not done: no disk", fix: null, severity: "unready" },
  ]);
  expect(await background.run(jobOf(() => Promise.resolve()))).toBe(true);
  expect(background.findings()).toEqual([]);
});

test("takes what a job throws in its first step like what it rejects with", async () => {
  const background = new Background(quiet);
  const work = (): never => {
    throw new Error("at once");
  };
  expect(await background.run(jobOf(work))).toBe(false);
  expect(background.findings()[0]?.problem).toBe("it is not done: at once");
});

test("does not begin a job again while it still runs", async () => {
  const { begun, job } = slow();
  const stop = new Background(quiet).every(1, job);
  let ticks = 0;
  const ticking = new Background(quiet).every(
    1,
    jobOf(() => void (ticks += 1)),
  );
  await eventually("some ticks", () => (ticks > 5 ? true : null));
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await eventually("the next run", () => (begun.length === 2 ? true : null));
  begun[1]?.resolve();
  await Promise.all([stop(), ticking()]);
});

test("runs a job that has failed again soon, and then more and more seldom, until it succeeds", async () => {
  timers.useFakeTimers();
  try {
    const background = new Background(quiet);
    const ran: number[] = [];
    const began = performance.now();
    const failsFourTimes = jobOf(() => {
      ran.push(Math.round((performance.now() - began) / 1_000));
      if (ran.length <= 4) throw new Error("no disk");
    });
    const stop = background.every(60_000, failsFourTimes);
    await timers.advanceTimersByTimeAsync(180_000);
    // After 1, 2, 4 and 8 seconds, and then as it is due.
    expect(ran).toEqual([60, 61, 63, 67, 75, 120, 180]);
    expect(background.findings()).toEqual([]);
    await stop();
  } finally {
    timers.useRealTimers();
  }
});

test("tries each job that has failed again as soon as another goes on", async () => {
  timers.useFakeTimers();
  try {
    const background = new Background(quiet);
    const began = performance.now();
    let isGone = true;
    const ran: number[] = [];
    const store = (ran?: number[]) => ({
      ...jobOf(() => {
        ran?.push(Math.round(performance.now() - began));
        if (isGone) throw new Error("no store");
      }),
      name: ran === undefined ? "often" : "seldom",
    });
    const stops = [background.every(100, store()), background.every(20_000, store(ran))];
    await timers.advanceTimersByTimeAsync(30_000);
    expect(ran).toEqual([20_000, 21_000, 23_000, 27_000]);
    isGone = false;
    await timers.advanceTimersByTimeAsync(400);
    // The one that runs often goes on after 100 ms; that one, 200 ms later.
    expect(ran.slice(4)).toEqual([30_300]);
    expect(background.findings()).toEqual([]);
    await Promise.all(stops.map((stop) => stop()));
  } finally {
    timers.useRealTimers();
  }
});

test("tries a job again soon that waited in vain while another went on", async () => {
  timers.useFakeTimers();
  try {
    const background = new Background(quiet);
    let fails = true;
    const other = { ...jobOf(() => (fails ? Promise.reject(new Error("no store")) : undefined)), name: "other" };
    let runs = 0;
    const hanging = Promise.withResolvers<void>();
    const stop = background.every(
      60_000,
      jobOf(() => ((runs += 1) === 1 ? hanging.promise : undefined)),
    );
    await timers.advanceTimersByTimeAsync(60_000);
    await background.run(other);
    fails = false;
    await background.run(other);
    hanging.reject(new Error("no answer"));
    await timers.advanceTimersByTimeAsync(199);
    expect(runs).toBe(1);
    await timers.advanceTimersByTimeAsync(1);
    expect(runs).toBe(2);
    await stop();
  } finally {
    timers.useRealTimers();
  }
});

test("tries a job again soon that has failed after it was due again", async () => {
  timers.useFakeTimers();
  try {
    const { begun, job } = slow();
    const stop = new Background(quiet).every(1_000, job);
    await timers.advanceTimersByTimeAsync(2_010);
    begun[0]?.reject(new Error("no answer"));
    await timers.advanceTimersByTimeAsync(199);
    expect(begun).toHaveLength(1);
    await timers.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(2);
    begun[1]?.resolve();
    await stop();
  } finally {
    timers.useRealTimers();
  }
});

test("does not try a job that has failed more than five times a second, however often another goes on", async () => {
  timers.useFakeTimers();
  try {
    const background = new Background(quiet);
    let [at, runs] = [0, 0];
    const flapping = {
      ...jobOf(() => ((at += 1) % 2 === 0 ? undefined : Promise.reject(new Error("no")))),
      name: "flaps",
    };
    const failing = jobOf(() => {
      runs += 1;
      throw new Error("no disk");
    });
    const stops = [background.every(10, flapping), background.every(60_000, failing)];
    await timers.advanceTimersByTimeAsync(60_000);
    runs = 0;
    await timers.advanceTimersByTimeAsync(10_000);
    expect(runs).toBeGreaterThan(40);
    expect(runs).toBeLessThanOrEqual(50);
    await Promise.all(stops.map((stop) => stop()));
  } finally {
    timers.useRealTimers();
  }
});

test("does not run a job that fails oftener than it is due", async () => {
  timers.useFakeTimers();
  try {
    let runs = 0;
    const failing = jobOf(() => {
      runs += 1;
      throw new Error("no disk");
    });
    const stop = new Background(quiet).every(500, failing);
    await timers.advanceTimersByTimeAsync(5_000);
    expect(runs).toBe(10);
    await stop();
  } finally {
    timers.useRealTimers();
  }
});

test.each(["every", "soon"] as const)("is stopped when a run that `%s` began is over", async (how) => {
  const { begun, job } = slow();
  const background = new Background(quiet);
  const stop = how === "every" ? background.every(1, job) : background.soon(job);
  await eventually("a run", () => (begun.length === 1 ? true : null));
  let stopped = false;
  const stopping = stop().then(() => (stopped = true));
  await new Promise(setImmediate);
  expect(stopped).toBe(false);
  begun[0]?.resolve();
  await stopping;
});

test("does not run a job that was stopped before its turn came", async () => {
  const { begun, job } = slow();
  await new Background(quiet).soon(job)();
  await new Promise(setImmediate);
  expect(begun).toEqual([]);
});

test.each([2 ** 31, 366 * 86_400_000])(
  "begins a job every %d ms, which is longer than a timer of Node can wait",
  (ms) => {
    const { jest } = import.meta;
    timers.useFakeTimers();
    try {
      const began = Date.now();
      const runs: number[] = [];
      const work = () => {
        runs.push(Date.now() - began);
        // One that comes too early would come two thousand million times.
        jest.clearAllTimers();
      };
      void new Background(quiet).every(ms, jobOf(work));
      timers.advanceTimersByTime(ms + 1_000);
      expect(runs).toEqual([expect.any(Number)]);
      expect(Math.abs((runs[0] ?? 0) - ms)).toBeLessThan(1_000);
    } finally {
      timers.useRealTimers();
    }
  },
);

test("runs a job at once when it is hurried, and once more for all that hurry it meanwhile", async () => {
  const { begun, job } = slow();
  let hurry = (): void => undefined;
  const stop = new Background(quiet).every(3_600_000, { ...job, hurriedBy: (run) => (hurry = run) });
  hurry();
  expect(begun).toHaveLength(1);
  for (let times = 0; times < 1_000; times += 1) hurry();
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await eventually("it runs again", () => (begun.length === 2 ? true : null));
  begun[1]?.resolve();
  await stop();
  hurry();
  expect(begun).toHaveLength(2);
});

test.each([
  [20, undefined, 51],
  [100, 100, 11],
])("runs a job at once when it is hurried, and then not more than once in %i ms", async (_ms, hurriedEveryMs, most) => {
  timers.useFakeTimers();
  try {
    let [runs, hurry] = [0, (): void => undefined];
    const job = { ...jobOf(() => void (runs += 1)), ...(hurriedEveryMs === undefined ? {} : { hurriedEveryMs }) };
    const stop = new Background(quiet).every(3_600_000, { ...job, hurriedBy: (run) => (hurry = run) });
    hurry();
    expect(runs).toBe(1);
    for (let times = 0; times < 1_000; times += 1) {
      hurry();
      await timers.advanceTimersByTimeAsync(1);
    }
    expect(runs).toBe(most);
    await stop();
  } finally {
    timers.useRealTimers();
  }
});

test("does not hurry a job that has failed: it is tried again in its time", async () => {
  let [runs, hurry] = [0, (): void => undefined];
  const work = (): Promise<void> => {
    runs += 1;
    return Promise.reject(new Error("no store"));
  };
  const background = new Background(quiet);
  const stop = background.every(3_600_000, { ...jobOf(work), hurriedBy: (run) => (hurry = run) }, 3_000_000);
  hurry();
  await eventually("it has failed", () => background.findings()[0] ?? null);
  await new Promise(setImmediate);
  hurry();
  expect(runs).toBe(1);
  await stop();
});
