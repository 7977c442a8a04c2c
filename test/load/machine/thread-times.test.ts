import { watchThreads } from "./thread-times.ts";

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("tells what each thread of the process has taken since, and not before", () => {
  spend(60);
  const since = watchThreads();
  spend(20);
  const main = Object.values(since()).reduce((most, us) => Math.max(most, us), 0);
  expect(main).toBeGreaterThan(15_000);
  expect(main).toBeLessThan(60_000);
});

/** Milliseconds of CPU of this thread. */
function spend(milliseconds: number): void {
  const began = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(began);
    if (user + system > milliseconds * 1_000) return;
  }
}
