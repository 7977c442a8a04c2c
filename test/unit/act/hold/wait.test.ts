import { setInterval } from "node:timers/promises";
import { clientLimitMs, withProgress } from "../../../../gateway/act/hold/wait.ts";
import { eventually } from "../../../support/eventually.ts";
import { route, TestClock } from "../../../support/builders.ts";

const asking = { kind: "request", progressToken: "p", acceptsEventStream: true };
const silent = { ...asking, progressToken: null };

function limit(hold: object, mcp: object, waitedMs = 0): number {
  const clock = new TestClock();
  const exchange = { receivedAt: clock.monotonic() };
  clock.advance(waitedMs);
  const plain = route();
  return clientLimitMs(exchange, { route: { ...plain, hold: { ...plain.hold, ...hold } }, mcp } as never, clock);
}

test.each([
  [60_000, 50_000],
  [600_000, 590_000],
  [8_000, 6_000],
  [1_000, 750],
])("leaves a client that gives up after %i ms a margin: %i ms", (clientTimeoutMs, ms) => {
  expect(limit({ clientTimeoutMs }, asking)).toBe(ms);
  expect(limit({ clientTimeoutMs }, silent)).toBe(ms);
});

test("counts from the arrival of the request, and is never negative", () => {
  expect(limit({ clientTimeoutMs: 60_000 }, asking, 30_000)).toBe(20_000);
  expect(limit({ clientTimeoutMs: 60_000 }, asking, 55_000)).toBe(0);
});

test("ends no wait where the route says that progress resets the timeout, for callers that asked for progress alone", () => {
  const hold = { clientTimeoutMs: 60_000, progressResetsTimeout: true };
  expect(limit(hold, asking, 70_000)).toBe(Infinity);
  expect(limit(hold, silent)).toBe(50_000);
});

test("shows no more progress when the work is done", async () => {
  const written: string[] = [];
  const res = { writeHead() {}, flushHeaders() {}, write: (text: string) => void written.push(text) };
  const call = { route: { ...route(), hold: { ...route().hold, progressEveryMs: 5 } }, mcp: asking };
  const exchange = { res, context: { decisionId: "d_1" } };
  const work = Promise.withResolvers<string>();
  const shown = withProgress(exchange as never, call as never, "waiting", work.promise);
  await eventually("progress is shown twice", () => (written.length >= 2 ? true : null));
  work.resolve("done");
  expect(await shown).toBe("done");
  const last = written.length;
  // Timers of one length fire in the order in which they began.
  let rounds = 0;
  for await (const _ of setInterval(5)) if ((rounds += 1) === 3) break;
  expect(written.length).toBe(last);
});
