import { BundleState } from "../../../gateway/bundle-services/bundle-state.ts";
import type { ServedBundle } from "../../../gateway/domain/bundle-service.ts";
import { type Remembered, remembered } from "../../../gateway/bundle-services/remembered.ts";
import type { Logger } from "../../../gateway/domain/ports.ts";

const hour = 3_600_000;
const log = (): void => {};
const logger: Logger = { debug: log, info: log, warn: log, error: log };

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
  at.day += day;
  at.monotonic += monotonic;
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
