import { join } from "node:path";
import { decisionSearch } from "../../../../gateway/record/search.ts";
import { decisionIndex } from "../../../../gateway/store/decision-index.ts";
import { quiet } from "../../../support/quiet.ts";
import { openLogs } from "../../../support/record/open-logs.ts";
import { Collector } from "../../../support/ship/collector.ts";
import { appended, idsFrom, ReferringCalls } from "../../../support/ship/ship-log.ts";
import { opaTarget, shipperOf } from "../../../support/ship/shipped.ts";

const ids = idsFrom(0, 10);
const now = Date.UTC(2026, 10, 30, 12);
const log = openLogs();

/** Writes calls that refer to what those before them have alike. `between`: what is done after each record. */
async function written(between: () => Promise<void>): Promise<void> {
  const calls = new ReferringCalls();
  for (const id of ids)
    for (const { members, shared } of calls.of(id, now)) {
      await appended(log.writer, members, shared);
      await between();
    }
  expect(log.here.names()).toHaveLength(1);
  const last = log.here.lines().slice(-2);
  // Names stand before the places at which somebody begins to read.
  expect(last.map(({ kind }) => kind)).toEqual(["decision", "outcome"]);
  expect(log.here.lines().filter(({ kind }) => kind === "names").length).toBeGreaterThan(1);
}

test("search with a reader that begins in the middle of a segment finds decisions and outcomes whole", async () => {
  const file = join(log.here.dir, "index.db");
  const look = async (): Promise<unknown[]> => {
    const index = decisionIndex(file);
    const { items } = await decisionSearch(log.here.log, index, quiet).records({ limit: 100 });
    index.close();
    return items.map(({ decision, outcome }) => ({ decision, outcome }));
  };
  await written(async () => void (await look()));
  expect(await look()).toEqual(
    ids.toReversed().map((id) => ({
      decision: expect.objectContaining({
        decision_id: id,
        timestamp: new Date(now).toISOString(),
        input: expect.objectContaining({
          context: expect.objectContaining({ arguments: { order_id: 12 } }) as unknown,
        }) as unknown,
      }) as unknown,
      outcome: expect.objectContaining({ decision_id: id, status: 200, duration_ms: 2.5 }) as unknown,
    })),
  );
});

test("shipping with a process that begins in the middle of a segment sends decisions whole", async () => {
  const collector = await new Collector().listen();
  await written(async () => {
    await log.writer.keepMark();
    expect(await shipperOf(log.here, opaTarget(collector.url)).drain()).toBe(true);
  });
  await collector.close();
  expect(
    collector.events.map(({ decision_id: id, timestamp, input }) => [
      id,
      timestamp,
      (input as { context: { arguments: unknown } }).context.arguments,
    ]),
  ).toEqual(ids.map((id) => [id, new Date(now).toISOString(), { order_id: 12 }]));
});
