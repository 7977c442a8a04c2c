import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import type { LogWriter } from "../../../gateway/record/log-writer.ts";
import { TestLog } from "../../support/record/test-log.ts";

test("a segment says the latest time of the lines before it, unless another process has written some of them", async () => {
  const log = new TestLog();
  let now = 0;
  const clock = { now: () => now, monotonic: systemClock.monotonic };
  const write = async (writer: LogWriter, at: number): Promise<void> => {
    now = at;
    await new Promise<void>((done) => writer.append(`,"kind":"x","pad":"${"x".repeat(400)}"`, () => done()));
  };
  try {
    const writer = log.writer({ segmentBytes: 300, clock });
    // The clock is set back with the second, and forth with the third.
    for (const at of [7_000, 2_000, 9_000]) await write(writer, at);
    await writer.close();
    const again = log.writer({ segmentBytes: 300, clock });
    for (const at of [3_000, 4_000, 5_000]) await write(again, at);
    await again.close();
    const iso = (ms: number) => new Date(ms).toISOString();
    const begins = log.names().map((name) => log.linesOf(name)[0]);
    expect(begins).toMatchObject([
      { after: null },
      ...[1, 2, 3, 4].map((n) => ({ after: `decisions-00000${n}.jsonl` })),
    ]);
    expect(begins.map((begin) => (begin as { readonly latest?: string }).latest)).toEqual([
      // The first lines of a segment are made before it is begun: they count too.
      ...[undefined, iso(7_000), iso(9_000)],
      ...[undefined, iso(5_000)],
    ]);
    const { problems } = await log.verified(false);
    expect(problems).toEqual([]);
  } finally {
    log.remove();
  }
});
