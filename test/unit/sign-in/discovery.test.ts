import type { Configuration } from "openid-client";
import { Discovery } from "../../../gateway/sign-in/discovery.ts";
import { TestClock } from "../../support/builders.ts";

function world() {
  const clock = new TestClock();
  const state = { lookUps: 0, down: false };
  const discovery = new Discovery(async () => {
    state.lookUps += 1;
    const found = { look: state.lookUps } as unknown as Configuration;
    if (state.down) throw new Error("down");
    return found;
  }, clock);
  const ask = () => discovery.configuration().then((found) => (found as unknown as { look: number }).look);
  return { clock, state, discovery, ask };
}

test("looks the provider up once for many who ask at once, and again after an hour", async () => {
  const { clock, ask } = world();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  clock.advance(3_599_999);
  expect(await ask()).toBe(1);
  clock.advance(1);
  expect(await ask()).toBe(2);
});

test("looks again at most once in half a minute, however often something fails, and forgets nothing meanwhile", async () => {
  const { clock, state, discovery, ask } = world();
  await ask();
  for (let call = 0; call < 1_000; call += 1) {
    discovery.markOutdated();
    await ask();
  }
  expect(state.lookUps).toBe(1);
  clock.advance(30_000);
  expect(await ask()).toBe(2);
  expect(await ask()).toBe(2);
});

test("keeps what is known when another look-up fails", async () => {
  const { clock, state, discovery, ask } = world();
  await ask();
  Object.assign(state, { down: true });
  discovery.markOutdated();
  clock.advance(30_000);
  expect([await ask(), state.lookUps]).toEqual([1, 2]);
});

test("leaves a provider that is down alone for a second", async () => {
  const { clock, state, ask } = world();
  Object.assign(state, { down: true });
  for (let call = 0; call < 100; call += 1) await expect(ask()).rejects.toThrow("down");
  expect(state.lookUps).toBe(1);
  Object.assign(state, { down: false });
  clock.advance(1_000);
  expect(await ask()).toBe(2);
});

test("looks again in time although the wall clock leaped forward and back", async () => {
  const { clock, ask } = world();
  clock.leap(365 * 86_400_000);
  await ask();
  clock.leap(-365 * 86_400_000);
  clock.advance(3_600_000);
  expect(await ask()).toBe(2);
});
