import { BundleState } from "../../../gateway/bundle-services/bundle-state.ts";
import type { ServedBundle } from "../../../gateway/domain/bundle-service.ts";
import { type Remembered, remembered } from "../../../gateway/bundle-services/remembered.ts";
import type { Logger } from "../../../gateway/domain/ports.ts";

const hour = 3_600_000;
const log = (): void => {};
const errors: string[] = [];
const logger: Logger = { debug: log, info: log, warn: log, error: (text) => void errors.push(text) };

function stateOf(known?: Remembered) {
  const at = { day: Date.parse("2026-11-29T05:00:00Z"), monotonic: 1_000 };
  const bundle = { name: "team", service: { name: "acme" }, maxStaleMs: hour, denyStale: true } as ServedBundle;
  return { at, state: new BundleState(bundle, { now: () => at.day, monotonic: () => at.monotonic }, logger, known) };
}

test.each([
  ["its time of day is set back", -24 * hour, hour + 1],
  ["the machine sleeps, which its monotonic clock does not count", hour + 1, 0],
  ["nothing happens to its clocks", hour + 1, hour + 1],
])("a bundle gets too old while %s", (_what, day, monotonic) => {
  const { at, state } = stateOf();
  state.confirmed();
  expect(state.stale()).toBe("no");
  at.monotonic += hour;
  expect(state.stale()).toBe("no");
  at.day += day;
  at.monotonic += monotonic - hour;
  expect(state.stale()).toBe("denies");
  state.confirmed();
  expect(state.stale()).toBe("no");
});

test("the age from before the start counts, and a small step of the clock refuses nothing", () => {
  const { at, state } = stateOf();
  state.confirmed(at.day - hour + 10);
  at.day -= 5;
  at.monotonic += 5;
  expect(state.stale()).toBe("no");
  at.monotonic += 6;
  expect(state.stale()).toBe("denies");
});

test("an age that is not known is too old", () => {
  const { at, state } = stateOf();
  state.confirmed(at.day + 1);
  expect([state.stale(), state.status().confirmedAt]).toEqual(["denies", null]);
});

test("the age goes on when a bundle of that name is asked for in another way", () => {
  const known = remembered();
  const { at, state } = stateOf(known);
  state.confirmed();
  at.monotonic += hour;
  const next = stateOf(known);
  expect(next.state.stale()).toBe("no");
  next.at.day += hour + 1;
  expect(next.state.stale()).toBe("denies");
});

test("the age of what was never confirmed counts from the first opening, not from the next one", () => {
  const known = remembered();
  stateOf(known);
  const next = stateOf(known);
  next.at.monotonic += hour + 1;
  const last = new BundleState(
    { name: "team", service: { name: "acme" }, maxStaleMs: hour, denyStale: false } as ServedBundle,
    { now: () => next.at.day, monotonic: () => next.at.monotonic },
    logger,
    known,
  );
  expect([next.state.stale(), last.stale()]).toEqual(["denies", "told"]);
});

test("a failure counts from its first time until it is mended, and is logged anew when it is another one, or a minute later", () => {
  const { at, state } = stateOf();
  errors.length = 0;
  const failed = (message: string, stage: "download" | "activate" = "download") => {
    state.failed({ stage, message, httpStatus: null, unsigned: false, errors: [] });
    return errors.length;
  };
  const began = at.day;
  const logged = [failed("gone")];
  [at.day, at.monotonic] = [at.day + 59_999, at.monotonic + 59_999];
  logged.push(failed("gone"), failed("refused"), failed("refused", "activate"));
  at.monotonic += 60_000;
  logged.push(failed("refused", "activate"));
  expect(logged).toEqual([1, 1, 2, 3, 4]);
  expect(state.status()).toMatchObject({ failure: { since: began, message: "refused" }, failed: 5 });
  state.mended();
  failed("gone");
  expect(state.status().failure?.since).toBe(began + 59_999);
});

test("the size of what is active is that of the download that it came with, and not that of a later one", () => {
  const { state } = stateOf();
  state.downloaded(100, "snapshot");
  expect(state.status().bytes).toBeNull();
  state.activated("r-1");
  state.downloaded(200, "delta");
  expect([state.status().bytes, state.downloadedBytes, state.status().type]).toEqual([100, 200, "delta"]);
});
