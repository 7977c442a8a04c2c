import { Background } from "../../../gateway/compose/background.ts";
import type { Job } from "../../../gateway/domain/ports.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";

const jobOf = (work: Job["work"]): Job => ({ name: "job", failing: "it is not done", severity: "unready", work });

test("stops every job, and those that were stopped before only once", async () => {
  const background = new Background(quiet);
  const begun: PromiseWithResolvers<void>[] = [];
  background.every(
    1,
    jobOf(() => {
      const run = Promise.withResolvers<void>();
      begun.push(run);
      return run.promise;
    }),
  );
  let ran = 0;
  background.soon(jobOf(() => void (ran += 1)));
  await background.every(
    1,
    jobOf(() => void (ran += 1)),
  )();
  const runsBefore = (await eventually("a run", () => (begun.length === 1 ? begun : null))).length;
  const before = ran;
  let isOver = false;
  const stopping = background.stop().then(() => (isOver = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  begun[0]?.resolve();
  await stopping;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([begun.length, ran]).toEqual([runsBefore, before]);
});
